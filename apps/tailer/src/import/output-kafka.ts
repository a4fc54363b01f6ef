import { weekMs } from "../config/units.ts";
import { atLeast, atMost } from "./bounds.ts";
import { convertSending } from "./output-logstash.ts";
import type { Settings } from "./settings.ts";
import type { TargetConfig, TargetInput } from "./target.ts";

const noEquivalent: Readonly<Record<string, string>> = {
  key: "has no equivalent: the key of a message is the event's id",
  headers: "has no equivalent: the headers are gatelog-id, gatelog-time and gatelog-type",
  partition: "has no equivalent: messages are spread by their keys",
  metadata: "has no equivalent: the client's own settings hold",
  version: "is not needed: the brokers say what they understand, from 0.10.2 on",
  required_acks: "is not needed: a message counts as sent when all replicas that are in sync have it",
  compression_level: "has no equivalent",
  channel_buffer_size: "has no equivalent: batches are bounded by batch.bytesMax and batch.underWayMax",
  keep_alive: "has no equivalent",
  broker_timeout: "has no equivalent: see output.topic.kafka.requestTimeoutMs",
  bulk_flush_frequency: "has no equivalent: lines leave as soon as they can",
  max_retries: "is not needed: the tailer, as Filebeat, sends again until it is acknowledged",
  worker: "has no equivalent",
  workers: "has no equivalent",
  queue: "is not needed: the files are the queue",
};

const locked = "is not there yet: send to the processor or to Logstash, and let these write to Kafka";

/** `output.kafka` as `output.topic`. */
export function convertKafka(settings: Settings, inputs: readonly TargetInput[]): Partial<TargetConfig> & Pick<TargetConfig, "output"> {
  for (const [key, message] of Object.entries(noEquivalent)) settings.note(key, message);
  for (const key of ["username", "password", "sasl", "kerberos"]) settings.error(key, `logging in to Kafka ${locked}`);
  if (settings.boolean("ssl.enabled") === false) settings.note("ssl", "is not enabled and was left out");
  else settings.error("ssl", `TLS to Kafka ${locked}`);
  settings.error("topics", "has no equivalent: run a tailer for each topic, or let the processor or Logstash choose it");
  const brokers = settings.strings("hosts").map((host) => (/:\d+$/.test(host) ? host : `${host}:9092`));
  return {
    output: {
      topic: {
        kafka: {
          brokers: brokers.length === 0 ? ["localhost:9092"] : brokers,
          clientId: settings.string("client_id"),
          requestTimeoutMs: atMost(atLeast(settings.durationMs("timeout"), 1000), weekMs),
          requestBytesMax: convertMessageBytes(settings),
        },
        name: convertTopic(settings, inputs),
        value: convertValue(settings),
        compression: convertCompression(settings),
      },
    },
    ...convertSending(settings),
  };
}

const messageBytesLimits = { min: 16 * 1024, max: 64 * 1024 * 1024 };

/** A request holds at least one message; the import sees to it that lines are not longer. */
function convertMessageBytes(settings: Settings): number | undefined {
  const given = settings.bytes("max_message_bytes");
  if (given === undefined) return undefined;
  const requestBytesMax = Math.min(Math.max(given, messageBytesLimits.min), messageBytesLimits.max);
  settings.note("max_message_bytes", `became requestBytesMax: ${requestBytesMax}, above which no line can be; Filebeat drops longer ones`);
  return requestBytesMax;
}

/** What a topic is called until somebody gives it a name. */
const unnamedTopic = "change-me";

/** A name with `%{[fields.x]}` in it is a name as well, where all inputs have the same there. */
function convertTopic(settings: Settings, inputs: readonly TargetInput[]): string {
  const given = settings.string("topic") ?? "";
  const filled = new Set(
    inputs.map((input) => given.replaceAll(/%\{\[([^\]:]+)\](?::[^}]*)?\}/g, (whole, path: string) => fieldOf(input, path) ?? whole)),
  );
  const [name = given] = filled;
  if (filled.size <= 1 && /^[A-Za-z0-9._-]{1,249}$/.test(name)) return name;
  const why = given === "" ? "is missing" : `"${given}" is not one name for all inputs`;
  if (given === "") settings.errorAll(`its topic ${why}: write output.topic.name`);
  else settings.error("topic", `${why}: write output.topic.name, run a tailer for each topic, or let the processor choose it`);
  return unnamedTopic;
}

function fieldOf(input: TargetInput, path: string): string | undefined {
  const parts = path.split(/[.\]["']+/).filter((part) => part !== "");
  const isUnderFields = parts[0] === "fields";
  if (isUnderFields === (input.fieldsUnderRoot ?? false)) return undefined;
  let value: unknown = input.fields;
  for (const part of isUnderFields ? parts.slice(1) : parts) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Filebeat's default is the whole event as JSON; `%{[message]}` is the line. */
function convertValue(settings: Settings): string {
  const format = settings.string("codec.format.string") ?? settings.string("codec.format");
  if (format !== undefined && format.trim() === "%{[message]}") return "raw";
  if (format !== undefined) settings.error("codec", `"${format}" has no equivalent: value is raw (the line) or event (all of it as JSON)`);
  else settings.note("codec", "has no equivalent: value: event is the whole event as JSON");
  return "event";
}

function convertCompression(settings: Settings): string | undefined {
  const given = settings.string("compression")?.toLowerCase();
  if (given === undefined || given === "snappy") return given;
  if (given === "gzip") return "gzip";
  if (["none", "no", "off"].includes(given)) return "none";
  settings.note("compression", `${given} is not there: snappy was taken, which every consumer reads`);
  return "snappy";
}
