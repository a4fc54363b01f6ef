import type { CodecOf } from "./codecs.ts";
import { fieldOf, isTemplate, templateOf } from "./field-names.ts";
import { brokersOf, convertKafkaSecurity } from "./kafka-security.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./target.ts";

const batching = "has no equivalent: batch.* holds for all outputs";

const sentences: Readonly<Record<string, string>> = {
  batch_size: batching,
  linger_ms: batching,
  buffer_memory: batching,
  max_request_size: "has no equivalent: limits.topicMessageBytesMax (1 MB) holds for all topics",
  retries: "is not needed: a batch is sent again until it is written, so that none is lost",
  retry_backoff_ms: "has no equivalent: retry.* holds for all outputs",
  key_serializer: "is not needed: keys are text",
  value_serializer: "is not needed: values are text",
  metadata_max_age_ms: "has no equivalent",
  partitioner: "has no equivalent: the key chooses the partition",
  send_buffer_bytes: "has no equivalent",
  receive_buffer_bytes: "has no equivalent",
  client_dns_lookup: "has no equivalent",
};

const compressions: ReadonlySet<string> = new Set(["none", "gzip", "snappy", "zstd"]);

/** `kafka`. **Errors**: NoEquivalent. */
export function convertKafka(options: Options, codec: CodecOf): Entry {
  options.tell(sentences);
  const acks = options.text("acks");
  if (acks !== "all" && acks !== "-1") {
    const message = "waits for one broker by default, which can lose events: here it waits for all replicas (acks: all)";
    if (acks === undefined) options.noteAll(message);
    else options.note("acks", `${acks} is not there: acks is all, so that no event is lost`);
  }
  const topic = options.text("topic_id") ?? "change-me";
  const timeout = options.number("request_timeout_ms");
  return {
    kafka: {
      brokers: brokersOf(options),
      clientId: options.text("client_id"),
      ...convertKafkaSecurity(options),
      requestTimeoutMs: timeout === undefined ? undefined : Math.max(1000, timeout),
    },
    ...namesOf(topic, options),
    value: messageOf(codec, options),
    compression: compressionOf(options),
    key: keyOf(options),
    headers: options.has("message_headers")
      ? Object.fromEntries(
          options.textHash("message_headers").map(([name, text]) => [name, fieldOf(/^%\{([^{}]+)\}$/.exec(text)?.[1] ?? text)]),
        )
      : undefined,
  };
}

function namesOf(topic: string, options: Options): Entry {
  if (!isTemplate(topic)) return { name: topic };
  const name =
    topic
      .replaceAll(/%\{[^}]*\}/g, "")
      .replaceAll(/[-_.]{2,}/g, "-")
      .replaceAll(/^[-_.]+|[-_.]+$/g, "") || "logstash";
  options.note("topic_id", `an event without these fields goes to the topic ${name}`);
  return { name, nameBy: { template: templateOf(topic) } };
}

/** What a message is. */
function messageOf(codec: CodecOf, options: Options): "raw" | "event" {
  const value = valueOf(codec, options);
  codec.options.tellRest();
  return value;
}

/** What is written of an event, by a codec. */
export function valueOf({ name, options: codec }: CodecOf, options: Options): "raw" | "event" {
  if (name === "json" || name === "json_lines") {
    options.note("codec", `${name}: the whole event, with gatelog.id and gatelog.time beside what Logstash would write`);
    return "event";
  }
  const format = codec.text("format");
  codec.text("charset");
  if ((name === "plain" || name === "line") && /^%\{(?:message|\[message\])\}\n?$/.test(format ?? "")) return "raw";
  if (format !== undefined)
    codec.error("format", `${format} has no equivalent: a message is the line (raw) or the whole event (event); raw was taken`);
  else if (name === "plain" || name === "line")
    options.noteAll("writes a time and the host before each line by default: here it is the line alone");
  else options.error("codec", `${name} has no equivalent: the line alone was taken`);
  return "raw";
}

function compressionOf(options: Options): string {
  const compression = options.text("compression_type") ?? "none";
  if (compressions.has(compression)) return compression;
  options.note("compression_type", `${compression} is not there: snappy was taken`);
  return "snappy";
}

function keyOf(options: Options): string | undefined {
  const key = options.text("message_key");
  if (key === undefined) {
    options.noteAll("wrote no key: here it is the event's id, which spreads events over the partitions as well");
    return undefined;
  }
  const field = /^%\{([^{}]+)\}$/.exec(key)?.[1];
  if (field !== undefined) return fieldOf(field);
  options.error("message_key", `${key} is no single field: the event's id was taken`);
  return undefined;
}
