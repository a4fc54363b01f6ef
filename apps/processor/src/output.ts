import {
  type BackOff,
  type Clock,
  deliverAll,
  DeliveryError,
  type DeliverAllOptions,
  type RejectedItem,
  toDeliveryError,
} from "@gatelog/pipeline";
import type { Cursor } from "@gatelog/segment-log";
import type { PartReadiness } from "@gatelog/service-kit";
import type { DeadLetters } from "./dead-letters.ts";
import type { ProcessorErrorCode } from "./errors.ts";
import type { EventSink } from "./event-sink.ts";
import type { FilterChain } from "./filters/chain.ts";
import type { WorkEvent } from "./work-event.ts";
import type { Metrics } from "./metrics.ts";
import { decodeEvent } from "./stored-event.ts";

/** How long one look into the buffer waits for something new. */
const readWaitMs = 1_000;
/** Dead letters are told at most this often, with their number: a field that a mapping refuses may come a thousand times a second. */
const deadLetterTellMs = 10_000;

export interface OutputOptions {
  readonly name: string;
  readonly sink: EventSink;
  /** The filters that this output runs; asked for with every batch, for they may be changed. */
  readonly chain: () => FilterChain;
  readonly deadLetters: DeadLetters;
  readonly openCursor: () => Promise<Cursor>;
  /** The offset behind the last event of the buffer. */
  readonly bufferEnd: () => number;
  readonly batch: { readonly recordsMax: number; readonly bytesMax: number };
  readonly retry: BackOff;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** For the log; nothing is told per event that went well. */
  readonly onEvent: (event: OutputEvent) => void;
}

export interface OutputEvent {
  readonly code: ProcessorErrorCode;
  readonly level: "info" | "warn" | "error";
  readonly output: string;
  readonly message: string;
  readonly error?: unknown;
}

/**
 * One output: reads the buffer with its own cursor, filters, writes to its sink, and commits.
 *
 * **Guarantee**: a batch is committed when every event of it is durable in the sink or among the dead letters. It waits for no
 * other output, and no other for it.
 */
export class Output {
  readonly name: string;
  readonly #options: OutputOptions;
  readonly #stopping = new AbortController();
  /** Ends the wait for new events; then only what is in the buffer is still written. */
  readonly #draining = new AbortController();
  #cursor: Cursor | undefined;
  #running: Promise<void> | undefined;
  /** The batch after the one that is being written. */
  #ahead: Promise<PreparedBatch> | undefined;
  /** The place behind the last batch, being saved while the next one is on its way. */
  #saving: Promise<void> | undefined;
  #trouble: string | undefined;
  #pausedBy: DeliveryError | undefined;
  /** Where the cursor was, while there is none. */
  #committedBefore: number | undefined;
  #deadLettersUntold = 0;
  #deadLetterToldAtMs = -Infinity;

  constructor(options: OutputOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** **Errors**: as openCursor: another process has this output's place in the buffer. */
  async start(): Promise<void> {
    this.#cursor = await this.#options.openCursor();
    await this.#options.sink.start();
    this.#running = this.#run();
  }

  /** Writes what is in the buffer, until there is no more or `signal` aborts, then stops. What is left stays for the next start. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#draining.abort();
    const giveUp = () => this.#stopping.abort();
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    await this.#running;
    signal.removeEventListener("abort", giveUp);
    await this.#options.sink.stop();
    await this.#cursor?.close();
  }

  /** The filters that it runs now. */
  get chain(): FilterChain {
    return this.#options.chain();
  }

  /** Events in the buffer that are not written; 0 before the start. */
  lag(): number {
    const committed = this.#cursor?.committed ?? this.#committedBefore;
    return committed === undefined ? 0 : Math.max(0, this.#options.bufferEnd() - committed);
  }

  readiness(): PartReadiness {
    const name = `output ${this.name}`;
    const status = this.#options.sink.status();
    const reason = this.#trouble ?? (status.ready ? undefined : (status.reason ?? "not ready"));
    return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        if (!(await this.#step())) return;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        await this.#recover(toDeliveryError(error));
      }
    }
  }

  /** Moves one batch; false when draining is done. */
  async #step(): Promise<boolean> {
    const cursor = (this.#cursor ??= await this.#options.openCursor());
    const batch = await (this.#ahead ?? this.#prepare(cursor));
    this.#ahead = undefined;
    const isEmpty = batch.events.length === 0 && batch.unreadable.length === 0;
    if (!isEmpty) {
      // The next batch is read and filtered while this one is on its way; what fails of it fails when its turn comes.
      this.#ahead = this.#prepare(cursor);
      this.#ahead.catch(() => undefined);
      await this.#deliver(batch);
    }
    // What was saved meanwhile tells that all is well, or ends the step; what is saved now is not known yet.
    const isSaved = isEmpty || this.#saving !== undefined;
    await this.#saving;
    if (isSaved) this.#noteSuccess();
    this.#saving = batch.next > cursor.committed ? cursor.commit(batch.next) : undefined;
    const isDone = !batch.isRead && batch.wasDraining;
    if (isDone) await this.#saving;
    else this.#saving?.catch(() => undefined);
    return !isDone;
  }

  async #prepare(cursor: Cursor): Promise<PreparedBatch> {
    const draining = this.#draining.signal.aborted;
    const { records, next } = await cursor.read({
      ...this.#options.batch,
      waitMsMax: draining ? 0 : readWaitMs,
      signal: draining ? this.#stopping.signal : this.#draining.signal,
    });
    const stored: WorkEvent[] = [];
    const unreadable: UnreadableRecord[] = [];
    for (const { payload } of records) {
      const event = decodeEvent(payload);
      if (event === undefined) unreadable.push({ bytes: payload });
      else stored.push(event);
    }
    const events = this.#options.chain().run(stored);
    if (events.length > 0) this.#options.sink.announce?.(events);
    return { events, unreadable, next, isRead: records.length > 0, wasDraining: draining };
  }

  async #deliver({ events, unreadable }: PreparedBatch): Promise<void> {
    const { sink, metrics } = this.#options;
    if (unreadable.length > 0) await deliverAll(refusingSink, unreadable, { ...this.#law(), consecutiveDeadLettersMax: Infinity });
    let refused = 0;
    const law = this.#law();
    await deliverAll(sink, events, {
      ...law,
      onDeadLetter: (rejected) => {
        refused++;
        law.onDeadLetter?.(rejected);
      },
    });
    metrics.eventsDelivered.inc({ output: this.name }, events.length - refused);
  }

  #law(): DeliverAllOptions<UnreadableRecord> {
    return {
      clock: this.#options.clock,
      backOff: this.#options.retry,
      signal: this.#stopping.signal,
      deadLetter: ({ item, error }) =>
        this.#options.deadLetters.keep({ output: this.name, event: item.bytes }, error, this.#stopping.signal),
      onDeadLetter: (rejected) => this.#onDeadLetter(rejected),
      onRetry: (error) => this.#onRetry(error),
      onPaused: (error) => (this.#pausedBy = error),
    };
  }

  #onDeadLetter({ error }: RejectedItem<UnreadableRecord>): void {
    this.#options.metrics.deadLetters.inc({ output: this.name, code: error.code });
    this.#deadLettersUntold++;
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#deadLetterToldAtMs < deadLetterTellMs) return;
    this.#tell("GATELOG_PROCESSOR_DEAD_LETTER", "error", {
      text: `${this.#deadLettersUntold} dead letters, the last: ${sentence(error)}`,
      error,
    });
    this.#deadLetterToldAtMs = nowMs;
    this.#deadLettersUntold = 0;
  }

  #noteSuccess(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#pausedBy = undefined;
    this.#tell("GATELOG_PROCESSOR_OUTPUT_RECOVERED", "info", { text: "writes again" });
  }

  #onRetry(error: DeliveryError): void {
    this.#options.metrics.deliveriesRetried.inc({ output: this.name, code: error.code });
    // What paused the output is retried, too: that it is paused says more.
    if (error === this.#pausedBy) this.#say("GATELOG_PROCESSOR_OUTPUT_PAUSED", "error", error);
    else this.#say("GATELOG_PROCESSOR_OUTPUT_RETRYING", "warn", error);
  }

  /** Reading or committing failed: the cursor is opened anew, and what was not committed is read again. */
  async #recover(error: DeliveryError): Promise<void> {
    this.#onRetry(error);
    const broken = this.#cursor;
    this.#committedBefore = broken?.committed ?? this.#committedBefore;
    this.#cursor = undefined;
    this.#ahead = undefined;
    this.#saving = undefined;
    try {
      await broken?.close();
    } catch {
      // It is given up either way; its lock ends with its file.
    }
    await this.#options.clock.sleep(this.#options.retry.next(), this.#stopping.signal);
  }

  /** Tells what is wrong now; the same trouble is told once. */
  #say(code: ProcessorErrorCode, level: "warn" | "error", error: DeliveryError): void {
    const trouble = `${code === "GATELOG_PROCESSOR_OUTPUT_PAUSED" ? "paused" : "retrying"}: ${error.message}`;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#tell(code, level, { text: sentence(error), error });
  }

  #tell(code: ProcessorErrorCode, level: OutputEvent["level"], { text, error }: { text: string; error?: unknown }): void {
    const event = { code, level, output: this.name, message: text };
    this.#options.onEvent(error === undefined ? event : { ...event, error });
  }
}

function sentence({ code, message }: DeliveryError): string {
  return `${code}: ${message}`;
}

/** Events that were read and filtered. */
interface PreparedBatch {
  readonly events: readonly WorkEvent[];
  readonly unreadable: readonly UnreadableRecord[];
  /** Where the next batch begins; committed when this one is durable. */
  readonly next: number;
  /** Whether there was anything, also where filters dropped all of it. */
  readonly isRead: boolean;
  /** Whether nothing more was waited for. */
  readonly wasDraining: boolean;
}

/** All that the delivery law and the dead letters need of an event. */
interface UnreadableRecord {
  readonly bytes: Uint8Array;
}

/** Takes nothing: whatever the buffer holds that is no event goes to the dead letters as it is. */
const refusingSink = {
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  write: () =>
    Promise.reject(
      new DeliveryError("GATELOG_PROCESSOR_EVENT_UNREADABLE", "the buffer holds a record that is no event", { permanent: true }),
    ),
};
