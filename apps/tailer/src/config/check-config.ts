import { parseHost } from "@gatelog/lumberjack";
import { clientTlsProblems, type ConfigProblem } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { checkInput } from "./check-input.ts";
import type { LumberjackConfig } from "./output.ts";
import { MiB } from "./units.ts";

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

function checkOutput(config: Config): ConfigProblem[] {
  const tls = "topic" in config.output && "kafka" in config.output.topic ? config.output.topic.kafka.tls : undefined;
  return [...checkOutputBytes(config), ...clientTlsProblems(tls, ["output", "topic", "kafka", "tls"])];
}

function checkOutputBytes(config: Config): ConfigProblem[] {
  const { output, limits, batch } = config;
  if ("lumberjack" in output)
    return [
      ...checkLumberjack(output.lumberjack, batch.underWayMax),
      ...checkEventBytes(output.lumberjack, config),
      ...checkFrameBytes(output.lumberjack, config),
    ];
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

/** What an event has beside its line, however it is named and tagged within reason. */
const besideLineBytes = 64 * 1024;

/** Compressed bytes that any receiver takes at once (32 MiB in ours), less what the events have beside their lines. */
const compressedLineBytesMax = 28 * MiB;

/** Lines that do not compress are as large as they were; on a frame that is too large a receiver closes the connection, again and again. */
function checkFrameBytes({ compressionLevel }: LumberjackConfig, { limits, batch }: Config): ConfigProblem[] {
  const bytesMax = compressedLineBytesMax - limits.lineBytesMax;
  if (compressionLevel === 0 || batch.bytesMax <= bytesMax) return [];
  const message = `must not be above ${bytesMax} while output.lumberjack.compressionLevel is not 0: receivers take compressed frames of 32 MiB`;
  return [{ path: ["batch", "bytesMax"], message }];
}

/** A line that holds nothing to be escaped has to fit; what escaping makes too large is set aside. */
function checkEventBytes({ eventBytesMax }: LumberjackConfig, { inputs, limits }: Config): ConfigProblem[] {
  const multiline = inputs.flatMap(({ parsers }) =>
    parsers.map((parser) => ("multiline" in parser ? (parser.multiline.bytesMax ?? 0) : 0)),
  );
  const neededBytes = Math.max(limits.lineBytesMax, ...multiline) + besideLineBytes;
  if (neededBytes <= eventBytesMax) return [];
  const message = `must not be below ${neededBytes}: an event carries a line of limits.lineBytesMax, or several of multiline.bytesMax`;
  return [{ path: ["output", "lumberjack", "eventBytesMax"], message }];
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
  problems.push(...clientTlsProblems(tls, ["output", "lumberjack", "tls"]));
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
