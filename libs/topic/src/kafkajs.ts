/**
 * The one place where kafkajs is imported: it is CommonJS, and Node cannot see the names it re-exports by spreading, so
 * the values come from its default export.
 */
import kafkajs from "kafkajs";

export const Kafka = kafkajs.Kafka;
export const CompressionTypes = kafkajs.CompressionTypes;
export const CompressionCodecs = kafkajs.CompressionCodecs;
export const logLevel = kafkajs.logLevel;
export type {
  Admin,
  Consumer,
  EachBatchPayload,
  ICustomPartitioner,
  IHeaders,
  KafkaMessage,
  LogEntry,
  Message,
  Producer,
  RecordMetadata,
  RetryOptions,
  SASLOptions,
} from "kafkajs";
