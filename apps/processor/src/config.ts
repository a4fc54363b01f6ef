import { basename } from "node:path";
import { maskingProperties } from "@gatelog/masking";
import { commonConfig, exactlyOne, Path } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";
import { beats } from "./config/beats.ts";
import { discard } from "./config/discard.ts";
import { elasticsearch } from "./config/elasticsearch.ts";
import { fileInput, stdinInput } from "./config/file-input.ts";
import { fileOutput } from "./config/file-output.ts";
import { httpInput } from "./config/http-input.ts";
import { httpOutput } from "./config/http-output.ts";
import { embeddedInput, kafkaInput } from "./config/kafka-input.ts";
import { stdoutOutput } from "./config/stdout-output.ts";
import { topic } from "./config/topic.ts";
import { KiB, MiB } from "./config/units.ts";
import { maskingLimit } from "./masking/limit.ts";

/** The processor's configuration: processor.yaml. */
export const configSchema = Type.Object({
  ...commonConfig({ adminPort: 9102 }),
  inputs: Type.Array(
    exactlyOne({ beats, kafka: kafkaInput, embedded: embeddedInput, http: httpInput, file: fileInput, stdin: stdinInput }),
    { minItems: 1, maxItems: 16, description: "Where events come from." },
  ),
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
      { topic, elasticsearch, http: httpOutput, file: fileOutput, stdout: stdoutOutput, discard },
      {
        as: Type.Optional(
          Type.String({
            pattern: "^[A-Za-z0-9._-]{1,64}$",
            description:
              "Name of the output, and of its place in the buffer; by default topic-<name>, elasticsearch-<index>, http-<host>, file-<name>, stdout or discard.",
          }),
        ),
        when: Type.Optional(
          Type.Unknown({
            description:
              "Condition, as of a filter: only events for which it holds go to this output. It sees what the filters before ecs left; marks have no record.",
          }),
        ),
      },
    ),
    { minItems: 1, maxItems: 16, description: "Where events go; each output has its own place in the buffer and waits for no other." },
  ),
  masking: Type.Object(
    {
      foreign: Type.Boolean({
        default: true,
        description:
          "Lines that no gatelog gateway wrote, and what their senders say of them, are masked before they are on disk; the filter mask does it behind the buffer.",
      }),
      ...maskingProperties,
      ...maskingLimit,
    },
    { description: "What of foreign lines never reaches the disk." },
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
  reload: Type.Object(
    {
      watch: Type.Boolean({ default: true, description: "Whether a changed file is loaded by itself; SIGHUP loads it in any case." }),
      intervalMs: Type.Integer({
        default: 2000,
        minimum: 100,
        maximum: 3_600_000,
        unit: "ms",
        description: "How often the files are looked at; a change counts when two looks in a row have seen the same.",
      }),
    },
    { description: "How a changed configuration is taken up while the processor runs." },
  ),
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

export type HttpOutputConfig = Extract<OutputConfig, { readonly http: unknown }>["http"];

export type FileOutputConfig = Extract<OutputConfig, { readonly file: unknown }>["file"];

export type ElasticsearchOutputConfig = Extract<OutputConfig, { readonly elasticsearch: unknown }>["elasticsearch"];

/** The output's name: stable, for it names the output's place in the buffer. */
export function outputName(output: OutputConfig): string {
  if (output.as !== undefined) return output.as;
  if ("discard" in output) return "discard";
  if ("stdout" in output) return "stdout";
  if ("http" in output) return asName(`http-${URL.canParse(output.http.url) ? new URL(output.http.url).host : "host"}`);
  if ("file" in output) return asName(`file-${basename(output.file.path)}`);
  return "topic" in output
    ? `topic-${output.topic.name}`
    : `elasticsearch-${output.elasticsearch.dataStream ?? output.elasticsearch.index}`;
}

function asName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]/g, "-");
}
