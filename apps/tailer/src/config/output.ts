import { clientDefaults } from "@gatelog/lumberjack";
import { clientTls, exactlyOne, kafkaProducer, Path } from "@gatelog/service-kit";
import type { TopicValue } from "@gatelog/topic";
import { type Static, Type } from "typebox";
import { KiB, MiB, thirtyDaysMs, weekMs } from "./units.ts";

/** As the topic library has them, which is loaded only where a topic is the output: its Kafka client takes memory. */
const topicValues = ["raw", "seed", "event"] as const satisfies readonly TopicValue[];

/** Receivers that are busy say so every 3 to 5 s: who waits for less takes them for gone. */
export const timeoutMsMin = 10_000;

const lumberjack = Type.Object(
  {
    hosts: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: "Receivers as name:port; the first that can be reached is used, after a failure the next.",
    }),
    loadBalance: Type.Boolean({ default: clientDefaults.loadBalance, description: "Sends to all hosts, to the least busy one each time." }),
    pipelining: Type.Integer({
      default: clientDefaults.pipelining,
      minimum: 1,
      maximum: 16,
      description: "Batches on their way on one connection; batch.underWayMax bounds them over all.",
    }),
    compressionLevel: Type.Integer({
      default: clientDefaults.compressionLevel,
      minimum: 0,
      maximum: 9,
      description: "0 sends plain frames, 9 compresses most.",
    }),
    timeoutMs: Type.Integer({
      default: clientDefaults.timeoutMs,
      minimum: timeoutMsMin,
      maximum: weekMs,
      unit: "ms",
      description:
        "How long a receiver may answer nothing, not even a keep-alive, while events wait for its acknowledgement. Keep-alives come every 3 to 5 s.",
    }),
    connectTimeoutMs: Type.Integer({
      default: clientDefaults.connectTimeoutMs,
      minimum: 100,
      maximum: weekMs,
      unit: "ms",
      description: "How long connecting may take.",
    }),
    ttlMs: Type.Integer({
      default: clientDefaults.ttlMs,
      minimum: 0,
      maximum: thirtyDaysMs,
      unit: "ms",
      description: "A connection older than that is replaced, so that a load balancer may choose again; 0: never.",
    }),
    eventBytesMax: Type.Integer({
      default: 10 * MiB,
      minimum: 2 * MiB,
      maximum: 64 * MiB,
      unit: "bytes",
      description:
        "Largest event, its line escaped as JSON; not above what the receiver takes (jsonBytesMax of a gatelog processor). A larger one becomes a dead letter.",
    }),
    beat: Type.String({
      default: "gatelog-tailer",
      minLength: 1,
      description: "[@metadata][beat] of the events, by which many Logstash configurations name indices; filebeat in Filebeat's place.",
    }),
    tls: Type.Optional(clientTls()),
  },
  { description: "Lumberjack version 2, to the gatelog processor or to Logstash's beats input." },
);

/** `output.topic.kafka`. */
export const kafkaSchema = Type.Object({
  ...kafkaProducer("gatelog-tailer"),
  requestTimeoutMs: Type.Integer({
    default: 30_000,
    minimum: 1000,
    maximum: weekMs,
    unit: "ms",
    description: "One request to a broker.",
  }),
  sendTimeoutMs: Type.Integer({
    default: 60_000,
    minimum: 1000,
    maximum: weekMs,
    unit: "ms",
    description: "Sending one batch; then its outcome counts as unknown and it is sent again.",
  }),
  requestBytesMax: Type.Integer({
    default: 1_000_000,
    minimum: 16 * KiB,
    maximum: 64 * MiB,
    unit: "bytes",
    description: "One request; below the brokers' message.max.bytes, and above limits.lineBytesMax.",
  }),
});

const embedded = Type.Object({
  dir: Path({ description: "Directory of the topic; it is on this machine only." }),
  groups: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    description: "Consumer groups whose unread messages are kept; name each before it is needed.",
  }),
  bytesMax: Type.Integer({
    default: 1024 * MiB,
    minimum: 8 * MiB,
    unit: "bytes",
    description: "Unread messages beyond it hold the tailer back.",
  }),
});

const topic = exactlyOne(
  { kafka: kafkaSchema, embedded },
  {
    name: Type.String({ pattern: "^[A-Za-z0-9._-]{1,249}$", description: "Name of the topic." }),
    value: Type.Unsafe<(typeof topicValues)[number]>(
      Type.Enum([...topicValues], {
        default: "raw",
        description: "What a message is: the raw line, a record projected to the seed's seven fields, or the whole event as JSON.",
      }),
    ),
    compression: Type.Unsafe<"none" | "gzip" | "snappy">(
      Type.Enum(["none", "gzip", "snappy"], { default: "snappy", description: "Compression of messages to Kafka." }),
    ),
  },
  { description: "A Kafka topic, or one in a directory, without a processor between." },
);

const format = Type.Unsafe<"event" | "raw">(
  Type.Enum(["event", "raw"], { default: "event", description: "One JSON event a line, or the lines as they are." }),
);

const file = Type.Object(
  {
    path: Path({ description: "The file; rotated ones are beside it, with .1, .2 … behind their names." }),
    format,
    rotateBytesMax: Type.Integer({ default: 100 * MiB, minimum: MiB, unit: "bytes", description: "Size at which the file is rotated." }),
    filesMax: Type.Integer({ default: 10, minimum: 2, maximum: 1000, description: "Files that are kept, the present one included." }),
  },
  { description: "A file on this machine, fsynced before an offset moves." },
);

const stdout = Type.Object({ format }, { description: "Standard output, for trying things out; the log goes to standard error then." });

/** `output`: exactly one of them. */
export const outputSchema = exactlyOne({ lumberjack, topic, file, stdout }, {}, { description: "Where events go." });

export type OutputConfig = Static<typeof outputSchema>;
export type LumberjackConfig = Static<typeof lumberjack>;
export type TopicOutputConfig = Static<typeof topic>;
export type FileConfig = Static<typeof file>;
export type StdoutConfig = Static<typeof stdout>;
