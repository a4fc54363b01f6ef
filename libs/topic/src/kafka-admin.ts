import { describeKafkaError, isUnknownTopic } from "./kafka-errors.ts";
import type { Admin } from "./kafkajs.ts";
import type { KafkaTopicConfig, PartitionLag, TopicHooks } from "./topic.ts";

/**
 * Makes the topic if it is missing. Brokers that do not let us are only reported: somebody else may create it, and until
 * then sending fails with a reason that names the topic.
 */
export async function ensureTopic(admin: Admin, config: KafkaTopicConfig, hooks: TopicHooks): Promise<void> {
  if (await topicExists(admin, config.name)) return;
  try {
    await createTopic(admin, config);
    hooks.onEvent?.({ code: "GATELOG_TOPIC_CREATED", level: "info", message: `created the Kafka topic ${config.name}` });
  } catch (error) {
    if (await topicExists(admin, config.name)) return;
    hooks.onEvent?.({
      code: "GATELOG_TOPIC_NOT_CREATED",
      level: "warn",
      message: `the Kafka topic ${config.name} does not exist and could not be created: ${describeKafkaError(error)}`,
      error,
    });
  }
}

async function createTopic(admin: Admin, config: KafkaTopicConfig): Promise<void> {
  const { partitions = 1, replicationFactor = -1 } = config.kafka;
  const create = (factor: number) =>
    admin.createTopics({ waitForLeaders: true, topics: [{ topic: config.name, numPartitions: partitions, replicationFactor: factor }] });
  try {
    await create(replicationFactor);
  } catch (error) {
    // Brokers before 2.4 do not know -1, "the broker's default".
    if (replicationFactor !== -1 || (await topicExists(admin, config.name))) throw error;
    await create(1);
  }
}

/** Whether the brokers know the topic. */
export async function topicExists(admin: Admin, name: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    return topics.some((topic) => topic.name === name && topic.partitions.length > 0);
  } catch (error) {
    if (isUnknownTopic(error)) return false;
    throw error;
  }
}

/** By partition, the messages of the topics that the group has not committed; what was never committed counts from the oldest kept. */
export async function groupLags(admin: Admin, topics: readonly string[], group: string): Promise<readonly PartitionLag[]> {
  const commits = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
  const lags: PartitionLag[] = [];
  for (const { topic, partitions } of commits) {
    const committed = new Map(partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
      const from = committed.get(partition) ?? -1n;
      const start = from < BigInt(low) ? BigInt(low) : from;
      // Negative where the group stands behind the end of a log that was replaced.
      lags.push({ topic, partition, messages: Math.max(0, Number(BigInt(high) - start)) });
    }
  }
  return lags;
}
