import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@gatelog/pipeline";
import type { WorkerIdentity } from "@gatelog/service-kit";
import { compressFile } from "./compress-file.ts";
import { codeOf } from "./error-code.ts";
import { isSlotTaken } from "./log-lock.ts";
import { isKeeperOf, ownLogFiles, slotOf, type LogFileName } from "./log-names.ts";

/** What compressing reports. */
export type CompressEvent =
  | { readonly type: "compressed"; readonly path: string; readonly bytes: number; readonly compressedBytes: number }
  | { readonly type: "compress-failed"; readonly path: string; readonly error: unknown };

/** Which files are compressed, and when. */
export interface LogCompressorOptions {
  readonly dir: string;
  readonly gateway: string;
  readonly worker: WorkerIdentity;
  /** The file that is written now. */
  readonly currentPath: () => string;
  /** A closed file is compressed so long after its last write, ms. */
  readonly afterMs: number;
  readonly clock: Clock;
  readonly onEvent: (event: CompressEvent) => void;
}

/**
 * Turns closed log files into `<name>.log.gz`, one after the other.
 *
 * **Guarantee**: a file is removed only when its compressed form is whole and on disk under its last name; a process that dies
 * before that leaves the file as it was, and a `.tmp` that the next attempt writes anew. Never touched are the current file, those of
 * other gateways and of workers that run, and the newest file of each slot that is not empty: a start reads its last `seq` there.
 */
export class LogCompressor {
  readonly #options: LogCompressorOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: LogCompressorOptions) {
    this.#options = options;
  }

  /** Compresses what is due; does nothing while it is at work. To be called every minute or so. */
  check(): Promise<void> {
    this.#running ??= this.#compressDue().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Breaks off what is under way; it is done anew after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #compressDue(): Promise<void> {
    const { dir } = this.#options;
    try {
      for (const path of await this.#due()) if (!this.#stopping.signal.aborted) await this.#compress(path);
    } catch (error) {
      this.#options.onEvent({ type: "compress-failed", path: dir, error });
    }
  }

  async #compress(path: string): Promise<void> {
    const { signal } = this.#stopping;
    try {
      this.#options.onEvent({ type: "compressed", path, ...(await compressFile(path, signal)) });
    } catch (error) {
      // The next check tries again; a file that somebody has removed is none of ours any more.
      if (!signal.aborted && codeOf(error) !== "ENOENT") this.#options.onEvent({ type: "compress-failed", path, error });
    }
  }

  async #due(): Promise<readonly string[]> {
    const { dir, gateway, worker } = this.#options;
    const files = ownLogFiles(await readdir(dir), gateway).filter((file) => isKeeperOf(file, worker));
    const due: string[] = [];
    for (const [slot, ofSlot] of bySlot(files)) {
      const isTaken = slot !== worker.slot && (await isSlotTaken(dir, gateway, slot));
      if (!isTaken) due.push(...(await this.#dueOf(ofSlot)));
    }
    return due;
  }

  /** What is due of a slot's files, newest first. */
  async #dueOf(files: readonly LogFileName[]): Promise<readonly string[]> {
    const { dir, afterMs, clock, currentPath } = this.#options;
    const due: string[] = [];
    let hasNewest = false;
    for (const { name } of files.toReversed()) {
      const path = join(dir, name);
      const found = await statIfThere(path);
      if (found === undefined) continue;
      const isKept = path === currentPath() || (!hasNewest && found.size > 0);
      hasNewest ||= found.size > 0;
      if (!isKept && clock.now() - found.mtimeMs >= afterMs) due.push(path);
    }
    return due;
  }
}

async function statIfThere(path: string): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function bySlot(files: readonly LogFileName[]): Map<number, LogFileName[]> {
  const slots = new Map<number, LogFileName[]>();
  for (const file of files) {
    const slot = slotOf(file.boot);
    const ofSlot = slots.get(slot);
    if (ofSlot === undefined) slots.set(slot, [file]);
    else ofSlot.push(file);
  }
  return slots;
}
