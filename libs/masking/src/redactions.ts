/** How many paths are kept for one record; the rest are masked all the same. */
const pathsMax = 64;
/** Longest path that is kept. */
const pathCharsMax = 256;

/**
 * Collects what was masked, by path, never by value.
 *
 * **Shape**: `["requestHeaders.authorization", "query.token", "requestContent.user.password"]`; each path once.
 */
export class Redactions {
  #paths: Set<string> | undefined;

  add(path: string): void {
    this.#paths ??= new Set();
    if (this.#paths.size < pathsMax) this.#paths.add(path.slice(0, pathCharsMax));
  }

  /** The paths, or undefined when nothing was masked. */
  list(): string[] | undefined {
    return this.#paths === undefined ? undefined : [...this.#paths];
  }
}
