import { parseFilePattern, type PatternPart } from "./file-pattern-parser.ts";

/** More globs than this for one pattern are no help to whoever reads the YAML. */
const globsMax = 24;

/**
 * Turns a regular expression over a file's path, as `exclude_files` has it, into globs that match the same paths.
 *
 * **Shape**: `\.gz$` becomes `/**` + `/*.gz`; `undefined` where it cannot be said by globs.
 * **Guarantee**: the globs match nothing that the expression does not match, so that no file is left out by mistake. They miss paths in
 * which a `.` of the expression would stand for a slash.
 */
export function filePatternToGlobs(pattern: string): readonly string[] | undefined {
  const alternatives = parseFilePattern(pattern);
  if (alternatives === undefined) return undefined;
  const globs = alternatives.flatMap(({ parts, isAtStart, isAtEnd }) => {
    const [first, last] = [parts[0], parts.at(-1)];
    const startsOpen = !isAtStart || first === "any";
    const endsOpen = !isAtEnd || last === "any";
    const inner = parts.slice(first === "any" ? 1 : 0, last === "any" && parts.length > 1 ? -1 : undefined);
    return spread(inner).flatMap((body) => openStart(body, startsOpen).flatMap((glob) => openEnd(glob, endsOpen)));
  });
  return globs.length > globsMax ? undefined : [...new Set(globs)];
}

/** `.*` matches across slashes, `*` does not: each becomes both of what it can be. */
function spread(parts: readonly PatternPart[]): readonly string[] {
  let bodies = [""];
  for (const part of parts) {
    const choices = part === "any" ? ["*", "*/**/*"] : [part];
    bodies = bodies.flatMap((body) => choices.map((choice) => body + choice));
    if (bodies.length > globsMax) return bodies;
  }
  return bodies;
}

function openStart(body: string, isOpen: boolean): readonly string[] {
  // Paths are absolute: what begins with anything else can only stand further on, or nowhere.
  if (!isOpen) return body.startsWith("/") ? [body] : [];
  return body.startsWith("/") ? [body, `/**${body}`] : [`/**/*${body}`];
}

function openEnd(glob: string, isOpen: boolean): readonly string[] {
  if (!isOpen) return [glob];
  return glob.endsWith("/") ? [`${glob}**`] : [`${glob}*`, `${glob}*/**`];
}
