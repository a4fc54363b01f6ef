import { dirname } from "node:path";
import { DeliveryError } from "@gatelog/pipeline";
import { ensureWritableDirectory, RotatedFile, StartError } from "@gatelog/service-kit";
import type { FileOutputConfig } from "../config.ts";
import type { EventSink } from "../event-sink.ts";
import type { Effect } from "../filters/filter.ts";
import type { WorkEvent } from "../work-event.ts";
import { linesOf } from "./event-lines.ts";

/**
 * Events as lines of a file, rotated by size.
 *
 * **Guarantee**: fsynced when `write` resolves; a failed write leaves nothing of itself in the file. What was written and not committed before a kill
 * comes again.
 */
export class FileSink implements EventSink {
  readonly needs: readonly Effect[];
  readonly #config: FileOutputConfig;
  readonly #key: string;
  readonly #file: RotatedFile;
  #reason: string | undefined;

  /** @param key the configuration key of the output, e.g. `outputs[0].file` */
  constructor(config: FileOutputConfig, key: string) {
    this.#config = config;
    this.#key = key;
    this.needs = config.format === "raw" ? [] : ["fields"];
    this.#file = new RotatedFile(config);
  }

  async start(): Promise<void> {
    const { path } = this.#config;
    const key = `${this.#key}.path`;
    await ensureWritableDirectory(dirname(path), key);
    try {
      await this.#file.open();
    } catch (error) {
      throw new StartError(`${path} cannot be written: ${reasonOf(error)}`, { key, cause: error });
    }
  }

  async write(batch: readonly WorkEvent[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      await this.#file.append(linesOf(batch, this.#config.format));
      this.#reason = undefined;
    } catch (error) {
      this.#reason = `${this.#config.path} cannot be written: ${reasonOf(error)}`;
      throw new DeliveryError("GATELOG_PROCESSOR_OUTPUT_FILE_FAILED", this.#reason, { permanent: false, cause: error });
    }
  }

  status() {
    return this.#reason === undefined ? { ready: true } : { ready: false, reason: this.#reason };
  }

  stop(): Promise<void> {
    return this.#file.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
