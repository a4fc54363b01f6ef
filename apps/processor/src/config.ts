import { commonConfig, exactlyOne, Path, Secret } from "@gatelog/service-kit";
import { topicValues } from "@gatelog/topic";
import { type Static, Type } from "typebox";

const KiB = 1024;
const MiB = 1024 * KiB;

const beats = Type.Object(
  {
    host: Type.String({ default: "127.0.0.1", minLength: 1, description: "Address to listen on for Filebeat, the tailer or Logstash." }),
    port: Type.Integer({ default: 5044, minimum: 0, maximum: 65_535, description: "Port; 0 takes any free port." }),
    windowEventsMax: Type.Integer({
      default: 65_536,
      minimum: 1,
      maximum: 1_000_000,
      description: "Events of one window; a sender that announces more is disconnected.",
    }),
    jsonBytesMax: Type.Integer({
      default: 10 * MiB,
      minimum: 64 * KiB,
      maximum: 15 * MiB,
      unit: "bytes",
      description: "Size of one event; a sender of a larger one is disconnected.",
    }),
    inflatedBytesMax: Type.Integer({
      default: 512 * MiB,
      minimum: MiB,
      unit: "bytes",
      description: "What one compressed frame may inflate to; it is inflated in pieces.",
    }),
    inFlightBytesMax: Type.Integer({
      default: 64 * MiB,
      minimum: MiB,
      unit: "bytes",
      description: "Events in memory over all connections; beyond it, sockets are not read.",
    }),
    connectionsMax: Type.Integer({ default: 1024, minimum: 1, description: "Connections at the same time; more are refused." }),
    inactivityTimeoutMs: Type.Integer({
      default: 60_000,
      minimum: 100,
      unit: "ms",
      description: "A sender that is silent for so long is disconnected; one that had nothing to send comes again when it has.",
    }),
    keepAliveMs: Type.Integer({
      default: 3000,
      minimum: 100,
      unit: "ms",
      description: "How often a sender that waits for its acknowledgement is told that it is not forgotten.",
    }),
  },
  { description: "Lumberjack versions 1 and 2: Filebeat and other Beats, the gatelog tailer, Logstash's lumberjack output." },
);

const kafka = Type.Object({
  brokers: Type.Array(Type.String({ pattern: "^.+:[0-9]+$" }), { minItems: 1, description: "Brokers to begin with, as host:port." }),
  clientId: Type.String({ default: "gatelog-processor", minLength: 1, description: "Name in the brokers' logs and quotas." }),
  idempotent: Type.Unsafe<"auto" | "on" | "off">(
    Type.Enum(["auto", "on", "off"], {
      default: "auto",
      description: "Idempotent writes; auto falls back with a warning where the brokers are older than 0.11.",
    }),
  ),
  partitions: Type.Integer({ default: 1, minimum: 1, description: "Partitions of the topic where it has to be created." }),
  replicationFactor: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 32_767,
      description: "Copies of the topic where it has to be created; else the brokers' default.",
    }),
  ),
  requestTimeoutMs: Type.Integer({ default: 30_000, minimum: 1000, unit: "ms", description: "One request to a broker." }),
  sendTimeoutMs: Type.Integer({
    default: 60_000,
    minimum: 1000,
    unit: "ms",
    description: "Sending one batch; then its outcome counts as unknown and it is sent again.",
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
    description: "Unread messages beyond it hold this output back.",
  }),
});

const topic = exactlyOne(
  { kafka, embedded },
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
  { description: "A Kafka topic, or one in a directory." },
);

const elasticsearch = Type.Object(
  {
    nodes: Type.Array(Type.String({ pattern: "^https?://" }), { minItems: 1, description: "URLs of Elasticsearch 7 to 9 or OpenSearch." }),
    index: Type.String({
      default: "gatelog",
      pattern: "^[a-z0-9][a-z0-9._-]*$",
      description: "Prefix of the indices; each day of records has its own, <index>-YYYY.MM.DD.",
    }),
    auth: Type.Optional(
      exactlyOne(
        {
          apiKey: Secret({ minLength: 1, description: "API key, as the cluster encodes it." }),
          basic: Type.Object({
            username: Type.String({ minLength: 1, description: "User name." }),
            password: Secret({ description: "Password." }),
          }),
        },
        {},
        { description: "Credentials; the user needs manage_index_templates, create_index and create." },
      ),
    ),
    requestTimeoutMs: Type.Integer({ default: 60_000, minimum: 1000, unit: "ms", description: "One request." }),
  },
  { description: "Elasticsearch or OpenSearch." },
);

/** The processor's configuration: processor.yaml. */
export const configSchema = Type.Object({
  ...commonConfig({ adminPort: 9102 }),
  inputs: Type.Array(exactlyOne({ beats }), { minItems: 1, description: "Where events come from." }),
  filters: Type.Array(Type.Unknown(), {
    default: ["parseRecord", "ecs"],
    description:
      "What is done to events, in order: names of filters, or { <filter>: <its options>, as, when }, or { when, do, else }; an output runs only what it needs.",
  }),
  seedTimeZone: Type.String({
    default: "UTC",
    minLength: 1,
    description: "Time zone of lines whose times have none, e.g. Asia/Shanghai; fixed once, for it decides a record's day.",
  }),
  outputs: Type.Array(
    exactlyOne(
      { topic, elasticsearch },
      {
        as: Type.Optional(
          Type.String({
            pattern: "^[A-Za-z0-9._-]{1,64}$",
            description: "Name of the output, and of its place in the buffer; by default topic-<name> or elasticsearch-<index>.",
          }),
        ),
      },
    ),
    { minItems: 1, maxItems: 16, description: "Where events go; each output has its own place in the buffer and waits for no other." },
  ),
  abandonedOutputs: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    description: "Names of outputs that were removed, and whose events still in the buffer are given up.",
  }),
  buffer: Type.Object({
    dir: Path({ description: "Directory of the buffer and of the dead letters; one processor at a time." }),
    bytesMax: Type.Integer({
      default: 1024 * MiB,
      minimum: 16 * MiB,
      unit: "bytes",
      description: "Events that an output has not written yet; when it is used up, senders are not acknowledged.",
    }),
  }),
  deadLetters: Type.Object({
    bytesMax: Type.Integer({
      default: 256 * MiB,
      minimum: MiB,
      unit: "bytes",
      description: "Events that an output refused for good; when it is used up, that output waits.",
    }),
  }),
  batch: Type.Object({
    recordsMax: Type.Integer({ default: 2000, minimum: 1, maximum: 100_000, description: "Events that an output writes at once." }),
    bytesMax: Type.Integer({
      default: 4 * MiB,
      minimum: 64 * KiB,
      maximum: 256 * MiB,
      unit: "bytes",
      description: "Events that an output reads at once; in memory once for each output.",
    }),
  }),
  retry: Type.Object({
    minMs: Type.Integer({ default: 100, minimum: 1, unit: "ms", description: "First pause after an output failed." }),
    maxMs: Type.Integer({ default: 5000, minimum: 1, unit: "ms", description: "Longest pause while an output fails." }),
  }),
  drainMsMax: Type.Integer({
    default: 10_000,
    minimum: 0,
    unit: "ms",
    description: "How long a stop waits for the outputs; what is left stays in the buffer for the next start.",
  }),
  limits: Type.Object({
    filterEventMsMax: Type.Integer({
      default: 1000,
      minimum: 10,
      unit: "ms",
      description: "How long a filter that is a user's code, or has a user's pattern, may take for one event; then it failed on it.",
    }),
    lineBytesMax: Type.Integer({
      default: 900 * KiB,
      minimum: KiB,
      unit: "bytes",
      description: "Longest line that every store must be able to take; a longer one is tried all the same, and counted.",
    }),
    topicMessageBytesMax: Type.Integer({
      default: 1_000_000,
      minimum: KiB,
      unit: "bytes",
      description: "Largest request to a topic; below the brokers' message.max.bytes.",
    }),
    bulkBytesMax: Type.Integer({
      default: 8 * MiB,
      minimum: KiB,
      unit: "bytes",
      description: "Largest bulk request to Elasticsearch; below its http.max_content_length.",
    }),
  }),
});

/** The loaded configuration. */
export type Config = Static<typeof configSchema>;
export type OutputConfig = Config["outputs"][number];
export type TopicOutputConfig = Extract<OutputConfig, { readonly topic: unknown }>["topic"];

export type ElasticsearchOutputConfig = Extract<OutputConfig, { readonly elasticsearch: unknown }>["elasticsearch"];

/** The output's name: stable, for it names the output's place in the buffer. */
export function outputName(output: OutputConfig): string {
  if (output.as !== undefined) return output.as;
  return "topic" in output ? `topic-${output.topic.name}` : `elasticsearch-${output.elasticsearch.index}`;
}
