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
  /** The one path that can match, where the pattern is a path. */
  readonly literal: string | undefined;
  matches(path: string): boolean;
  /** Says of the names in a directory whether they match; undefined where none can. Quicker than `matches` for many of them. */
  matcherIn(directory: string): NameMatcher | undefined;
  /** False for a directory below the base that cannot lead to a match. `segments` are its names from the base on. */
  mayLeadToMatch(segments: readonly string[]): boolean;
}

export type NameMatcher = (name: string) => boolean;

/** Deep enough for any log directory, and an end for what has none. */
export const recursionMax = 32;
/** picomatch rules out what only begins so, too; other than in a shell. */
const negation = /(?<!\\)!\(/;
const magic = /[*?[\]{}()!+@]/;
/** Alternatives that hold a separator are of different depths. */
const separatorInside = /[{(][^})]*\//;

/** Compiles an absolute path or glob. **Errors**: GATELOG_FILE_TAIL_PATTERN. */
export function compileGlob(pattern: string): Glob {
  if (!isAbsolute(pattern)) throw new FileTailError("GATELOG_FILE_TAIL_PATTERN", `"${pattern}" is not an absolute path`);
  if (negation.test(pattern))
    throw new FileTailError(
      "GATELOG_FILE_TAIL_PATTERN",
      `"${pattern}" has !(…), which is not known here; name what is not meant in exclude`,
    );
  const path = normalize(pattern);
  const segments = path.split(sep).slice(1);
  if (segments.at(-1) === "")
    throw new FileTailError("GATELOG_FILE_TAIL_PATTERN", `"${pattern}" names a directory; write ${pattern}*.log or the like`);
  const firstMagic = segments.findIndex((segment) => magic.test(segment));
  const baseCount = firstMagic === -1 ? segments.length - 1 : firstMagic;
  const below = segments.slice(baseCount);
  const base = sep + segments.slice(0, baseCount).join(sep);
  const isRecursive = below.some((segment) => segment.includes("**")) || separatorInside.test(below.join(sep));
  const whole = firstMagic === -1 ? undefined : expressionOf(path);
  const levels = isRecursive ? [] : below.slice(0, -1).map(expressionOf);
  // A path whose name holds such characters itself matches as it is, too.
  const matches = (candidate: string) => candidate === path || (candidate.startsWith(base) && whole?.test(candidate) === true);
  return {
    pattern,
    base,
    depthMax: isRecursive ? recursionMax : below.length - 1,
    literal: firstMagic === -1 ? path : undefined,
    matches,
    matcherIn: matcherFor({ path, matches, segments }),
    mayLeadToMatch: (names) =>
      isRecursive || (names.length <= levels.length && names.every((name, level) => name === below[level] || levels[level]?.test(name))),
  };
}

/** The directory is compared once for all of its names, unless the pattern's last part says something about directories too. */
function matcherFor(glob: Pick<Glob, "matches"> & { readonly path: string; readonly segments: readonly string[] }): Glob["matcherIn"] {
  const { path, matches, segments } = glob;
  const last = segments.at(-1) ?? "";
  if (last.includes("**") || separatorInside.test(path)) return (directory) => (name) => matches(`${directory}${sep}${name}`);
  const parent = sep + segments.slice(0, -1).join(sep);
  const parents = expressionOf(parent);
  const names = expressionOf(last);
  const matchesName = (name: string) => name === last || names.test(name);
  return (directory) => (directory === parent || parents.test(directory) ? matchesName : undefined);
}

/** A name may hold line ends, which `.` is to match too, and begin with `!`. */
function expressionOf(pattern: string): RegExp {
  return picomatch.makeRe(pattern, { dot: true, nonegate: true, flags: "s" });
}
