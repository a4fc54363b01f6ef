import { randomUUID } from "node:crypto";
import { systemClock } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import {
  beginRange,
  type ConsumedBatch,
  type ConsumedMessage,
  createConsumer,
  removeGroup,
  type TopicConsumer,
  type TopicEnds,
} from "@gatelog/topic";
import type { FixedEvent } from "../fix-identity.ts";
import { type Codec, createFix } from "../inputs/codec.ts";
import type { Report } from "../reports.ts";
import { decodeEvent } from "../stored-event.ts";
import { type HistoryBatch, type HistoryEvent, type HistorySource, noId } from "./history-source.ts";
import type { HistoryTopic } from "./history-topic.ts";
import { persevere } from "./persevere.ts";

/** A producer's clock may be behind the gateway's by so much. */
const clockSkewMs = 3_600_000;
/** Without a message for so long, a topic that answers is read: what is left before its end is no messages (transactions, compaction). */
const quietMsMax = 20_000;
/** Without an answer for so long, the run ends, and goes on from there when it is started again. */
const silentMsMax = 300_000;
const watchIntervalMs = 200;

export interface TopicSourceOptions {
  readonly topic: HistoryTopic;
  readonly codec: Codec;
  readonly fromMs: number;
  readonly seedTimeZone: string;
  readonly mask: (event: FixedEvent) => FixedEvent;
  readonly onReport: (report: Report) => void;
}

/** What a later start has to know; how far it came is the group's. */
interface Position {
  readonly group: string;
  readonly ends: TopicEnds;
}

/** A topic from the range's beginning to where it ended when the run began, read by a group of its own: no other group notices. */
export class TopicSource implements HistorySource {
  readonly #options: TopicSourceOptions;
  unknown = 0;

  constructor(options: TopicSourceOptions) {
    this.#options = options;
  }

  async read(given: unknown, handle: (batch: HistoryBatch) => Promise<void>): Promise<void> {
    const position = (given as Position | undefined) ?? (await this.#begin());
    await handle({ events: [], position });
    const reading = new Reading(this.#consumerOf(position), position, (batch) =>
      handle({ events: batch.messages.flatMap((message) => this.#eventOf(message, batch.partition)), position }),
    );
    await reading.run();
  }

  /** The group is removed; one that is not there, or cannot be removed, is none of the run's concern. */
  async forget(given: unknown): Promise<void> {
    const { group } = (given as Position | undefined) ?? {};
    if (group === undefined) return;
    try {
      await removeGroup({ ...this.#options.topic.config, group });
    } catch (error) {
      const message = `the consumer group ${group} could not be removed: ${error instanceof Error ? error.message : String(error)}`;
      this.#options.onReport({ code: "reprocess", level: "warn", message });
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #begin(): Promise<Position> {
    const group = `gatelog-reprocess-${randomUUID().slice(0, 8)}`;
    const { topic, fromMs } = this.#options;
    const begin = () => beginRange({ ...topic.config, group }, Math.max(0, fromMs - clockSkewMs));
    return { group, ends: await persevere(`asking for the topic ${topic.config.name}`, begin, silentMsMax) };
  }

  #consumerOf({ group }: Position): TopicConsumer {
    const { topic, onReport } = this.#options;
    return createConsumer({ ...topic.config, group }, { onEvent: (event) => event.level !== "info" && onReport(event) });
  }

  #eventOf(message: ConsumedMessage, partition: number): HistoryEvent[] {
    const { topic, codec, seedTimeZone, mask } = this.#options;
    const { headers, offset, key, value } = message;
    let isKnown = true;
    const placeId = () => {
      const id = topic.idOf(message, partition);
      isKnown = id !== undefined;
      return id ?? noId;
    };
    const carried = { id: headers["gatelog-id"], time: headers["gatelog-time"] };
    const place = { topic: topic.config.name, partition, offset, ...(key !== "" && { key }) };
    const fixed = createFix(codec, seedTimeZone)(value, { carried, placeId, fieldsJson: JSON.stringify({ kafka: place }) });
    const event = decodeEvent(mask(fixed).bytes);
    if (isKnown && event !== undefined) return [{ event, identity: "sure" }];
    this.unknown++;
    return [];
  }
}

/** A consumer from where its group stands to the given ends. */
class Reading {
  readonly #consumer: TopicConsumer;
  readonly #ends: Map<string, bigint>;
  readonly #handle: (batch: ConsumedBatch) => Promise<void>;
  #error: unknown;
  #isHandling = false;
  #lastMs = systemClock.monotonicMs();

  constructor(consumer: TopicConsumer, { ends }: Position, handle: (batch: ConsumedBatch) => Promise<void>) {
    this.#consumer = consumer;
    this.#ends = new Map(Object.entries(ends).map(([partition, end]) => [partition, BigInt(end)]));
    this.#handle = handle;
  }

  async run(): Promise<void> {
    if (this.#ends.size === 0 || [...this.#ends.values()].every((end) => end === 0n)) return;
    await this.#consumer.start((batch) => this.#take(batch));
    try {
      while (!this.#isDone()) await systemClock.sleep(watchIntervalMs);
    } finally {
      await this.#consumer.stop();
    }
    if (this.#error !== undefined) throw this.#error;
  }

  async #take(batch: ConsumedBatch): Promise<void> {
    this.#isHandling = true;
    const keepingAlive = setInterval(() => void batch.keepAlive().catch(() => undefined), 2000);
    try {
      await this.#handle(batch);
      const last = batch.messages.at(-1);
      const partition = String(batch.partition);
      const end = this.#ends.get(partition);
      if (last !== undefined && end !== undefined && BigInt(last.offset) + 1n >= end) this.#ends.delete(partition);
    } catch (error) {
      // It would be delivered again and again.
      this.#error ??= error;
      throw error;
    } finally {
      clearInterval(keepingAlive);
      this.#isHandling = false;
      this.#lastMs = systemClock.monotonicMs();
    }
  }

  #isDone(): boolean {
    if (this.#error !== undefined || this.#ends.size === 0) return true;
    const quietMs = this.#isHandling ? 0 : systemClock.monotonicMs() - this.#lastMs;
    const { ready, reason } = this.#consumer.status();
    if (ready) return quietMs > quietMsMax;
    if (quietMs <= silentMsMax) return false;
    throw new StartError(`reprocess: the topic cannot be read: ${reason ?? "no reason given"}; start it again and it goes on from there`);
  }
}
