import { createEmbeddedConsumer, createEmbeddedProducer } from "./embedded.ts";
import { createKafkaConsumer } from "./kafka-consumer.ts";
import { createKafkaProducer } from "./kafka-producer.ts";
import type { ConsumerConfig, TopicConfig, TopicConsumer, TopicHooks, TopicProducer } from "./topic.ts";

/** The producer for the configured topic: on Kafka or in a directory. */
export function createProducer(config: TopicConfig, hooks: TopicHooks = {}): TopicProducer {
  return "kafka" in config ? createKafkaProducer(config, hooks) : createEmbeddedProducer(config, hooks);
}

/** A member of `group` on the configured topics. */
export function createConsumer(config: ConsumerConfig, hooks: TopicHooks = {}): TopicConsumer {
  return "kafka" in config ? createKafkaConsumer(config, hooks) : createEmbeddedConsumer(config, hooks);
}
