import { codecOf } from "./codecs.ts";
import { allOf, type Condition, negated } from "./convert-condition.ts";
import { isTemplate, NoEquivalent } from "./field-names.ts";
import { convertArm } from "./filters.ts";
import type { ImportNotes } from "./import-notes.ts";
import type { Plugin, Statement } from "./logstash-syntax.ts";
import { Options } from "./options.ts";
import { convertElasticsearch } from "./output-elasticsearch.ts";
import { convertKafka, valueOf } from "./output-kafka.ts";
import type { Entry, Origins } from "./target.ts";
import { convertClientTls } from "./tls.ts";

/** Translates the outputs; the conditions around one become its own. */
export function convertOutputs(
  statements: readonly Statement[],
  notes: ImportNotes,
  origins: Origins,
  around: readonly Condition[] = [],
): readonly Entry[] {
  return statements.flatMap((statement): readonly Entry[] => {
    if (statement.kind === "plugin") return convertOutput(statement, notes, origins, allOf(around));
    const before: Condition[] = [];
    const entries: Entry[] = [];
    for (const [at, arm] of statement.arms.entries()) {
      const condition = convertArm(statement, at, "output", notes);
      if (condition === undefined && arm.condition !== undefined) break;
      const own = [...around, ...before, ...(condition === undefined ? [] : [condition])];
      entries.push(...convertOutputs(arm.body, notes, origins, own));
      if (condition !== undefined) before.push(negated(condition));
    }
    return entries;
  });
}

function convertOutput(plugin: Plugin, notes: ImportNotes, origins: Origins, when: Condition | undefined): readonly Entry[] {
  const options = new Options(plugin, "output", notes);
  try {
    const kind = kindOf(options, notes);
    if (kind === undefined) return [];
    const entry: Entry = { ...kind, as: nameOf(options), when };
    options.tell({
      enable_metric: "is not needed: each output is counted",
      ecs_compatibility: "has no equivalent",
      workers: "has no equivalent",
    });
    options.tellRest();
    origins.set(entry, `${options.what}, ${plugin.place.file}:${plugin.place.line}`);
    return [entry];
  } catch (error) {
    if (!(error instanceof NoEquivalent)) throw error;
    options.errorAll(`${error.message}: it was left out`);
    return [];
  }
}

const reasons: Readonly<Record<string, string>> = {
  email: "let Kibana, Grafana or Prometheus alert",
  redis: "write to Kafka",
  tcp: "write to Kafka, by HTTP or to a file",
  udp: "write to Kafka, by HTTP or to a file",
  jdbc: "db-sink writes to SQL databases, from a topic",
  lumberjack: "write to a topic that the next processor reads",
  logstash: "write to a topic that the next processor reads",
  pipeline: "give each output a condition in one pipeline, or let a second processor read a topic",
};

function kindOf(options: Options, notes: ImportNotes): Entry | undefined {
  const { name } = options.plugin;
  if (name === "elasticsearch" || name === "opensearch") return { elasticsearch: convertElasticsearch(options) };
  if (name === "kafka") return { topic: convertKafka(options, codecOf(options, "plain", notes)) };
  if (name === "http") return { http: httpOf(options) };
  if (name === "file") return { file: fileOf(options, notes) };
  if (name === "stdout") return { stdout: { format: formatOf(options, notes, "rubydebug") } };
  if (name === "null") return { discard: {} };
  options.errorAll(`there is no such output: ${reasons[name] ?? "write to Kafka, by HTTP or to a file"}; it was left out`);
  return undefined;
}

function httpOf(options: Options): Entry {
  const login = options.login();
  const method = options.text("http_method")?.toLowerCase();
  if (method !== undefined && method !== "post") options.error("http_method", `${method} is not there: requests are POST`);
  const format = options.text("format");
  if (format === "form" || format === "message")
    options.error("format", `${format} has no equivalent: a body is one event a line, or a list of events`);
  for (const name of ["mapping", "message"]) options.error(name, "has no equivalent: events are sent as they are; shape them by filters");
  if (format !== "json_batch")
    options.noteAll(
      "sends a request for each event in Logstash: here it is a list of up to requestEventsMax events; with 1 it is a list of one",
    );
  options.note("retry_failed", "is not needed: a request is sent again until it is taken, or refused for good, and then is a dead letter");
  const headers = Object.fromEntries(options.textHash("headers"));
  const timeout = options.number("request_timeout");
  return {
    url: options.text("url") ?? "http://change-me",
    format: "json",
    headers: Object.keys(headers).length === 0 ? undefined : headers,
    auth: login === undefined ? undefined : { basic: login },
    tls: convertClientTls(options),
    compressionLevel: options.boolean("http_compression") === true ? 1 : undefined,
    requestTimeoutMs: timeout === undefined ? undefined : timeout * 1000,
    requestEventsMax: format === "json_batch" ? undefined : 1,
  };
}

function fileOf(options: Options, notes: ImportNotes): Entry {
  const path = options.text("path") ?? "./change-me.log";
  if (isTemplate(path))
    options.error(
      "path",
      `${path} differs from event to event: an output writes one file, rotated by size; give each its own output with a condition (when)`,
    );
  options.note("gzip", "has no equivalent: files are rotated by size, not compressed");
  options.tell({
    flush_interval: "is not needed: a batch is fsynced before it counts as delivered",
    create_if_deleted: "is not needed",
    stale_cleanup_interval: "is not needed",
    file_mode: "has no equivalent: 0600",
    dir_mode: "has no equivalent",
  });
  options.note("path", "is rotated: after rotateBytesMax (100 MiB) it becomes .1, and filesMax (10) are kept, the oldest is overwritten");
  return { path: path.replaceAll(/[-_.]?%\{[^}]*\}/g, ""), format: formatOf(options, notes, "json_lines") };
}

function formatOf(options: Options, notes: ImportNotes, fallback: string): "event" | "raw" {
  const codec = codecOf(options, fallback, notes);
  const format = codec.name === "rubydebug" || codec.name === "dots" ? "event" : valueOf(codec, options);
  codec.options.tellRest();
  return format;
}

/** The output's `id`, as its name. */
function nameOf(options: Options): string | undefined {
  const id = options.text("id");
  if (id === undefined) return undefined;
  const name = id.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, 64);
  if (name !== id) options.note("id", `became ${name}, for a name here is made of letters, digits, ., - and _`);
  return name === "" ? undefined : name;
}
