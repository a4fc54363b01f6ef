export { createConsumer, createProducer } from "./create-topic.ts";
export { compressionProblem } from "./zstd-codec.ts";
export { errors, type TopicErrorCode } from "./errors.ts";
export { readToEnd, type ReadToEndOptions } from "./read-to-end.ts";
export { beginRange, rangeLeft, removeGroup, type TopicEnds } from "./topic-range.ts";
export {
  outOfRangeModes,
  saslMechanisms,
  topicCompressions,
  topicValues,
  type ConsumedBatch,
  type ConsumedMessage,
  type ConsumerConfig,
  type EmbeddedTopicConfig,
  type KafkaLogin,
  type KafkaTls,
  type KafkaTopicConfig,
  type OutOfRangeMode,
  type PartitionLag,
  type RecordGroup,
  type RecordsProducer,
  type TopicCompression,
  type TopicConfig,
  type TopicConsumer,
  type TopicEvent,
  type TopicHooks,
  type TopicMessage,
  type TopicProducer,
  type TopicRecords,
  type TopicStatus,
  type TopicValue,
} from "./topic.ts";
