import { backOff, systemClock, type BackOff, type Clock } from "@gatelog/pipeline";
import { openCursor, type Cursor, type LogRecord } from "@gatelog/segment-log";
import { logDirectory, reasonOf, reopenMs, tellLogEvents } from "./embedded-log.ts";
import { decodeMessage } from "./embedded-message.ts";
import type { ConsumedBatch, ConsumedMessage, EmbeddedTopicConfig, TopicConsumer, TopicHooks, TopicStatus } from "./topic.ts";

/** Messages handed over together at most. */
export const batchMessagesMax = 1_000;

/** Bytes handed over together at most; one message that is larger comes alone. */
export const batchBytesMax = 4 * 1024 * 1024;

/** Milliseconds that one look for messages waits. */
const readWaitMs = 1_000;

/** Milliseconds before a batch that was not handled is handed over again. */
const redeliverMs = Object.freeze({ min: 100, max: 30_000 });

/**
 * A consumer of a topic in a directory: one partition, and one member of each group at a time, by a kernel lock.
 *
 * **Guarantee**: as TopicConsumer. It may start before the topic exists, and then waits; `status` says for what.
 */
export function createEmbeddedConsumer(
  config: EmbeddedTopicConfig & { readonly group: string },
  hooks: TopicHooks = {},
  clock: Clock = systemClock,
): TopicConsumer {
  return new EmbeddedConsumer(config, hooks, clock);
}

class EmbeddedConsumer implements TopicConsumer {
  readonly #config: EmbeddedTopicConfig & { readonly group: string };
  readonly #hooks: TopicHooks;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #cursor: Cursor | undefined;
  #reason: string | undefined = "the consumer is not started";

  constructor(config: EmbeddedTopicConfig & { readonly group: string }, hooks: TopicHooks, clock: Clock) {
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

  status(): TopicStatus {
    return this.#reason === undefined ? { ready: true } : { ready: false, reason: this.#reason };
  }

  /** Opens the cursor and consumes, again and again, until stopped. */
  async #run(dir: string, handle: (batch: ConsumedBatch) => Promise<void>): Promise<void> {
    const wait = backOff({ minMs: reopenMs.min, maxMs: reopenMs.max });
    while (!this.#stopping.signal.aborted) {
      try {
        this.#cursor = await openCursor({ dir, name: this.#config.group, onEvent: tellLogEvents(this.#hooks) });
        this.#reason = undefined;
        wait.reset();
        await this.#consume(this.#cursor, handle);
      } catch (error) {
        this.#say("GATELOG_TOPIC_EMBEDDED_NOT_OPEN", reasonOf(error), error);
        await this.#clock.sleep(wait.next(), this.#stopping.signal);
      } finally {
        await this.#cursor?.close();
        this.#cursor = undefined;
      }
    }
  }

  async #consume(cursor: Cursor, handle: (batch: ConsumedBatch) => Promise<void>): Promise<void> {
    const wait = backOff({ minMs: redeliverMs.min, maxMs: redeliverMs.max });
    const limits = { recordsMax: batchMessagesMax, bytesMax: batchBytesMax, waitMsMax: readWaitMs, signal: this.#stopping.signal };
    while (!this.#stopping.signal.aborted) {
      const { records, next } = await cursor.read(limits);
      if (records.length > 0 && !(await this.#deliver(records, handle, wait))) return;
      // Also without records: damaged ones were skipped.
      if (next > cursor.committed) await cursor.commit(next);
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
    if (this.#reason !== reason) this.#hooks.onEvent?.({ code, level: "warn", message: reason, error });
    this.#reason = reason;
  }
}
