import { type CodecOf, codecOf } from "./codecs.ts";
import type { ImportNotes } from "./import-notes.ts";
import { brokersOf, convertKafkaSecurity } from "./kafka-security.ts";
import type { Plugin, Statement } from "./logstash-syntax.ts";
import { Options } from "./options.ts";
import type { Entry } from "./target.ts";
import { convertServerTls } from "./tls.ts";

/** An input, and what it gives each of its events. */
export interface ConvertedInput {
  readonly entry: Entry;
  readonly options: Options;
}

const withoutEffect = "has no equivalent and needs none";

const reasons: Readonly<Record<string, string>> = {
  tcp: "let rsyslog, Filebeat or the tailer receive and send it on, or post lines to an http input",
  udp: "let rsyslog, Filebeat or the tailer receive and send it on, or post lines to an http input",
  syslog: "let rsyslog write it to files, and read these with the tailer or a file input",
  redis: "let what writes to Redis write to Kafka",
  generator: "npm run demo:traffic makes traffic",
};

/** Translates the inputs. */
export function convertInputs(statements: readonly Statement[], notes: ImportNotes): readonly ConvertedInput[] {
  let files = 0;
  return statements.flatMap((statement) => {
    if (statement.kind === "branch") {
      notes.addError({
        what: "input if",
        place: statement.place,
        message: "Logstash has no conditions around inputs: write the inputs by hand",
      });
      return [];
    }
    const options = new Options(statement, "input", notes);
    if (statement.name === "file") files += 1;
    const entries = convertInput(statement, options, notes, files);
    options.note("id", `${withoutEffect}: metrics name an input by its kind`);
    for (const name of ["type", "tags", "add_field"]) if (options.has(name)) options.value(name);
    options.tell({ enable_metric: withoutEffect, ecs_compatibility: withoutEffect, threads: withoutEffect });
    if (entries.length > 0) options.tellRest();
    return entries.map((entry) => ({ entry, options }));
  });
}

function convertInput({ name }: Plugin, options: Options, notes: ImportNotes, files: number): readonly Entry[] {
  if (name === "beats" || name === "elastic_agent" || name === "lumberjack") return [{ beats: beatsOf(options, notes) }];
  if (name === "kafka") return kafkaOf(options, notes).map((kafka) => ({ kafka }));
  if (name === "http") return [{ http: httpOf(options, notes) }];
  if (name === "file") return [{ file: fileOf(options, notes, files) }];
  if (name === "stdin") return [{ stdin: { codec: lineCodecOf(options, "line", notes) } }];
  options.errorAll(`there is no such input: ${reasons[name] ?? "let something else read it and send it to a beats, kafka or http input"}`);
  return [];
}

function beatsOf(options: Options, notes: ImportNotes): Entry {
  const { name, options: codec } = codecOf(options, "plain", notes);
  if (name !== "plain") options.error("codec", `${name} is not there for this input: the line stays as it is; filters read it`);
  const charset = codec.text("charset");
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    codec.error("charset", `${charset}: Beats send UTF-8; set the encoding where the files are read`);
  codec.tellRest();
  const seconds = options.number("client_inactivity_timeout");
  options.tell({
    include_codec_tag: withoutEffect,
    executor_threads: withoutEffect,
    event_loop_threads: withoutEffect,
    add_hostname: withoutEffect,
    enrich: withoutEffect,
    cipher_suites: "has no equivalent: Node's own list of suites holds",
    ssl_cipher_suites: "has no equivalent: Node's own list of suites holds",
    ssl_handshake_timeout: withoutEffect,
    congestion_threshold: "has no equivalent: inFlightBytesMax bounds what is in memory",
    ssl_peer_metadata: "has no equivalent: tls.clientNames says who is let in",
  });
  return {
    host: options.text("host") ?? "0.0.0.0",
    port: options.number("port") ?? 5044,
    tls: convertServerTls(options),
    inactivityTimeoutMs: seconds === undefined || seconds <= 0 ? undefined : seconds * 1000,
  };
}

function kafkaOf(options: Options, notes: ImportNotes): readonly Entry[] {
  options.error("topics_pattern", "has no equivalent: name the topics, an input each");
  options.note("auto_offset_reset", "has no equivalent: a group that is new begins at the oldest message, so that none is passed over");
  options.note("consumer_threads", "has no equivalent: several processors of the same group share the partitions");
  options.note("decorate_events", "has no equivalent: topic, partition and offset are not in the event");
  options.tell({ enable_auto_commit: "is not needed: offsets are committed when the events are on disk", client_rack: withoutEffect });
  const group = options.text("group_id") ?? "logstash";
  options.noteAll(`joins the group ${group}: while Logstash runs in it too, the brokers refuse the one that comes second`);
  const topics = options.texts("topics");
  const kafka = {
    brokers: brokersOf(options),
    group,
    codec: lineCodecOf(options, "plain", notes),
    clientId: options.text("client_id"),
    ...convertKafkaSecurity(options),
    requestTimeoutMs: atLeast(1000, options.number("request_timeout_ms")),
    sessionTimeoutMs: options.number("session_timeout_ms"),
  };
  return (topics.length === 0 && !options.has("topics_pattern") ? ["logstash"] : topics).map((topic) => Object.assign({ topic }, kafka));
}

function httpOf(options: Options, notes: ImportNotes): Entry {
  const login = options.login();
  options.tell({
    response_headers: "has no equivalent",
    response_code: "has no equivalent: 200 says that the events are on disk",
    additional_codecs: "has no equivalent: JSON and lines are told apart by themselves",
    remote_host_target_field: "has no equivalent: the sender's address is not in the event",
    request_headers_target_field: "has no equivalent: the headers are not in the event",
    max_pending_requests: "has no equivalent: connectionsMax and inFlightBytesMax bound what is in memory",
  });
  return {
    host: options.text("host") ?? "0.0.0.0",
    port: options.number("port") ?? 8080,
    codec: lineCodecOf(options, "plain", notes) === "line" && options.has("codec") ? "line" : "auto",
    tls: convertServerTls(options),
    auth: login === undefined ? undefined : { basic: login },
    bodyBytesMax: options.number("max_content_length"),
  };
}

function fileOf(options: Options, notes: ImportNotes, count: number): Entry {
  const isRead = options.text("mode") === "read";
  options.note(
    "sincedb_path",
    "is not read: without startAt: end, or a rotation as the border, what Logstash has read is read again; see docs/guides/from-logstash.md",
  );
  if (options.text("file_completed_action")?.includes("delete") === true)
    options.note("file_completed_action", "deletes files, which this input never does: the tailer has deleteAfterDelivery");
  else options.note("file_completed_action", "is not needed: files stay as they are");
  options.tell({ file_completed_log_path: withoutEffect, sincedb_write_interval: withoutEffect, sincedb_clean_after: withoutEffect });
  const stat = options.number("stat_interval");
  return {
    paths: options.texts("path"),
    exclude: options.has("exclude") ? options.texts("exclude").map((name) => (name.includes("/") ? name : `/**/${name}`)) : undefined,
    registryDir: `./data/file-input-${count}`,
    codec: lineCodecOf(options, "plain", notes),
    startAt: isRead || options.text("start_position") === "beginning" ? undefined : "end",
    scanIntervalMs: stat === undefined ? undefined : Math.max(10, Math.round(stat * 1000)),
  };
}

/** Logstash's codec as one of ours. */
function lineCodecOf(options: Options, fallback: string, notes: ImportNotes): "line" | "auto" {
  const codec = codecOf(options, fallback, notes);
  const ours = ownCodec(options, codec);
  codec.options.tellRest();
  return ours;
}

function ownCodec(options: Options, { name, options: codec }: CodecOf): "line" | "auto" {
  if (name === "json" || name === "json_lines") {
    options.note(
      "codec",
      `${name}: an event with a message is taken apart; other JSON stays a line, of which the filter json makes fields`,
    );
    return "auto";
  }
  if (name === "multiline") {
    options.error("codec", "multiline is the tailer's work, where lines are read: inputs[].parsers: [{ multiline: … }] there");
    return "line";
  }
  if (name !== "plain" && name !== "line") options.error("codec", `${name} has no equivalent: the lines stay as they are`);
  const charset = codec.text("charset");
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    codec.error("charset", `${charset}: set encoding on a file input, or send UTF-8`);
  return "line";
}

function atLeast(least: number, value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(least, value);
}
