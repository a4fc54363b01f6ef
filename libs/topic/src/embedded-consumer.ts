import { backOff, systemClock, type BackOff, type Clock } from "@gatelog/pipeline";
import { openCursor, type Cursor, type LogRecord } from "@gatelog/segment-log";
import { EmbeddedConsumers } from "./embedded-consumers.ts";
import { logDirectory, reasonOf, reopenMs, tellLogEvents } from "./embedded-log.ts";
import { decodeMessage } from "./embedded-message.ts";
import { findLogOutOfRange, resetCursor } from "./embedded-range.ts";
import { describeOutOfRange, outOfRangeError } from "./kafka-ranges.ts";
import type {
  ConsumedBatch,
  ConsumedMessage,
  ConsumerConfig,
  EmbeddedTopicConfig,
  PartitionLag,
  TopicConsumer,
  TopicHooks,
  TopicStatus,
} from "./topic.ts";

/** Messages handed over together at most. */
export const batchMessagesMax = 1_000;

/** Bytes handed over together at most; one message that is larger comes alone. */
export const batchBytesMax = 4 * 1024 * 1024;

/** Milliseconds that one look for messages waits. */
const readWaitMs = 1_000;

/** Milliseconds before a batch that was not handled is handed over again. */
const redeliverMs = Object.freeze({ min: 100, max: 30_000 });

/** How often a cursor that stands outside of its log is looked at again, ms. */
const outOfRangeWaitMs = 1_000;

type EmbeddedConsumerConfig = ConsumerConfig & EmbeddedTopicConfig;

/**
 * A consumer of topics in a directory, each with one partition, and one member of each group at a time, by a kernel lock.
 *
 * **Guarantee**: as TopicConsumer. It may start before the topic exists, and then waits; `status` says for what.
 */
export function createEmbeddedConsumer(config: EmbeddedConsumerConfig, hooks: TopicHooks = {}, clock: Clock = systemClock): TopicConsumer {
  const { names, ...common } = config;
  if (names === undefined) return new EmbeddedConsumer(config, hooks, clock);
  return new EmbeddedConsumers(names.map((name) => new EmbeddedConsumer({ ...common, name }, hooks, clock)));
}

class EmbeddedConsumer implements TopicConsumer {
  readonly #config: EmbeddedConsumerConfig;
  readonly #hooks: TopicHooks;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #cursor: Cursor | undefined;
  #reason: string | undefined = "the consumer is not started";

  constructor(config: EmbeddedConsumerConfig, hooks: TopicHooks, clock: Clock) {
    this.#config = config;
    this.#hooks = hooks;
    this.#clock = clock;
  }

  async start(handle: (batch: ConsumedBatch) => Promise<void>): Promise<void> {
    const dir = logDirectory(this.#config);
    this.#running ??= this.#run(dir, handle);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#reason = "the consumer is stopped";
  }

  async lag(): Promise<number> {
    await this.#cursor?.refresh();
    return this.#cursor?.lag() ?? 0;
  }

  async lags(): Promise<readonly PartitionLag[]> {
    return [{ topic: this.#config.name, partition: 0, messages: await this.lag() }];
  }

  status(): TopicStatus {
    return this.#reason === undefined ? { ready: true } : { ready: false, reason: this.#reason };
  }

  /** Opens the cursor and consumes, again and again, until stopped. */
  async #run(dir: string, handle: (batch: ConsumedBatch) => Promise<void>): Promise<void> {
    const wait = backOff({ minMs: reopenMs.min, maxMs: reopenMs.max });
    while (!this.#stopping.signal.aborted) {
      try {
        this.#cursor = await openCursor({ dir, name: this.#config.group, onEvent: tellLogEvents(this.#hooks) });
        wait.reset();
        if (!(await this.#isInRange(dir, this.#cursor))) continue;
        this.#reason = undefined;
        await this.#consume(this.#cursor, { dir, handle });
      } catch (error) {
        this.#say("GATELOG_TOPIC_EMBEDDED_NOT_OPEN", reasonOf(error), error);
        await this.#clock.sleep(wait.next(), this.#stopping.signal);
      } finally {
        await this.#cursor?.close();
        this.#cursor = undefined;
      }
    }
  }

  /** False when the cursor stands outside of the log: then it was waited a little, or the cursor was made anew. */
  async #isInRange(dir: string, cursor: Cursor): Promise<boolean> {
    const place = await findLogOutOfRange(dir, this.#config.name, cursor.committed);
    if (place === undefined) return true;
    const { group, outOfRange: mode = "wait" } = this.#config;
    if (mode === "wait") {
      const error = outOfRangeError(group, [place]);
      this.#say("GATELOG_TOPIC_OUT_OF_RANGE", error.message, error);
      await this.#clock.sleep(outOfRangeWaitMs, this.#stopping.signal);
      return false;
    }
    await cursor.close();
    await resetCursor({ dir, group, mode });
    const message = `the group ${group} stood outside of the log (${describeOutOfRange(place)}); by outOfRange it goes on at ${mode === "latest" ? "the end" : "the oldest message"}`;
    this.#hooks.onEvent?.({ code: "GATELOG_TOPIC_OUT_OF_RANGE_RESET", level: "error", message });
    return false;
  }

  /** Ends when the consumer is stopped, or the log is not the one any more that it was. */
  async #consume(cursor: Cursor, { dir, handle }: { dir: string; handle: (batch: ConsumedBatch) => Promise<void> }): Promise<void> {
    const wait = backOff({ minMs: redeliverMs.min, maxMs: redeliverMs.max });
    const limits = { recordsMax: batchMessagesMax, bytesMax: batchBytesMax, waitMsMax: readWaitMs, signal: this.#stopping.signal };
    while (!this.#stopping.signal.aborted) {
      const { records, next } = await cursor.read(limits);
      if (records.length > 0 && !(await this.#deliver(records, handle, wait))) return;
      // Also without records: damaged ones were skipped.
      if (next > cursor.committed) await cursor.commit(next);
      // A log that was replaced while it was read looks like one in which nothing comes.
      else if ((await findLogOutOfRange(dir, this.#config.name, cursor.committed)) !== undefined) return;
    }
  }

  /** Hands a batch over until it is handled; false when the consumer was stopped before. */
  async #deliver(records: readonly LogRecord[], handle: (batch: ConsumedBatch) => Promise<void>, wait: BackOff): Promise<boolean> {
    const batch = this.#toBatch(records);
    while (!this.#stopping.signal.aborted) {
      try {
        await handle(batch);
        this.#reason = undefined;
        wait.reset();
        return true;
      } catch (error) {
        this.#say("GATELOG_TOPIC_REDELIVERED", `a batch of topic ${this.#config.name} was not handled: ${reasonOf(error)}`, error);
        await this.#clock.sleep(wait.next(), this.#stopping.signal);
      }
    }
    return false;
  }

  #toBatch(records: readonly LogRecord[]): ConsumedBatch {
    return {
      topic: this.#config.name,
      partition: 0,
      messages: records.map((record) => this.#toMessage(record)),
      // Nobody takes the partition away: the lock lasts as long as the process.
      keepAlive: () => Promise.resolve(),
      isStale: () => this.#stopping.signal.aborted,
      isWantedBack: () => false,
    };
  }

  #toMessage({ offset, payload }: LogRecord): ConsumedMessage {
    const message = decodeMessage(payload);
    if (message !== undefined) return { ...message, offset: String(offset) };
    const text = `record ${offset} of topic ${this.#config.name} is no message of this version; it is handed over as a value without key and headers`;
    this.#hooks.onEvent?.({ code: "GATELOG_TOPIC_EMBEDDED_UNREADABLE", level: "error", message: text });
    return { key: "", value: payload, headers: {}, offset: String(offset) };
  }

  /** Puts the reason into the status, and tells it when it is new. */
  #say(code: string, reason: string, error: unknown): void {
    if (this.#reason !== reason)
      this.#hooks.onEvent?.({ code, level: code === "GATELOG_TOPIC_OUT_OF_RANGE" ? "error" : "warn", message: reason, error });
    this.#reason = reason;
  }
}
