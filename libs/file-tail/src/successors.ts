import { statusOf } from "./file-status.ts";
import { currentPathOf, type Succession, successionOf } from "./rotated-names.ts";
import { keyOf, type TrackedFile } from "./tracked-file.ts";

/** How long the last lines may still be written to a file after the next one was created. */
const lateMs = 10_000;

interface Placed extends Succession {
  readonly file: TrackedFile;
}

/**
 * Tells of files that were not renamed whether their writers have gone on to another one.
 *
 * **Guarantee**: in doubt a file has none: one that is the last of its series, that was written to after the other one was created, or
 * where the file system does not say when that was.
 */
export class Successors {
  /** The last file of each series. */
  readonly #last = new Map<string, Placed>();

  constructor(files: Iterable<TrackedFile>) {
    for (const file of files) {
      const place = file.isMissing ? undefined : successionOf(file.path);
      // A gateway looks for its last seq in its newest file that holds something.
      if (place === undefined || (place.isGateway && file.diskSize === 0)) continue;
      if (place.order > (this.#last.get(place.series)?.order ?? "")) this.#last.set(place.series, { ...place, file });
    }
  }

  /** **Errors**: the system's. */
  has(file: TrackedFile): boolean {
    const current = currentPathOf(file.path);
    if (current !== undefined && isSucceededBy(file, current)) return true;
    const place = successionOf(file.path);
    const last = place === undefined ? undefined : this.#last.get(place.series);
    if (place === undefined || last === undefined || last.order <= place.order) return false;
    return isSucceededBy(file, last.file.path, last.isGateway);
  }
}

/**
 * Whether at the path stands another file, which was created after this one was written to last. `isKnownSo`: its name says so where the file
 * system does not.
 *
 * **Errors**: the system's.
 */
export function isSucceededBy(file: TrackedFile, path: string, isKnownSo = false): boolean {
  // What a link leads to may be any of the rotated ones.
  const status = statusOf(path, false);
  if (status?.kind !== "file" || keyOf(status) === file.key) return false;
  return status.bornMs === undefined ? isKnownSo : status.bornMs >= file.modifiedMs - lateMs;
}
