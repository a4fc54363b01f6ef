import { DeliveryError } from "@gatelog/pipeline";
import { inspect, logRange, registerCursor, removeCursor } from "@gatelog/segment-log";
import { logDirectory } from "./embedded-log.ts";
import { topicExists } from "./kafka-admin.ts";
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

/**
 * Where the topic ends now, for those partitions that have messages; none where there is no topic. In a directory the group is registered
 * where it is not, so that it can read.
 *
 * **Errors**: transient DeliveryError.
 */
export async function topicEnds(config: TopicConfig & { readonly group: string }, hooks: TopicHooks = {}): Promise<TopicEnds> {
  if ("kafka" in config) {
    return withAdmin(config, hooks, async (admin) => {
      if (!(await topicExists(admin, config.name))) return {};
      const ends = await admin.fetchTopicOffsets(config.name);
      return Object.fromEntries(ends.filter(({ low, high }) => BigInt(high) > BigInt(low)).map(({ partition, high }) => [partition, high]));
    });
  }
  const dir = logDirectory(config);
  try {
    await registerCursor({ dir, name: config.group });
    const range = await logRange({ dir });
    return range === undefined || range.next === range.first ? {} : { "0": String(range.next) };
  } catch (error) {
    if (error instanceof DeliveryError && error.code === "GATELOG_SEGMENT_LOG_MISSING") return {};
    throw error;
  }
}

/**
 * What is left of a range: the ends of those partitions up to which the group has not committed yet.
 *
 * **Errors**: transient DeliveryError, also where a partition has no broker that answers.
 */
export async function rangeLeft(
  config: TopicConfig & { readonly group: string },
  ends: TopicEnds,
  hooks: TopicHooks = {},
): Promise<TopicEnds> {
  const reached = "kafka" in config ? await withAdmin(config, hooks, (admin) => reachedOf(admin, config)) : await reachedInLog(config);
  return Object.fromEntries(Object.entries(ends).filter(([partition, end]) => (reached.get(partition) ?? 0n) < BigInt(end)));
}

/** By partition, what the group has committed, or where the kept messages begin when that is later. */
async function reachedOf(admin: Admin, { group: groupId, name }: { readonly group: string; readonly name: string }): Promise<Reached> {
  const [kept, commits] = await Promise.all([admin.fetchTopicOffsets(name), admin.fetchOffsets({ groupId, topics: [name] })]);
  const reached = new Map(kept.map(({ partition, low }) => [String(partition), BigInt(low)]));
  for (const { partition, offset } of commits[0]?.partitions ?? []) {
    const before = reached.get(String(partition)) ?? 0n;
    if (BigInt(offset) > before) reached.set(String(partition), BigInt(offset));
  }
  return reached;
}

type Reached = ReadonlyMap<string, bigint>;

async function reachedInLog(config: Exclude<TopicConfig, KafkaTopicConfig> & { readonly group: string }): Promise<Reached> {
  const { cursors } = await inspect({ dir: logDirectory(config) });
  const committed = cursors.find(({ name }) => name === config.group)?.committed;
  return new Map([["0", BigInt(committed ?? 0)]]);
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
