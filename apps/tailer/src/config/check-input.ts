import { join } from "node:path";
import { compileGlob, createLineCutter, FileTailError } from "@gatelog/file-tail";
import { isTimeZone } from "@gatelog/log-record";
import type { ConfigProblem } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { ownKeys } from "../event-head.ts";
import { type MultilineConfig, tailInputOf } from "./input.ts";
import type { OutputConfig } from "./output.ts";

/** What does not fit together within one input, and with what is set for all of them. */
export function checkInput(config: Config, index: number): ConfigProblem[] {
  const input = config.inputs[index];
  if (input === undefined) return [];
  const { seedTimeZone, fields, fieldsUnderRoot, deleteAfterDelivery, startAt } = input;
  const problems = [...checkLines(config, index), ...checkPatterns(config, index)];
  const add = (key: string, message: string) => problems.push({ path: ["inputs", index, key], message });
  if (!isTimeZone(seedTimeZone)) add("seedTimeZone", `${seedTimeZone} is no time zone: write one like UTC or Asia/Shanghai`);
  const forgotten = checkForgetting(input, config);
  if (forgotten !== undefined) add("cleanInactiveMs", forgotten);
  if (deleteAfterDelivery && startAt === "end")
    add("deleteAfterDelivery", "not together with startAt: end, which passes over what would then be deleted undelivered");
  if (deleteAfterDelivery && input.deleteGraceMs < config.close.removedMs)
    add("deleteGraceMs", `must not be below close.removedMs (${config.close.removedMs}): whoever writes the file may still hold it`);
  const taken = fieldsUnderRoot ? Object.keys(fields).filter((key) => ownKeys.has(key)) : [];
  for (const key of taken) add("fields", `${key} is a key of the event itself: give it another name or leave fieldsUnderRoot out`);
  return problems;
}

/** A file that was forgotten while it is still read, or found again by the next scan, would be sent again. */
function checkForgetting({ cleanInactiveMs, ignoreOlderMs }: Config["inputs"][number], { scan, close }: Config): string | undefined {
  if (cleanInactiveMs === 0) return undefined;
  if (ignoreOlderMs === 0) return "needs ignoreOlderMs: the next scan would find what was forgotten, and send it again";
  const enoughMs = Math.max(ignoreOlderMs + scan.intervalMs, close.inactiveMs);
  if (cleanInactiveMs > enoughMs) return undefined;
  return `must be above ${enoughMs}, the longer of ignoreOlderMs + scan.intervalMs and close.inactiveMs: a file would be forgotten while it is still read`;
}

/** Whether the globs are any, and none names what the tailer itself writes. */
function checkPatterns({ inputs, output }: Config, index: number): ConfigProblem[] {
  const { paths = [], exclude = [] } = inputs[index] ?? {};
  const excluded = exclude.map(globOf);
  const own = ownFiles(output);
  const check = (key: string, at: number, glob: ReturnType<typeof globOf>): ConfigProblem[] => {
    const path = ["inputs", index, key, at];
    if (typeof glob === "string") return [{ path, message: glob }];
    if (key === "exclude") return [];
    const isOwn = own.paths.some(
      (ownPath) => glob.matches(ownPath) && !excluded.some((other) => typeof other !== "string" && other.matches(ownPath)),
    );
    return isOwn ? [{ path, message: `matches what ${own.key} writes, which would be read again for ever: exclude it` }] : [];
  };
  return [
    ...paths.map(globOf).flatMap((glob, at) => check("paths", at, glob)),
    ...excluded.flatMap((glob, at) => check("exclude", at, glob)),
  ];
}

/** What the output writes on this machine: all of its names, or one of each kind. */
function ownFiles(output: OutputConfig): { readonly key: string; readonly paths: readonly string[] } {
  if ("file" in output) {
    const { path, filesMax } = output.file;
    const rotated = Array.from({ length: filesMax - 1 }, (_, index) => `${path}.${index + 1}`);
    return { key: "output.file.path", paths: [path, ...rotated] };
  }
  if (!("topic" in output && "embedded" in output.topic)) return { key: "output", paths: [] };
  const { name, embedded } = output.topic;
  const topicFiles = ["00000000000000000000-00000000.seg", "published", "writer.lock", "cursors/group.cursor", "cursors/group.lock"];
  return { key: "output.topic.embedded.dir", paths: topicFiles.map((file) => join(embedded.dir, name, file)) };
}

/** The glob, or why it is none. */
function globOf(pattern: string) {
  try {
    return compileGlob(pattern);
  } catch (error) {
    if (error instanceof FileTailError) return error.message;
    throw error;
  }
}

/** What the reader of lines says of the options; it names the option within the input. */
function checkLines({ inputs, limits }: Config, index: number): ConfigProblem[] {
  const input = inputs[index];
  if (input === undefined) return [];
  const missing = input.parsers.flatMap((parser, at) =>
    "multiline" in parser ? checkMultiline(parser.multiline, ["inputs", index, "parsers", at, "multiline"]) : [],
  );
  if (missing.length > 0) return missing;
  try {
    createLineCutter(tailInputOf(input), { lineBytesMax: limits.lineBytesMax });
    return [];
  } catch (error) {
    if (!(error instanceof FileTailError)) throw error;
    return [problemOf(error.message, index)];
  }
}

/** What each type of multiline needs, and has no use for. */
const multilineKeys = { pattern: ["pattern", "match"], while: ["pattern"], count: ["count"] } as const;

function checkMultiline(multiline: MultilineConfig, path: ConfigProblem["path"]): ConfigProblem[] {
  const missing = multilineKeys[multiline.type].filter((key) => multiline[key] === undefined);
  return missing.map((key) => ({ path, message: `the type ${multiline.type} needs ${key}: add it` }));
}

/** `parsers[0].multiline.pattern is no …`: the option that the sentence begins with is the place of the problem. */
function problemOf(sentence: string, index: number): ConfigProblem {
  const option = /^[\w.[\]]*(?= )/.exec(sentence)?.[0] ?? "";
  const keys = option.split(/[.[\]]+/).filter((key) => key !== "");
  const path = keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  return { path: ["inputs", index, ...path], message: sentence.slice(option.length).trim() };
}
