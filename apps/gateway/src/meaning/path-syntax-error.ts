/** A path in the configuration that cannot be read; the message tells what, and at which character. */
export class PathSyntaxError extends Error {
  override readonly name: string = "PathSyntaxError";
}

/** @param at index of the character that does not fit */
export function syntaxError(path: string, at: number, expected: string): PathSyntaxError {
  const found = at < path.length ? `"${String.fromCodePoint(path.codePointAt(at) ?? 0)}"` : "the end";
  return new PathSyntaxError(`"${path}" is no path that can be read: expected ${expected} at character ${at + 1}, found ${found}`);
}
