import { DeliveryError, systemClock } from "@gatelog/pipeline";
import { createConsumer } from "./create-topic.ts";
import { rangeLeft, topicEnds } from "./topic-range.ts";
import type { ConsumedBatch, ConsumerConfig, TopicHooks } from "./topic.ts";

/** How often it is asked whether the end is reached. */
const askIntervalMs = 500;

export interface ReadToEndOptions {
  readonly hooks?: TopicHooks;
  /** Ends the reading; what was handled stays committed. */
  readonly signal: AbortSignal;
  /** Without a message and without an answer for this long it is given up. Default 60,000. */
  readonly silentMsMax?: number;
}

/**
 * Reads one topic as a member of a group, up to where it ends at the call. What `handle` appends meanwhile is not read. Where there is no topic
 * there is nothing to read.
 *
 * **Guarantee**: each batch is committed after `handle` resolved; when it rejects, so does this, and the batch is not committed.
 * **Errors**: what `handle` throws; a transient DeliveryError where the topic cannot be read.
 */
export async function readToEnd(
  config: ConsumerConfig,
  handle: (batch: ConsumedBatch) => Promise<void>,
  { hooks = {}, signal, silentMsMax = 60_000 }: ReadToEndOptions,
): Promise<void> {
  let left = await topicEnds(config, hooks);
  if (Object.keys(left).length === 0 || signal.aborted) return;
  const ends = left;
  const failed = new AbortController();
  let lastMs = systemClock.monotonicMs();
  const consumer = createConsumer(config, hooks);
  await consumer.start(async (batch) => {
    const isBeyond = BigInt(batch.messages[0]?.offset ?? 0) >= BigInt(ends[batch.partition] ?? 0);
    if (isBeyond || failed.signal.aborted) throw new Error("beyond the end of what is read");
    try {
      await handle(batch);
    } catch (error) {
      failed.abort(error);
      throw error;
    } finally {
      lastMs = systemClock.monotonicMs();
    }
  });
  const over = AbortSignal.any([signal, failed.signal]);
  try {
    while (!over.aborted) {
      left = await rangeLeft(config, ends, hooks).catch(() => left);
      if (Object.keys(left).length === 0) return;
      if (systemClock.monotonicMs() - lastMs > silentMsMax && !consumer.status().ready) throw silence(consumer.status().reason);
      await systemClock.sleep(askIntervalMs, over);
    }
    failed.signal.throwIfAborted();
  } finally {
    await consumer.stop();
  }
}

function silence(reason = "no message came"): DeliveryError {
  return new DeliveryError("GATELOG_TOPIC_TIMEOUT", reason, { permanent: false });
}
