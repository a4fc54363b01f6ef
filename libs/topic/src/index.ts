export { createConsumer, createProducer } from "./create-topic.ts";
export { errors, type TopicErrorCode } from "./errors.ts";
export {
  topicValues,
  type ConsumedBatch,
  type ConsumedMessage,
  type EmbeddedTopicConfig,
  type KafkaTopicConfig,
  type TopicConfig,
  type TopicConsumer,
  type TopicEvent,
  type TopicHooks,
  type TopicMessage,
  type TopicProducer,
  type TopicStatus,
  type TopicValue,
} from "./topic.ts";
