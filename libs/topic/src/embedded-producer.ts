import { backOff, DeliveryError, systemClock, toDeliveryError, type Clock } from "@gatelog/pipeline";
import { nodeFileSystem, openSegmentLog, type FileSystem, type SegmentLog } from "@gatelog/segment-log";
import { defaultGroups, logDirectory, reasonOf, reopenMs, tellLogEvents } from "./embedded-log.ts";
import { encodeMessage } from "./embedded-message.ts";
import type { EmbeddedTopicConfig, TopicHooks, TopicMessage, TopicProducer, TopicStatus } from "./topic.ts";

/** What cannot become right by waiting: said at start, and the application ends with one sentence. */
const localCodes: ReadonlySet<string> = new Set([
  "GATELOG_SEGMENT_LOG_OPTION",
  "GATELOG_SEGMENT_LOG_NAME",
  "GATELOG_SEGMENT_LOG_NO_ACCESS",
  "GATELOG_TOPIC_EMBEDDED_NAME",
]);

/**
 * A producer for a topic in a directory.
 *
 * **Guarantee**: as TopicProducer; durable means fsynced. While the log is full, `send` waits for the groups. A log that another
 * process holds, or whose fsync failed, is opened again in the background.
 */
export function createEmbeddedProducer(
  config: EmbeddedTopicConfig,
  hooks: TopicHooks = {},
  parts: EmbeddedProducerParts = {},
): TopicProducer {
  return new EmbeddedProducer(config, hooks, parts);
}

/** What a producer is made of; the machine's by default. */
export interface EmbeddedProducerParts {
  readonly clock?: Clock;
  readonly fileSystem?: FileSystem;
}

class EmbeddedProducer implements TopicProducer {
  readonly #config: EmbeddedTopicConfig;
  readonly #hooks: TopicHooks;
  readonly #clock: Clock;
  readonly #fileSystem: FileSystem;
  readonly #stopping = new AbortController();
  #log: SegmentLog | undefined;
  #opening: Promise<void> | undefined;
  #reason = "the topic is not started";

  constructor(config: EmbeddedTopicConfig, hooks: TopicHooks, parts: EmbeddedProducerParts) {
    this.#config = config;
    this.#hooks = hooks;
    this.#clock = parts.clock ?? systemClock;
    this.#fileSystem = parts.fileSystem ?? nodeFileSystem;
  }

  async start(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      if (error instanceof DeliveryError && localCodes.has(error.code)) throw error;
      this.#opening = this.#openInBackground();
    }
  }

  async send(messages: readonly TopicMessage[], signal?: AbortSignal): Promise<void> {
    const log = this.#log;
    if (log === undefined) throw new DeliveryError("GATELOG_TOPIC_EMBEDDED_NOT_OPEN", this.#reason, { permanent: false });
    try {
      await log.append(messages.map(encode), signal === undefined ? {} : { signal });
    } catch (error) {
      if (log.stats().state === "poisoned") this.#replace(log);
      if (signal?.aborted === true && !(error instanceof DeliveryError)) throw error;
      throw toDeliveryError(error);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#opening;
    await this.#log?.close();
    this.#log = undefined;
    this.#reason = "the topic is stopped";
  }

  status(): TopicStatus {
    const state = this.#log?.stats();
    if (state === undefined) return { ready: false, reason: this.#reason };
    if (state.state === "full")
      return { ready: false, reason: `the topic ${this.#config.name} is full: its groups are ${state.bytesMax} bytes behind` };
    return state.state === "open" ? { ready: true } : { ready: false, reason: `the log of topic ${this.#config.name} is ${state.state}` };
  }

  async #open(): Promise<void> {
    const { groups = defaultGroups, bytesMax } = this.#config.embedded;
    try {
      this.#log = await openSegmentLog({
        dir: logDirectory(this.#config),
        cursors: groups,
        fileSystem: this.#fileSystem,
        onEvent: tellLogEvents(this.#hooks),
        ...(bytesMax === undefined ? {} : { bytesMax }),
      });
    } catch (error) {
      this.#reason = reasonOf(error);
      throw error;
    }
  }

  async #openInBackground(): Promise<void> {
    const wait = backOff({ minMs: reopenMs.min, maxMs: reopenMs.max });
    this.#hooks.onEvent?.({ code: "GATELOG_TOPIC_EMBEDDED_NOT_OPEN", level: "warn", message: this.#reason });
    while (!this.#stopping.signal.aborted) {
      await this.#clock.sleep(wait.next(), this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      try {
        return await this.#open();
      } catch {
        // The reason is in the status; the next attempt follows.
      }
    }
  }

  /** Closes a poisoned log and opens it again, which begins a new segment. */
  #replace(log: SegmentLog): void {
    if (this.#log !== log || this.#stopping.signal.aborted) return;
    this.#log = undefined;
    this.#reason = `an fsync of topic ${this.#config.name} failed; its log is opened again`;
    this.#opening = log.close().then(
      () => this.#openInBackground(),
      () => this.#openInBackground(),
    );
  }
}

function encode(message: TopicMessage): Buffer {
  try {
    return encodeMessage(message);
  } catch (error) {
    throw new DeliveryError("GATELOG_TOPIC_MESSAGE_REFUSED", reasonOf(error), { permanent: true, cause: error });
  }
}
