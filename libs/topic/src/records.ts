/** Kafka's record format, for whoever makes records of a topic itself; it needs no client. */
export { partitionOfBytes } from "./murmur2.ts";
export { numberBytes, writeNumber, writeRecord, writeText } from "./record-format.ts";
export { compressSnappy } from "./snappy-codec.ts";
export { messageBytes } from "./split-by-bytes.ts";
export type { RecordGroup, RecordsProducer, TopicCompression, TopicMessage, TopicRecords } from "./topic.ts";
