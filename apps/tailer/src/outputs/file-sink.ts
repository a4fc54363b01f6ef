import { Buffer } from "node:buffer";
import { dirname } from "node:path";
import { DeliveryError } from "@gatelog/pipeline";
import { ensureWritableDirectory, RotatedFile } from "@gatelog/service-kit";
import type { FileConfig } from "../config/output.ts";
import type { EncodedEvent } from "../event-encoder.ts";
import type { EventSink } from "./events-output.ts";
import type { OutputStatus } from "./output.ts";

/** Events as lines of a file, fsynced, rotated by size. */
export class FileSink implements EventSink {
  readonly #config: FileConfig;
  readonly #file: RotatedFile;
  #reason: string | undefined;
  /** Batches are appended one after the other, in order. */
  #last: Promise<void> = Promise.resolve();

  constructor(config: FileConfig) {
    this.#config = config;
    this.#file = new RotatedFile(config);
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
      await this.#file.append(bytes);
      this.#reason = undefined;
    } catch (error) {
      this.#reason = `${this.#config.path} cannot be written: ${error instanceof Error ? error.message : String(error)}`;
      throw new DeliveryError("GATELOG_TAILER_OUTPUT_FILE", this.#reason, { permanent: false, cause: error });
    }
  }
}

const lineEnd = Buffer.from("\n");

/** The events as lines, each with its end. */
export function linesOf(batch: readonly EncodedEvent[], format: "event" | "raw"): Buffer {
  return Buffer.concat(batch.flatMap(({ line, json }) => [format === "raw" ? line : json, lineEnd]));
}
