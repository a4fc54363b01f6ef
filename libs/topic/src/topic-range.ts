import { inspect, registerCursor, removeCursor } from "@gatelog/segment-log";
import { logDirectory } from "./embedded-log.ts";
import { clientRetry, createKafkaClient } from "./kafka-client.ts";
import { toKafkaDeliveryError } from "./kafka-errors.ts";
import { quietly } from "./kafka-session.ts";
import type { Admin } from "./kafkajs.ts";
import type { KafkaTopicConfig, TopicConfig, TopicHooks } from "./topic.ts";
import { within } from "./within.ts";

/** Where partitions end, by partition: the offset behind the last message. */
export type TopicEnds = Readonly<Record<string, string>>;

const timeoutMs = 60_000;

/**
 * Lets a new group begin with the messages from `fromMs` on, by the time that their producers gave them, and says where the topic ends now. In a
 * directory a new group begins with the oldest message that is kept, and keeps those behind it until it is removed.
 *
 * **Errors**: transient DeliveryError.
 */
export async function beginRange(
  config: TopicConfig & { readonly group: string },
  fromMs: number,
  hooks: TopicHooks = {},
): Promise<TopicEnds> {
  if (!("kafka" in config)) {
    const dir = logDirectory(config);
    await registerCursor({ dir, name: config.group });
    const { published } = await inspect({ dir });
    return { "0": String(published?.next ?? 0) };
  }
  const { group: groupId, name: topic } = config;
  return withAdmin(config, hooks, async (admin) => {
    const starts = await admin.fetchTopicOffsetsByTimestamp(topic, fromMs);
    const ends = await admin.fetchTopicOffsets(topic);
    const partitions = starts.map(({ partition, offset }) => ({ partition, offset }));
    await admin.setOffsets({ groupId, topic, partitions });
    // A partition without such messages is read as far as it begins.
    const startOf = new Map(partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    return Object.fromEntries(
      ends.filter(({ partition, high }) => BigInt(high) > (startOf.get(partition) ?? 0n)).map(({ partition, high }) => [partition, high]),
    );
  });
}

/** Removes a group that nobody uses any more, and is not a member of; one that is not there is removed already. */
export async function removeGroup(config: TopicConfig & { readonly group: string }, hooks: TopicHooks = {}): Promise<void> {
  if ("kafka" in config) {
    const { group } = config;
    await withAdmin(config, hooks, (admin) => admin.deleteGroups([group]));
    return;
  }
  await removeCursor({ dir: logDirectory(config), name: config.group });
}

async function withAdmin<T>(config: KafkaTopicConfig, hooks: TopicHooks, work: (admin: Admin) => Promise<T>): Promise<T> {
  config.kafka.tls?.material?.();
  const admin = createKafkaClient(config, hooks).admin({ retry: clientRetry });
  try {
    await within(admin.connect(), { timeoutMs, what: "connecting to Kafka" });
    return await within(work(admin), { timeoutMs, what: "asking Kafka for the topic" });
  } catch (error) {
    throw toKafkaDeliveryError(error);
  } finally {
    await quietly(admin.disconnect());
  }
}
