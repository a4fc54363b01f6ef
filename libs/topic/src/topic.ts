/** One message of a topic, to be sent or just read. */
export interface TopicMessage {
  /** Kafka producer only: where it goes; default the configured topic. It is created where it is missing. */
  readonly topic?: string;
  /** The record's id; never read as an id by a consumer of a foreign topic. */
  readonly key: string;
  readonly value: Uint8Array;
  /** `gatelog-id`, `gatelog-time` (ISO UTC ms), `gatelog-type` (`record` or `mark`), and what others add. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A message with its place in the partition. */
export interface ConsumedMessage extends TopicMessage {
  /** Decimal; counts up within a partition, not always by one. */
  readonly offset: string;
}

/**
 * Messages of one partition, in order, handed to the handler together.
 *
 * **Guarantee**: the batch is committed only after the handler resolved.
 */
export interface ConsumedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly ConsumedMessage[];
  /** To be called inside long work (every few seconds), so that the group does not take the partition away. */
  keepAlive(): Promise<void>;
  /** True when the partition was taken away or the consumer is stopping: the handler may give up; nothing will be committed. */
  isStale(): boolean;
  /**
   * True when the group wants to share its partitions anew: what is being written may be finished and will be committed, but a handler
   * that only waits should reject, so that the others need not wait for it.
   */
  isWantedBack(): boolean;
}

/** How far a group is behind in one partition. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Messages not yet committed by the group. */
  readonly messages: number;
}

/** Whether a part is fit for work now, and why not. */
export interface TopicStatus {
  readonly ready: boolean;
  /** One sentence; absent when ready. */
  readonly reason?: string;
}

/**
 * Sends messages to one topic.
 *
 * **Guarantee**: `send` resolves when every message is durable at the topic; else it throws a DeliveryError and any part
 * of the messages may have been written: send all of them again (at-least-once, same keys and headers).
 */
export interface TopicProducer {
  /** For messages that somebody else makes into records; absent where a topic is not made of Kafka's records. */
  readonly records?: RecordsProducer;
  /** Rejects only for local configuration errors; a remote that is away is retried in the background (see `status`). */
  start(): Promise<void>;
  send(messages: readonly TopicMessage[], signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  status(): TopicStatus;
}

/** Messages of a topic as Kafka's record format has them (`writeRecord`), each in the partition of its key (`partitionOfBytes`). */
export interface TopicRecords {
  readonly count: number;
  /** Into so many partitions they are sorted. */
  readonly partitions: number;
  /** What one request could have when they were made. */
  readonly bytesMax: number;
  /** Whether the bytes of the groups are compressed (`compressSnappy`). */
  readonly isCompressed: boolean;
  readonly groups: readonly RecordGroup[];
}

/** Records of one partition, of which the first has the offset 0. */
export interface RecordGroup {
  readonly partition: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** What a producer sends besides messages, one request at a time. */
export interface RecordsProducer {
  /** How many partitions the topic has; undefined until messages were sent, after a failure, and where brokers take no records: then `send` is the way. */
  partitions(): number | undefined;
  /** Bytes of one request, before they are compressed. */
  bytesMax(): number;
  /** How it compresses what is not. */
  readonly compression: TopicCompression;
  /** **Guarantee**, **Errors**: as `send`; transient, too, where the topic has another number of partitions by now. The bytes are read until it resolves. */
  send(records: TopicRecords, signal?: AbortSignal): Promise<void>;
}

/** What a consumer does where its group stands outside of the log: a topic was made anew, or retention was faster than the group. */
export const outOfRangeModes = ["wait", "earliest", "latest"] as const;
export type OutOfRangeMode = (typeof outOfRangeModes)[number];

/** What a consumer reads, and as whom. */
export type ConsumerConfig = TopicConfig & {
  readonly group: string;
  /** All topics that are read; default the one of `name`. */
  readonly names?: readonly string[];
  /**
   * `wait` (default): not ready, and nothing of the topic is read until the group's offset or the log has changed; `earliest` and `latest` go on at
   * the oldest kept message or at the end, and say so. A group without any offset begins at the oldest message, whatever is set here.
   */
  readonly outOfRange?: OutOfRangeMode;
};

/**
 * Reads topics as a member of a group.
 *
 * **Guarantee**: at-least-once and in order per partition: the offset is committed after `handle` resolves; when it rejects,
 * the batch is delivered again with back-off.
 */
export interface TopicConsumer {
  start(handle: (batch: ConsumedBatch) => Promise<void>): Promise<void>;
  /** Waits for the handler that is running, commits it, and resolves. */
  stop(): Promise<void>;
  /** Messages not yet committed by the group, over all partitions. */
  lag(): Promise<number>;
  /** The same by partition. */
  lags(): Promise<readonly PartitionLag[]>;
  status(): TopicStatus;
}

/** What the value of a message is: the raw line, a record projected to the seed's seven fields, or the whole event as JSON. */
export const topicValues = ["raw", "seed", "event"] as const;
export type TopicValue = (typeof topicValues)[number];

/** How messages to Kafka are compressed; see `compressionProblem` for zstd. */
export const topicCompressions = ["none", "gzip", "snappy", "zstd"] as const;
export type TopicCompression = (typeof topicCompressions)[number];

/** How a client shows the brokers who it is. */
export const saslMechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** Login at the brokers. */
export interface KafkaLogin {
  readonly mechanism: (typeof saslMechanisms)[number];
  readonly username: string;
  readonly password: string;
}

/** TLS of connections to the brokers. */
export interface KafkaTls {
  /**
   * Certificates and keys as PEM; without `ca` the authorities count that Node brings along. Called by `start`, which rejects with what it throws, and
   * for every new client, which is how changed files come into use.
   */
  readonly material?: () => {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly passphrase?: string;
  };
  /** `certificate` verifies who issued a broker's certificate, but not its name; `none` verifies nothing. Default `full`. */
  readonly verification?: "full" | "certificate" | "none";
  /** The name that is asked for and verified instead of a broker's host. */
  readonly serverName?: string;
  /** Default TLSv1.2. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
}

/** A topic on Kafka brokers. */
export interface KafkaTopicConfig {
  readonly kafka: {
    /** `host:port`. */
    readonly brokers: readonly string[];
    readonly clientId?: string;
    readonly sasl?: KafkaLogin;
    readonly tls?: KafkaTls;
    /** `auto` (default) falls back with a warning where the brokers are older than 0.11. */
    readonly idempotent?: "auto" | "on" | "off";
    /** Producer only: partitions of a topic that it has to create. Default 1. */
    readonly partitions?: number;
    /** Producer only: copies of a topic that it has to create. Default: the broker's default. */
    readonly replicationFactor?: number;
    /** Milliseconds for one request to a broker. Default 30,000. */
    readonly requestTimeoutMs?: number;
    /** Milliseconds for sending one batch, its retries included, before its outcome counts as unknown. Default 60,000. */
    readonly sendTimeoutMs?: number;
    /**
     * Bytes of one request; below the brokers' `message.max.bytes`. Default 1,000,000. Brokers measure what is compressed: where batches of records are, a request has
     * up to four times that of messages, and half as much from then on where it is refused.
     */
    readonly requestBytesMax?: number;
    /** Consumer only: milliseconds without a heartbeat after which the group gives the partitions away. Default 10,000. */
    readonly sessionTimeoutMs?: number;
    /** Consumer only: bytes that one fetch asks for, over all partitions (compressed). Default 4 MiB. */
    readonly fetchBytesMax?: number;
  };
  readonly name: string;
  readonly value?: TopicValue;
  /** Default `snappy`. */
  readonly compression?: TopicCompression;
}

/** A topic in a directory of this machine: a segment log with one partition. */
export interface EmbeddedTopicConfig {
  readonly embedded: {
    /** The log is `<dir>/<name>`. */
    readonly dir: string;
    /** Producer only: groups whose unread messages are kept; each is registered before the first write. */
    readonly groups?: readonly string[];
    /** Bytes; producer only: unread messages beyond it hold the producer back. Default 1 GiB. */
    readonly bytesMax?: number;
  };
  readonly name: string;
  readonly value?: TopicValue;
}

/** Which topic, as in the applications' YAML. */
export type TopicConfig = KafkaTopicConfig | EmbeddedTopicConfig;

/** What a topic part tells whoever runs it; to be logged and counted there. */
export interface TopicEvent {
  /** Code from this project's error table. */
  readonly code: string;
  readonly level: "info" | "warn" | "error";
  /** One sentence. */
  readonly message: string;
  readonly error?: unknown;
}

/** What is passed in. */
export interface TopicHooks {
  readonly onEvent?: (event: TopicEvent) => void;
}
