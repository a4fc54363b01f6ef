import { ownKeys } from "../event-head.ts";
import { convertMultiline } from "./multiline.ts";
import { readPatterns } from "./patterns.ts";
import type { Settings } from "./settings.ts";
import type { TargetInput, TargetParser } from "./target.ts";

/** The parsers of types `log`, `container` and `docker`: always container, then JSON, then multiline. */
export function convertLogParsers(settings: Settings, type: string): readonly TargetParser[] {
  const container = convertContainerOptions(settings, type);
  const ndjson = settings.has("json") ? [convertJson(settings.under("json"), "json")] : [];
  const multiline = settings.has("multiline") ? convertMultiline(settings.under("multiline")) : undefined;
  return [...container, ...ndjson, ...(multiline === undefined ? [] : [{ multiline }])];
}

/** The parsers of type `filestream`, in the order in which they stand. */
export function convertParsers(settings: Settings): { parsers: readonly TargetParser[]; includeLines?: TargetInput["includeLines"] } {
  const list = settings.list("parsers");
  const parsers: TargetParser[] = [];
  let includeLines: readonly string[] | undefined;
  for (const parser of list) {
    if (parser.has("multiline")) {
      const multiline = convertMultiline(parser.under("multiline"));
      const isSecond = parsers.some((other) => "multiline" in other);
      if (isSecond) parser.error("multiline", "is the second one, and lines can be joined once: make one of both");
      else if (multiline !== undefined) parsers.push({ multiline });
    }
    if (parser.names().includes("ndjson")) parsers.push(convertJson(parser.under("ndjson"), "filestream"));
    if (parser.names().includes("container")) {
      const first = container(parser.under("container"), "format", "stream");
      if (parsers.length > 0) parser.error("container", "has to be the first parser, for it reads what the container's runtime wrote");
      else parsers.push(first);
    }
    if (parser.has("include_message")) includeLines = includeMessage(parser, list, settings);
    parser.note("syslog", "has no equivalent: have the lines taken apart by the processor or Logstash, where they arrive as they are");
  }
  return { parsers, includeLines };
}

/** `include_message` stands where the line is still as it was; as `includeLines` it would see what the others make of it. */
function includeMessage(parser: Settings, list: readonly Settings[], settings: Settings): readonly string[] | undefined {
  const patterns = readPatterns(parser, "include_message.patterns");
  const isLast = list.at(-1) === parser;
  if (isLast && !settings.has("include_lines")) return patterns;
  parser.error(
    "include_message",
    "stands before other parsers or beside include_lines, the tailer has one includeLines, after all of them",
  );
  return undefined;
}

function convertContainerOptions(settings: Settings, type: string): readonly TargetParser[] {
  if (type === "container") return [container(settings, "format", "stream")];
  if (type === "docker") {
    settings.note("combine_partials", "is not needed: parts of a line are always joined");
    settings.note("cri", "is not needed: docker's and CRI's lines are told apart by themselves");
    return [container(settings, "containers.format", "containers.stream")];
  }
  if (!settings.has("docker-json")) return [];
  const options = settings.under("docker-json");
  options.note("partial", "is not needed: parts of a line are always joined");
  options.note("cri_flags", "is not needed: parts of a line are always joined");
  return [container(options, "format", "stream")];
}

function container(settings: Settings, formatKey: string, streamKey: string): TargetParser {
  return { container: { format: oneOf(settings, formatKey, formats), stream: oneOf(settings, streamKey, streams) } };
}

/** Filebeat's words, and the tailer's where it is not the default. */
const formats: Readonly<Record<string, string | undefined>> = { auto: undefined, docker: "docker", "json-file": "docker", cri: "cri" };
const streams: Readonly<Record<string, string | undefined>> = { all: undefined, stdout: "stdout", stderr: "stderr" };

function oneOf(settings: Settings, key: string, words: Readonly<Record<string, string | undefined>>): string | undefined {
  const given = settings.string(key)?.toLowerCase();
  if (given === undefined || Object.hasOwn(words, given)) return given === undefined ? undefined : words[given];
  settings.error(key, `${given} is none of ${Object.keys(words).join(", ")}: Filebeat would not start with it`);
  return undefined;
}

function convertJson(json: Settings, kind: "json" | "filestream"): TargetParser {
  const isUnderRoot = json.boolean("keys_under_root") ?? false;
  const target = kind === "filestream" ? (json.string("target") ?? "") : isUnderRoot ? "" : "json";
  json.note("expand_keys", "has no equivalent: keys with dots stay as they are, have them taken apart by the processor or Logstash");
  json.note("document_id", "has no equivalent: an event's id is fixed by the tailer, or by the record itself");
  json.note("ignore_decoding_error", "is not needed: a line that is no JSON is sent, and nothing is logged about it");
  if (json.boolean("overwrite_keys")) {
    json.note("overwrite_keys", `has no equivalent: ${[...ownKeys].join(", ")} stay the event's own, whatever the line has`);
  }
  // Without one, Filebeat's message is what the line has under this name, as any other key of it.
  const messageKey = json.string("message_key") ?? (target === "" ? "message" : undefined);
  return { ndjson: { target, messageKey, addErrorKey: json.boolean("add_error_key") ?? false } };
}
