import { lstat, unlink } from "node:fs/promises";
import type { Clock } from "@gatelog/pipeline";
import type { FileSet } from "./file-set.ts";
import type { OpenFiles } from "./open-files.ts";
import type { Registry } from "./registry.ts";
import { isSucceededBy, Successors } from "./successors.ts";
import type { TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent } from "./types.ts";

export interface DeliveredFilesOptions {
  readonly files: FileSet;
  readonly open: OpenFiles;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly onEvent?: OnFileTailEvent | undefined;
}

const defaultGraceMs = 30 * 60_000;

/**
 * Deletes what was rotated and is delivered, where the input says so.
 *
 * **Guarantee**: a file is deleted only when it has another name than it was found under, or is a copy under another name, or its writer
 * has gone on to another file (see Successors); when everything of it is acknowledged; and when nothing was written to it for the grace
 * time. What is written to it after all is read from its open handle.
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
      if (deleteAfterDelivery !== true) continue;
      for (const file of files.ofInput(id)) {
        this.#noteSucceeded(file);
        if (this.#isDue(file)) due.push(file);
      }
    }
    if (due.length === 0) return;
    const successors = new Successors(files.values());
    for (const file of due) {
      try {
        if (file.isRotated || successors.has(file)) await this.#delete(file);
      } catch (error) {
        this.#options.onEvent?.({ type: "deleteFailed", path: file.path, error });
      }
    }
  }

  /** Delivered as a whole, and not written to for long, as far as the last scan says. */
  #isDue(file: TrackedFile): boolean {
    const { deleteGraceMs = defaultGraceMs } = this.#options.files.inputs.of(file);
    // Of a link the file that it leads to is not ours.
    if (file.isMissing || file.isLinked || file.isBeside || !file.isDelivered) return false;
    const { clock } = this.#options;
    if (file.failures > 0 && clock.monotonicMs() < file.nextPollMs) return false;
    return clock.now() - file.modifiedMs >= deleteGraceMs;
  }

  /** Whether the name that it had in another directory was given to another file; remembered, for that may not last. */
  #noteSucceeded(file: TrackedFile): void {
    const { leftPath } = file;
    try {
      if (leftPath === undefined || file.isRotated || !isSucceededBy(file, leftPath)) return;
      file.isRotated = true;
      if (file.generation !== undefined) this.#options.registry.put(file.entry);
    } catch {
      // What cannot be looked at is unknown: the next scan looks again.
    }
  }

  async #delete(file: TrackedFile): Promise<void> {
    const { open, files, clock, onEvent } = this.#options;
    // Opening compares it with what was delivered.
    if (file.handle === undefined && !(await open.openNow(file))) return;
    const status = await file.handle?.stat({ bigint: true });
    const named = await lstat(file.path, { bigint: true });
    if (status === undefined || !file.isDelivered || named.ino !== status.ino || named.dev !== status.dev) return;
    const { deleteGraceMs = defaultGraceMs } = files.inputs.of(file);
    if (status.size !== BigInt(file.diskSize) || clock.now() - Number(status.mtimeMs) < deleteGraceMs) return;
    await unlink(file.path);
    onEvent?.({ type: "fileDeleted", path: file.path, bytes: file.size });
  }
}
