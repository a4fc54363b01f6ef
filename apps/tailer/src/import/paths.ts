/**
 * Turns a path pattern of Go (`*`, `?`, `[…]`, backslash), as Filebeat has them, into a glob of the tailer.
 *
 * **Shape**: the last `**` that stands between slashes means any depth (where `isRecursive`), any other `*`; braces and brackets that
 * mean nothing to Go are escaped.
 */
export function pathToGlob(path: string, isRecursive: boolean): string {
  const segments = path.split("/");
  const deepest = isRecursive ? segments.lastIndexOf("**") : -1;
  return segments.map((segment, index) => (segment === "**" ? (index === deepest ? "**" : "*") : escapeSegment(segment))).join("/");
}

/** True where a name with this ending can match the pattern. */
export function mayMatchEnding(glob: string, ending: string): boolean {
  return glob.endsWith("*") || glob.endsWith(ending);
}

function escapeSegment(segment: string): string {
  return segment.replaceAll(/\*{2,}/g, "*").replaceAll(/\\.|[{}()]/g, (found) => (found.startsWith("\\") ? found : `\\${found}`));
}
