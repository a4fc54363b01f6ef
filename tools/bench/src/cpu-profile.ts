import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** What of a `.cpuprofile` is read here. **Units**: µs; `startTime` on the clock of `process.hrtime`. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number; readonly columnNumber: number };
  }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function and its share of the time in which it was itself on top of the stack. */
export interface SelfTime {
  readonly group: string;
  readonly name: string;
  readonly place: string;
  readonly share: number;
}

/** Where a frame of a bundle, whose URL comes first, was written. */
export type Locate = (bundle: string, line: number, column: number) => { readonly source: string; readonly line: number } | undefined;

/** Sums self time by function between two moments, largest first, without the time when nothing ran. */
export function selfTimes(profile: CpuProfile, span: { readonly from: number; readonly to: number }, locate: Locate): SelfTime[] {
  const byNode = new Map<number, number>();
  let at = profile.startTime;
  for (const [index, node] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    at += delta;
    if (at >= span.from && at <= span.to) byNode.set(node, (byNode.get(node) ?? 0) + delta);
  }
  const sums = new Map<string, { frame: Omit<SelfTime, "share">; time: number }>();
  let total = 0;
  for (const { id, callFrame } of profile.nodes) {
    const time = byNode.get(id) ?? 0;
    if (time === 0 || callFrame.functionName === "(idle)") continue;
    total += time;
    const frame = describeFrame(callFrame, locate);
    const key = `${frame.name} ${frame.place}`;
    const sum = sums.get(key) ?? { frame, time: 0 };
    sum.time += time;
    sums.set(key, sum);
  }
  const all = [...sums.values()].map(({ frame: { group, name, place }, time }) => ({ group, name, place, share: time / total }));
  return all.sort((a, b) => b.share - a.share);
}

/** Sums the functions by group, largest first. */
export function byGroup(times: readonly SelfTime[]): { readonly group: string; readonly share: number }[] {
  const sums = new Map<string, number>();
  for (const { group, share } of times) sums.set(group, (sums.get(group) ?? 0) + share);
  return [...sums].map(([group, share]) => ({ group, share })).sort((a, b) => b.share - a.share);
}

/** Finds places in bundles by the source maps that lie beside them. */
export function locateBySourceMaps(): Locate {
  const maps = new Map<string, SourceMap | undefined>();
  return (bundle, line, column) => {
    if (!maps.has(bundle)) maps.set(bundle, sourceMapOf(bundle));
    const entry = maps.get(bundle)?.findEntry(line, column);
    return entry !== undefined && "originalSource" in entry ? { source: entry.originalSource, line: entry.originalLine + 1 } : undefined;
  };
}

function sourceMapOf(bundle: string): SourceMap | undefined {
  if (!bundle.startsWith("file:")) return undefined;
  const file = `${fileURLToPath(bundle)}.map`;
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

function describeFrame(frame: CpuProfile["nodes"][number]["callFrame"], locate: Locate): Omit<SelfTime, "share"> {
  const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
  if (frame.url === "") return { group: name.startsWith("(") && name !== "(anonymous)" ? name : "native", name, place: "" };
  if (frame.url.startsWith("node:")) return { group: "node", name, place: `${frame.url}:${frame.lineNumber + 1}` };
  const found = locate(frame.url, frame.lineNumber, frame.columnNumber);
  if (found === undefined) return { group: "bundle", name, place: `${basename(frame.url)}:${frame.lineNumber + 1}` };
  const place = found.source.replace(/^(?:\.\.\/)+(?:.*node_modules\/)?/, "");
  return { group: groupOf(found.source), name, place: `${place}:${found.line}` };
}

/** `node_modules/undici/lib/…` → `undici`; `src/…` → the app's own; `libs/masking/…` as it is. */
function groupOf(source: string): string {
  const [, dependency] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source) ?? [];
  if (dependency !== undefined) return dependency;
  const [, library] = /libs\/([^/]+)\//.exec(source) ?? [];
  return library === undefined ? "app" : `libs/${library}`;
}
