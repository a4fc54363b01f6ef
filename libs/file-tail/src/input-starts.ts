import type { Glob } from "./glob.ts";
import type { Registry } from "./registry.ts";
import { isUnknown } from "./scan.ts";
import type { TailInput } from "./types.ts";

type Input = Pick<TailInput, "id" | "startAt"> & { readonly globs: readonly Glob[] };

/**
 * Which files were there before an input began that begins at the end: those that the first scan found which could look at their directories.
 * The registry remembers of each directory that it was looked at, so that a missing one does not make everything old for ever.
 */
export class InputStarts {
  readonly #registry: Registry;
  /** What could not be looked at by any scan of an input. */
  readonly #neverSeen = new Map<string, ReadonlySet<string>>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Says of a file that is new to a scan whether it is old; `unknown` is what that scan could not look at. To be asked once a scan. */
  oldFilesOf({ id, startAt, globs }: Input, unknown: ReadonlySet<string>): (path: string) => boolean {
    if (startAt !== "end" || this.#registry.hasSeen(id)) return () => false;
    const unseen = globs.filter(({ base }) => !this.#registry.hasSeen(seenKey(id, base)));
    const before = this.#neverSeen.get(id);
    // What could not be looked at from the beginning is as old as the rest, whenever that can be done.
    this.#neverSeen.set(id, new Set([...unknown].filter((path) => before === undefined || isUnknown(path, before))));
    return (path) => unseen.some((glob) => glob.matches(path)) || (before !== undefined && isUnknown(path, before));
  }

  /** A directory that was looked at once is known; all of an input, when everything of it is. */
  markSeen({ id, globs }: Input, unknown: ReadonlySet<string>): void {
    if (unknown.size === 0) this.#registry.markSeen(id);
    else for (const { base } of globs) if (!isUnknown(base, unknown)) this.#registry.markSeen(seenKey(id, base));
  }
}

/** Under which the registry remembers that a directory of an input was looked at; no id holds a NUL. */
function seenKey(input: string, base: string): string {
  return `${input}\0${base}`;
}
