import { lstat, stat, unlink } from "node:fs/promises";
import type { Clock } from "@gatelog/pipeline";
import type { FileSet } from "./file-set.ts";
import type { OpenFiles } from "./open-files.ts";
import { isGreater, numberedNameOf } from "./rotated-names.ts";
import type { TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent } from "./types.ts";

export interface DeliveredFilesOptions {
  readonly files: FileSet;
  readonly open: OpenFiles;
  readonly clock: Clock;
  readonly onEvent?: OnFileTailEvent | undefined;
}

const defaultGraceMs = 30 * 60_000;
/** How long the last lines may still be written to a file after the next one of its series was created. */
const lateMs = 10_000;

/**
 * Deletes what was rotated and is delivered, where the input says so.
 *
 * **Guarantee**: a file is deleted only when it was renamed, or copied, or when a later one of its series is there that was created after
 * it was written to last; when everything of it is acknowledged; and when nothing was written to it for the grace time. What is
 * written to it after all is read from its open handle.
 */
export class DeliveredFiles {
  readonly #options: DeliveredFilesOptions;

  constructor(options: DeliveredFilesOptions) {
    this.#options = options;
  }

  async clean(): Promise<void> {
    const { files } = this.#options;
    const due: TrackedFile[] = [];
    for (const { id, deleteAfterDelivery } of files.inputs) {
      if (deleteAfterDelivery === true) for (const file of files.ofInput(id)) if (this.#isDue(file)) due.push(file);
    }
    if (due.length === 0) return;
    const later = newestOfSeries(files.values());
    for (const file of due) {
      try {
        if (await this.#isRotated(file, later)) await this.#delete(file);
      } catch (error) {
        this.#options.onEvent?.({ type: "deleteFailed", path: file.path, error });
      }
    }
  }

  /** Delivered as a whole, and not written to for long, as far as the last scan says. */
  #isDue(file: TrackedFile): boolean {
    const { deleteGraceMs = defaultGraceMs } = this.#options.files.inputOf(file);
    // Of a link the file that it leads to is not ours.
    if (file.isMissing || file.isLinked || file.isBeside || !file.isDelivered) return false;
    return this.#options.clock.now() - file.modifiedMs >= deleteGraceMs;
  }

  async #isRotated(file: TrackedFile, later: ReadonlyMap<string, NumberedFile>): Promise<boolean> {
    if (file.isRotated) return true;
    const numbered = numberedNameOf(file.path);
    const newest = numbered === undefined ? undefined : later.get(numbered.series);
    if (numbered === undefined || newest === undefined || !isGreater(newest.number, numbered.number)) return false;
    const { birthtimeMs } = await stat(newest.file.path);
    // Two files that are written to side by side are no series, whatever their names. Not every file system knows.
    return birthtimeMs === 0 || birthtimeMs >= file.modifiedMs - lateMs;
  }

  async #delete(file: TrackedFile): Promise<void> {
    const { open, files, clock, onEvent } = this.#options;
    // Opening compares it with what was delivered.
    if (file.handle === undefined && !(await open.openNow(file))) return;
    const status = await file.handle?.stat({ bigint: true });
    const named = await lstat(file.path, { bigint: true });
    if (status === undefined || !file.isDelivered || named.ino !== status.ino || named.dev !== status.dev) return;
    const { deleteGraceMs = defaultGraceMs } = files.inputOf(file);
    if (status.size !== BigInt(file.diskSize) || clock.now() - Number(status.mtimeMs) < deleteGraceMs) return;
    await unlink(file.path);
    onEvent?.({ type: "fileDeleted", path: file.path, bytes: file.size });
  }
}

interface NumberedFile {
  readonly file: TrackedFile;
  readonly number: string;
}

function newestOfSeries(files: Iterable<TrackedFile>): Map<string, NumberedFile> {
  const newest = new Map<string, NumberedFile>();
  for (const file of files) {
    const name = file.isMissing ? undefined : numberedNameOf(file.path);
    if (name === undefined) continue;
    const known = newest.get(name.series);
    if (known === undefined || isGreater(name.number, known.number)) newest.set(name.series, { file, number: name.number });
  }
  return newest;
}
