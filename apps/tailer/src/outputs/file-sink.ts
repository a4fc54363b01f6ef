import { Buffer } from "node:buffer";
import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import { DeliveryError } from "@gatelog/pipeline";
import { AppendFile, syncDirectory, ensureWritableDirectory } from "@gatelog/service-kit";
import type { FileConfig } from "../config/output.ts";
import type { EncodedEvent } from "../event-encoder.ts";
import type { EventSink } from "./events-output.ts";
import type { OutputStatus } from "./output.ts";

/** Events as lines of a file, fsynced, rotated by size. */
export class FileSink implements EventSink {
  readonly #config: FileConfig;
  #file: AppendFile;
  #reason: string | undefined;
  /** Batches are appended one after the other, in order. */
  #last: Promise<void> = Promise.resolve();

  constructor(config: FileConfig) {
    this.#config = config;
    this.#file = new AppendFile(config.path);
  }

  start(): Promise<void> {
    return ensureWritableDirectory(dirname(this.#config.path), "output.file.path");
  }

  write(batch: readonly EncodedEvent[]): Promise<void> {
    const bytes = linesOf(batch, this.#config.format);
    const written = this.#last.then(() => this.#append(bytes));
    this.#last = written.catch(() => {});
    return written;
  }

  status(): OutputStatus {
    return this.#reason === undefined ? { ready: true } : { ready: false, reason: this.#reason };
  }

  stop(): Promise<void> {
    return this.#file.close();
  }

  async #append(bytes: Buffer): Promise<void> {
    try {
      await this.#file.open();
      if (this.#file.bytes > 0 && this.#file.bytes + bytes.length > this.#config.rotateBytesMax) await this.#rotate();
      await this.#file.append(bytes);
      this.#reason = undefined;
    } catch (error) {
      this.#reason = `${this.#config.path} cannot be written: ${error instanceof Error ? error.message : String(error)}`;
      throw new DeliveryError("GATELOG_TAILER_OUTPUT_FILE", this.#reason, { permanent: false, cause: error });
    }
  }

  /** x.2 → x.3, x.1 → x.2, x → x.1; what is over filesMax is overwritten. */
  async #rotate(): Promise<void> {
    const { path, filesMax } = this.#config;
    await this.#file.close();
    for (let number = filesMax - 1; number >= 1; number -= 1) {
      await rename(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`).catch(ignoreMissing);
    }
    await syncDirectory(dirname(path));
    this.#file = new AppendFile(path);
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

const lineEnd = Buffer.from("\n");

/** The events as lines, each with its end. */
export function linesOf(batch: readonly EncodedEvent[], format: "event" | "raw"): Buffer {
  return Buffer.concat(batch.flatMap(({ line, json }) => [format === "raw" ? line : json, lineEnd]));
}
