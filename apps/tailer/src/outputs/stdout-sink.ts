import { DeliveryError } from "@gatelog/pipeline";
import type { EncodedEvent } from "../event-encoder.ts";
import type { EventSink } from "./events-output.ts";
import { linesOf } from "./file-sink.ts";
import type { OutputStatus } from "./output.ts";

export interface StreamSinkOptions {
  readonly format: "event" | "raw";
  /** Called when the stream takes nothing any more, which nothing can mend: whoever read it is gone. */
  readonly onGone: (reason: string) => void;
}

/** Events as lines of a stream; written counts as delivered. */
export class StreamSink implements EventSink {
  readonly #stream: NodeJS.WritableStream;
  readonly #options: StreamSinkOptions;
  #reason: string | undefined;

  constructor(stream: NodeJS.WritableStream, options: StreamSinkOptions) {
    this.#stream = stream;
    this.#options = options;
    // The callback of the write tells of it too; unhandled it would end the process.
    stream.on("error", (error) => this.#lose(error));
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  write(batch: readonly EncodedEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(linesOf(batch, this.#options.format), (error) => {
        if (error === null || error === undefined) resolve();
        else reject(new DeliveryError("GATELOG_TAILER_OUTPUT_STDOUT", error.message, { permanent: false, cause: error }));
      });
    });
  }

  status(): OutputStatus {
    return this.#reason === undefined ? { ready: true } : { ready: false, reason: this.#reason };
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  #lose({ message }: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = `standard output cannot be written: ${message}`;
    this.#options.onGone(this.#reason);
  }
}
