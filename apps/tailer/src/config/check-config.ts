import { createLineCutter, FileTailError } from "@gatelog/file-tail";
import { isTimeZone } from "@gatelog/log-record";
import { parseHost } from "@gatelog/lumberjack";
import type { ConfigProblem } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { ownKeys } from "../event-head.ts";
import { type MultilineConfig, tailInputOf } from "./input.ts";
import type { LumberjackConfig } from "./output.ts";

/** Relations between values, which the schema cannot say. */
export function checkConfig(config: Config): ConfigProblem[] {
  return [
    ...checkIds(config),
    ...config.inputs.flatMap((_, index) => checkInput(config, index)),
    ...checkOutput(config),
    ...checkTimes(config),
  ];
}

function checkIds({ inputs }: Config): ConfigProblem[] {
  const seen = new Set<string>();
  return inputs.flatMap(({ id }, index) => {
    const isKnown = seen.has(id);
    seen.add(id);
    return isKnown ? [{ path: ["inputs", index, "id"], message: `two inputs have the id ${id}: give each its own` }] : [];
  });
}

function checkInput(config: Config, index: number): ConfigProblem[] {
  const input = config.inputs[index];
  if (input === undefined) return [];
  const { seedTimeZone, ignoreOlderMs, cleanInactiveMs, fields, fieldsUnderRoot } = input;
  const problems = checkLines(config, index);
  const add = (key: string, message: string) => problems.push({ path: ["inputs", index, key], message });
  if (!isTimeZone(seedTimeZone)) add("seedTimeZone", `${seedTimeZone} is no time zone: write one like UTC or Asia/Shanghai`);
  // A file that was forgotten while it is still read, or found again by the next scan, would be sent again.
  if (cleanInactiveMs > 0 && cleanInactiveMs <= ignoreOlderMs + config.scan.intervalMs)
    add("cleanInactiveMs", "must be above ignoreOlderMs + scan.intervalMs: a file would be forgotten while it is still read");
  if (cleanInactiveMs > 0 && cleanInactiveMs <= config.close.inactiveMs)
    add("cleanInactiveMs", "must be above close.inactiveMs: a file would be forgotten while it is open");
  if (cleanInactiveMs > 0 && ignoreOlderMs === 0)
    add("cleanInactiveMs", "needs ignoreOlderMs: the next scan would find what was forgotten, and send it again");
  const taken = fieldsUnderRoot ? Object.keys(fields).filter((key) => ownKeys.has(key)) : [];
  for (const key of taken) add("fields", `${key} is a key of the event itself: give it another name or leave fieldsUnderRoot out`);
  return problems;
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

function checkOutput({ output, limits, batch }: Config): ConfigProblem[] {
  if ("lumberjack" in output) return checkLumberjack(output.lumberjack, batch.underWayMax);
  if ("topic" in output && "kafka" in output.topic && limits.lineBytesMax > output.topic.kafka.requestBytesMax) {
    return [
      {
        path: ["limits", "lineBytesMax"],
        message: "must not be above output.topic.kafka.requestBytesMax: a line has to fit into a message",
      },
    ];
  }
  return [];
}

function checkLumberjack({ hosts, loadBalance, tls }: LumberjackConfig, underWayMax: number): ConfigProblem[] {
  const problems = hosts.flatMap((host, index): ConfigProblem[] => {
    try {
      parseHost(host);
      return [];
    } catch (error) {
      return [{ path: ["output", "lumberjack", "hosts", index], message: error instanceof Error ? error.message : String(error) }];
    }
  });
  if (new Set(hosts).size < hosts.length)
    problems.push({ path: ["output", "lumberjack", "hosts"], message: "a host is named twice: name each once" });
  if (loadBalance && hosts.length > underWayMax)
    problems.push({
      path: ["batch", "underWayMax"],
      message: `must not be below the ${hosts.length} hosts that output.lumberjack.loadBalance keeps busy`,
    });
  if ((tls?.cert === undefined) !== (tls?.key === undefined))
    problems.push({ path: ["output", "lumberjack", "tls"], message: "cert and key go together: give both or neither" });
  return problems;
}

function checkTimes({ scan, close, cleanRemovedMs, copyWaitMs, retry, batch, limits }: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (retry.minMs > retry.maxMs) problems.push({ path: ["retry", "minMs"], message: "must not be above retry.maxMs" });
  if (scan.pollMinMs > scan.pollMaxMs) problems.push({ path: ["scan", "pollMinMs"], message: "must not be above scan.pollMaxMs" });
  if (scan.pollMaxMs > scan.intervalMs) problems.push({ path: ["scan", "pollMaxMs"], message: "must not be above scan.intervalMs" });
  if (limits.lineBytesMax > batch.bytesMax)
    problems.push({ path: ["batch", "bytesMax"], message: "must not be below limits.lineBytesMax: a line has to fit into a batch" });
  // A file that is merely being renamed may be missed by one scan; it must not be forgotten for that.
  if (cleanRemovedMs <= Math.max(close.removedMs, copyWaitMs) + scan.intervalMs) {
    problems.push({
      path: ["cleanRemovedMs"],
      message:
        "must be above close.removedMs, and above copyWaitMs, by more than scan.intervalMs: a file would be forgotten while it is still read",
    });
  }
  return problems;
}
