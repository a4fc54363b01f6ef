import { isAbsolute, normalize, sep } from "node:path";
import picomatch from "picomatch";
import { FileTailError } from "./errors.ts";

/** A pattern, split into what a directory walk needs. */
export interface Glob {
  readonly pattern: string;
  /** The deepest directory above everything that can match. */
  readonly base: string;
  /** Levels of directories below the base that can hold a match. */
  readonly depthMax: number;
  matches(path: string): boolean;
  /** False for a directory below the base that cannot lead to a match. `segments` are its names from the base on. */
  mayLeadToMatch(segments: readonly string[]): boolean;
}

/** Deep enough for any log directory, and an end for a loop of mounts. */
const recursionMax = 32;
const magic = /[*?[\]{}()!+@]/;

/** Compiles an absolute path or glob. **Errors**: GATELOG_FILE_TAIL_PATTERN. */
export function compileGlob(pattern: string): Glob {
  if (!isAbsolute(pattern)) throw new FileTailError("GATELOG_FILE_TAIL_PATTERN", `"${pattern}" is not an absolute path`);
  const segments = normalize(pattern).split(sep).slice(1);
  if (segments.at(-1) === "")
    throw new FileTailError("GATELOG_FILE_TAIL_PATTERN", `"${pattern}" names a directory; write ${pattern}*.log or the like`);
  const firstMagic = segments.findIndex((segment) => magic.test(segment));
  const baseCount = firstMagic === -1 ? segments.length - 1 : firstMagic;
  const base = sep + segments.slice(0, baseCount).join(sep);
  const below = segments.slice(baseCount);
  const isRecursive = below.some((segment) => segment.includes("**")) || /\{[^}]*\//.test(below.join(sep));
  const whole = firstMagic === -1 ? undefined : picomatch(normalize(pattern), { dot: true });
  const levels = isRecursive ? [] : below.slice(0, -1).map((segment) => picomatch(segment, { dot: true }));
  return {
    pattern,
    base,
    depthMax: isRecursive ? recursionMax : below.length - 1,
    matches: (path) => (whole === undefined ? path === normalize(pattern) : whole(path)),
    mayLeadToMatch: (names) => isRecursive || (names.length <= levels.length && names.every((name, level) => levels[level]?.(name))),
  };
}
