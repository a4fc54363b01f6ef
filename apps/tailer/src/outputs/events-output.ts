import type { LineBatch } from "@gatelog/file-tail";
import { backOff, type Clock, deliverAll, type Sink } from "@gatelog/pipeline";
import type { EncodedEvent, EventEncoder } from "../event-encoder.ts";
import type { DeadLetterFile } from "./dead-letter-file.ts";
import type { Output, OutputReports, OutputStatus } from "./output.ts";

/** A sink of single events. */
export interface EventSink extends Sink<EncodedEvent> {
  /** Says of an event whether it has a place there; without it all have. */
  wants?(event: EncodedEvent): boolean;
  status(): OutputStatus;
}

export interface EventsOutputOptions {
  readonly sink: EventSink;
  readonly retry: { readonly minMs: number; readonly maxMs: number };
  readonly encoder: EventEncoder;
  readonly clock: Clock;
  readonly reports: OutputReports & { leftOut(count: number): void };
  /** Where an event goes that the sink refuses for good. */
  readonly deadLetters: DeadLetterFile;
}

/** Events one by one, to where they are not framed as a window: a topic, a file, standard output. */
export class EventsOutput implements Output {
  readonly #options: EventsOutputOptions;
  #pausedReason: string | undefined;

  constructor(options: EventsOutputOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    return this.#options.sink.start();
  }

  async deliver(batch: LineBatch, signal: AbortSignal): Promise<number> {
    const { clock, retry, sink, reports, deadLetters } = this.#options;
    const events = this.#encode(batch);
    let delivered = events.length;
    await deliverAll(sink, events, {
      clock,
      backOff: backOff(retry),
      signal,
      deadLetter: ({ item, error }) => deadLetters.keep(item, error),
      onDeadLetter: ({ error }) => {
        delivered -= 1;
        reports.deadLettered(error);
      },
      onPaused: (error) => (this.#pausedReason = `too many events in a row were refused: ${error.message}`),
      onRetry: (error, delayMs) => reports.retrying(error, delayMs),
    });
    this.#pausedReason = undefined;
    reports.delivered();
    return delivered;
  }

  #encode(batch: LineBatch): readonly EncodedEvent[] {
    const { clock, encoder, sink, reports } = this.#options;
    const events = encoder.encodeEvents(batch, new Date(clock.now()).toISOString());
    const wanted = sink.wants === undefined ? events : events.filter((event) => sink.wants?.(event));
    if (wanted.length < events.length) reports.leftOut(events.length - wanted.length);
    return wanted;
  }

  status(): OutputStatus {
    const reason = this.#pausedReason ?? this.#options.deadLetters.trouble();
    return reason === undefined ? this.#options.sink.status() : { ready: false, reason };
  }

  async stop(): Promise<void> {
    await this.#options.sink.stop();
    await this.#options.deadLetters.close();
  }
}
