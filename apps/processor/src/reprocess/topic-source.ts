import { randomUUID } from "node:crypto";
import { systemClock } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import {
  beginRange,
  type ConsumedBatch,
  type ConsumedMessage,
  createConsumer,
  rangeLeft,
  removeGroup,
  type TopicConsumer,
  type TopicEnds,
} from "@gatelog/topic";
import type { FixedEvent } from "../fix-identity.ts";
import { type Codec, createFix } from "../inputs/codec.ts";
import { topicProvenance } from "../inputs/topic-provenance.ts";
import type { Report } from "../reports.ts";
import { decodeEvent } from "../stored-event.ts";
import { type HistoryBatch, type HistoryEvent, type HistorySource, noId } from "./history-source.ts";
import type { HistoryTopic } from "./history-topic.ts";
import { persevere } from "./persevere.ts";

/** A producer's clock may be behind the gateway's by so much. */
const clockSkewMs = 3_600_000;
/** Without a message for so long, it is asked whether all partitions answer; when they do twice, what is left is no messages (transactions, compaction). */
const quietMsMax = 20_000;
const askIntervalMs = 5000;
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
  #reading: Reading | undefined;
  #isStopped = false;
  unknown = 0;

  constructor(options: TopicSourceOptions) {
    this.#options = options;
  }

  async read(given: unknown, handle: (batch: HistoryBatch) => Promise<void>): Promise<void> {
    const position = (given as Position | undefined) ?? (await this.#begin());
    await handle({ events: [], position });
    const { name } = this.#options.topic.config;
    const askLeft = () => rangeLeft({ ...this.#options.topic.config, group: position.group }, position.ends);
    const left = await persevere(`asking how far ${name} is read`, askLeft, silentMsMax);
    this.#reading = new Reading({ consumer: this.#consumerOf(position), left, askLeft }, (batch) =>
      handle({ events: batch.messages.flatMap((message) => this.#eventOf(message, batch.partition)), position }),
    );
    if (this.#isStopped) this.stop();
    await this.#reading.run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#reading?.stop();
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
    // What retention removed meanwhile does not hold a run up.
    return createConsumer(
      { ...topic.config, group, outOfRange: "earliest" },
      { onEvent: (event) => event.level !== "info" && onReport(event) },
    );
  }

  #eventOf(message: ConsumedMessage, partition: number): HistoryEvent[] {
    const { topic, codec, seedTimeZone, mask } = this.#options;
    let isKnown = true;
    const placeId = () => {
      const id = topic.idOf(message, partition);
      isKnown = id !== undefined;
      return id ?? noId;
    };
    const provenance = topicProvenance({ topic: topic.config.name, partition, message }, placeId);
    const fixed = createFix(codec, seedTimeZone)(message.value, provenance);
    const event = decodeEvent(mask(fixed).bytes);
    if (isKnown && event !== undefined) return [{ event, identity: "sure" }];
    this.unknown++;
    return [];
  }
}

interface ReadingOptions {
  readonly consumer: TopicConsumer;
  /** Ends of the partitions that are not read to there yet. */
  readonly left: TopicEnds;
  /** The same as the topic says it now; rejects where not all partitions answer. */
  readonly askLeft: () => Promise<TopicEnds>;
}

/** A consumer from where its group stands to the given ends. */
class Reading {
  readonly #options: ReadingOptions;
  readonly #ends: Map<string, bigint>;
  readonly #handle: (batch: ConsumedBatch) => Promise<void>;
  #error: unknown;
  #isHandling = false;
  #lastMs = systemClock.monotonicMs();
  #askMs = 0;
  /** Since when all partitions answer and none has a message. */
  #emptySinceMs: number | undefined;

  constructor(options: ReadingOptions, handle: (batch: ConsumedBatch) => Promise<void>) {
    this.#options = options;
    this.#ends = new Map(Object.entries(options.left).map(([partition, end]) => [partition, BigInt(end)]));
    this.#handle = handle;
  }

  stop(): void {
    this.#error ??= new StartError("reprocess: it was interrupted");
  }

  async run(): Promise<void> {
    const { consumer } = this.#options;
    if (this.#error === undefined && this.#ends.size > 0) {
      await consumer.start((batch) => this.#take(batch));
      try {
        while (!(await this.#isDone())) await systemClock.sleep(watchIntervalMs);
      } finally {
        await consumer.stop();
      }
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
      this.#emptySinceMs = undefined;
      this.#lastMs = systemClock.monotonicMs();
    }
  }

  async #isDone(): Promise<boolean> {
    if (this.#error !== undefined || this.#ends.size === 0) return true;
    const nowMs = systemClock.monotonicMs();
    const quietMs = this.#isHandling ? 0 : nowMs - this.#lastMs;
    if (quietMs <= quietMsMax) return false;
    const { ready, reason } = this.#options.consumer.status();
    const problem = ready ? await this.#ask(nowMs) : (reason ?? "no reason given");
    if (problem === undefined) return this.#emptySinceMs !== undefined && nowMs - this.#emptySinceMs > quietMsMax;
    this.#emptySinceMs = undefined;
    if (quietMs <= silentMsMax) return false;
    throw new StartError(`reprocess: the topic cannot be read: ${problem}; start it again and it goes on from there`);
  }

  /** Resolves with why it is not known how far the topic is read. */
  async #ask(nowMs: number): Promise<string | undefined> {
    if (nowMs < this.#askMs) return this.#problem;
    this.#askMs = nowMs + askIntervalMs;
    try {
      const left = await this.#options.askLeft();
      for (const partition of this.#ends.keys()) if (!Object.hasOwn(left, partition)) this.#ends.delete(partition);
      this.#emptySinceMs ??= nowMs;
      this.#problem = undefined;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    return this.#problem;
  }

  #problem: string | undefined;
}
