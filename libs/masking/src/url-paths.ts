import { percentDecode } from "./decode.ts";
import type { Replace } from "./modes.ts";

/** A segment of a path: where it stands, and what it says. */
interface Segment {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A path such as `/customers/:id`, ready to compare. */
export interface UrlPathRule {
  readonly segments: readonly string[];
  /** Any further segments may follow. */
  readonly isOpen: boolean;
  readonly replace: Replace;
}

/** A part of a path that is masked. */
export interface UrlPathMatch {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly value: string;
  readonly replace: Replace;
}

const segmentsMax = 1024;

/** The rule of `/customers/:id/cards/:no`: `:x` is masked, `*` is any one segment, `**` at the end any rest. undefined: none of these. */
export function parseUrlPath(path: string, replace: Replace): UrlPathRule | undefined {
  if (!/^(?:\/(?::[A-Za-z_]\w{0,63}|\*|[^/:*?#\s]+))+(?:\/\*\*)?$/.test(path) || !path.includes("/:")) return undefined;
  const isOpen = path.endsWith("/**");
  const segments = (isOpen ? path.slice(1, -3) : path.slice(1))
    .split("/")
    .map((segment) => (segment.startsWith(":") ? segment : fold(segment)));
  return { segments, isOpen, replace };
}

/** The segments that the rules name; the first rule that fits a segment decides. In order. */
export function matchUrlPath(path: string, rules: readonly UrlPathRule[]): readonly UrlPathMatch[] {
  const segments = segmentsOf(path);
  const found = new Map<number, UrlPathMatch>();
  for (const rule of rules) {
    if (!fits(rule, segments)) continue;
    for (const [index, name] of rule.segments.entries()) {
      const segment = segments[index];
      if (!name.startsWith(":") || segment === undefined || found.has(segment.from)) continue;
      found.set(segment.from, { from: segment.from, to: segment.to, name: name.slice(1), value: segment.text, replace: rule.replace });
    }
  }
  return [...found.values()].sort((a, b) => a.from - b.from);
}

function fits({ segments: expected, isOpen }: UrlPathRule, segments: readonly Segment[]): boolean {
  if (segments.length < expected.length || (!isOpen && segments.length > expected.length)) return false;
  return expected.every(
    (name, index) => name.startsWith(":") || name === "*" || name === fold(withoutParameters(segments[index]?.text ?? "")),
  );
}

/** As servers read it: empty segments and dots are no segments, escapes are resolved. */
function segmentsOf(path: string): readonly Segment[] {
  const segments: Segment[] = [];
  for (const match of path.matchAll(/[^/\\]+/g)) {
    const text = percentDecode(match[0]);
    if (text === "..") segments.pop();
    else if (text !== ".") segments.push({ from: match.index, to: match.index + match[0].length, text });
    if (segments.length >= segmentsMax) break;
  }
  return segments;
}

function withoutParameters(segment: string): string {
  const at = segment.indexOf(";");
  return at === -1 ? segment : segment.slice(0, at);
}

/** Some servers take paths without regard to case. */
function fold(segment: string): string {
  return segment.toLowerCase();
}
