import { join } from "node:path";
import { type FSWatcher, watch } from "chokidar";

export interface HintOptions {
  /** Levels below the watched directories. */
  readonly depth: number;
  /** Something happened at this path; undefined: somewhere. `isChange`: its content grew, nothing came or went. */
  readonly onHint: (path: string | undefined, isChange: boolean) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Tells early that something happened in a directory. Only a hint: it may miss, double or be late, and nothing is
 * decided by it. Directories alone are watched, so that the cost does not grow with the files.
 */
export class DirectoryHints {
  readonly #watcher: FSWatcher;
  readonly #directories = new Set<string>();

  constructor(options: HintOptions) {
    this.#watcher = watch([], {
      ignoreInitial: true,
      atomic: false,
      followSymlinks: false,
      depth: options.depth,
      ignored: (_path, stats) => stats !== undefined && !stats.isDirectory(),
    });
    // chokidar's own events come late or not at all when files are ignored; the raw ones are the kernel's.
    this.#watcher.on("raw", (event: string, name: string, details: unknown) => {
      options.onHint(pathOf(name, details), event === "change");
    });
    this.#watcher.on("all", () => options.onHint(undefined, false));
    this.#watcher.on("error", (error) => {
      options.onFailure(error);
      options.onHint(undefined, false);
    });
  }

  /** Watches a directory that a scan could read; again after it was lost. */
  add(directory: string): void {
    if (this.#directories.has(directory)) return;
    this.#directories.add(directory);
    this.#watcher.add(directory);
  }

  /** A directory that could not be read: its watch, if there is one, may be dead. */
  remove(directory: string): void {
    if (this.#directories.delete(directory)) this.#watcher.unwatch(directory);
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }
}

function pathOf(name: unknown, details: unknown): string | undefined {
  if (typeof name !== "string" || typeof details !== "object" || details === null || !("watchedPath" in details)) return undefined;
  return join(String(details.watchedPath), name);
}
