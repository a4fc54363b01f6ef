import { setTimeout as sleep } from "node:timers/promises";
import { type SeededRandom, waitFor } from "@gatelog/testkit";
import { createProducer, type KafkaTopicConfig, type TopicMessage, type TopicProducer } from "@gatelog/topic";
import { sinkMessageOf } from "./sink-records.ts";

const batchMessagesMax = 500;
/** Of so many batches one comes again, as from a processor that was killed before it noted the answer. */
const batchesPerRepeat = 30;
/** What it may be behind its pace and still catch up; an outage is not followed by a flood. */
const debtMsMax = 1000;
const retryMs = 200;
const heldBackLookMs = 200;

export interface SinkProducerOptions {
  readonly topic: KafkaTopicConfig;
  readonly recordsPerSecond: number;
  readonly random: SeededRandom;
  /** True while the group is so far behind that the load waits for it. */
  readonly isHeldBack: () => boolean;
}

/** Sends the messages 0, 1, 2 … at a steady pace, each batch again until the broker has acknowledged it. */
export class SinkProducer {
  /** The messages 0 … acknowledged-1 are in the topic. */
  acknowledged = 0;
  repeated = 0;
  resentBatches = 0;
  heldBackMs = 0;
  readonly #options: SinkProducerOptions;
  readonly #producer: TopicProducer;

  constructor(options: SinkProducerOptions) {
    this.#options = options;
    this.#producer = createProducer(options.topic);
  }

  /** Resolves when the topic is there and can be sent to. */
  async start(): Promise<void> {
    await this.#producer.start();
    await waitFor(() => this.#producer.status().ready, { deadlineMs: 60_000, what: "the producer" });
  }

  /** Sends until `isOver`, and ends its last batch; ends earlier, without it, when `signal` aborts. */
  async run(isOver: () => boolean, signal: AbortSignal): Promise<void> {
    const { recordsPerSecond, random } = this.#options;
    let dueMs = performance.now();
    while (!isOver() && !signal.aborted) {
      await this.#whileHeldBack(signal);
      const from = this.acknowledged;
      const count = random.integer(1, Math.min(batchMessagesMax, Math.max(Math.round(recordsPerSecond / 5), 1)));
      const batch = Array.from({ length: count }, (_, index) => sinkMessageOf(from + index));
      await this.#sendUntilAcknowledged(batch, signal);
      if (signal.aborted) break;
      this.acknowledged += count;
      if (random.integer(1, batchesPerRepeat) === 1) {
        await this.#sendUntilAcknowledged(batch, signal);
        this.repeated += count;
      }
      dueMs = Math.max(dueMs + (count / recordsPerSecond) * 1000, performance.now() - debtMsMax);
      const aheadMs = dueMs - performance.now();
      if (aheadMs > 1) await sleep(aheadMs);
    }
    await this.#producer.stop();
  }

  async #whileHeldBack(signal: AbortSignal): Promise<void> {
    while (this.#options.isHeldBack() && !signal.aborted) {
      await sleep(heldBackLookMs);
      this.heldBackMs += heldBackLookMs;
    }
  }

  async #sendUntilAcknowledged(batch: readonly TopicMessage[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        return await this.#producer.send(batch, signal);
      } catch {
        this.resentBatches += 1;
        await sleep(retryMs);
      }
    }
  }
}
