import { DeliveryError } from "@gatelog/pipeline";
import type { EventSink } from "../event-sink.ts";
import type { Effect } from "../filters/filter.ts";
import type { WorkEvent } from "../work-event.ts";
import { linesOf } from "./event-lines.ts";

/**
 * Events as lines of a stream.
 *
 * **Guarantee**: taken by the operating system when `write` resolves; whoever reads it may still lose them.
 */
export class StdoutSink implements EventSink {
  readonly needs: readonly Effect[];
  readonly #stream: NodeJS.WritableStream;
  readonly #format: "event" | "raw";
  #reason: string | undefined;

  constructor(stream: NodeJS.WritableStream, format: "event" | "raw") {
    this.#stream = stream;
    this.#format = format;
    this.needs = format === "raw" ? [] : ["fields"];
  }

  start(): Promise<void> {
    // The callback of the write tells of it too; unhandled it would end the process.
    this.#stream.on("error", this.#lose);
    return Promise.resolve();
  }

  write(batch: readonly WorkEvent[]): Promise<void> {
    if (batch.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#stream.write(linesOf(batch, this.#format), (error) => {
        if (error === null || error === undefined) resolve();
        else reject(new DeliveryError("GATELOG_PROCESSOR_OUTPUT_STDOUT_FAILED", this.#lose(error), { permanent: false, cause: error }));
      });
    });
  }

  status() {
    return this.#reason === undefined ? { ready: true } : { ready: false, reason: this.#reason };
  }

  /** Listens on: what was written last may fail late. */
  stop(): Promise<void> {
    return Promise.resolve();
  }

  readonly #lose = ({ message }: Error): string => (this.#reason ??= `standard output cannot be written: ${message}`);
}
