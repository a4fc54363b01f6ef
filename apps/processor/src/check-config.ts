import { isTimeZone } from "@gatelog/log-record";
import type { ConfigProblem } from "@gatelog/service-kit";
import { type Config, outputName } from "./config.ts";

/** Relations between values, which the schema cannot say. */
export function checkConfig(config: Config): ConfigProblem[] {
  return [...checkOutputNames(config), ...checkFilters(config), ...checkLimits(config), ...checkTimes(config)];
}

function checkOutputNames(config: Config): ConfigProblem[] {
  const seen = new Set<string>();
  return config.outputs.flatMap((output, index) => {
    const name = outputName(output);
    const path = ["outputs", index];
    if (name.length > 64) return [{ path, message: `its name ${name} is longer than 64 characters: give it a shorter one with "as"` }];
    if (config.abandonedOutputs.includes(name))
      return [{ path, message: `the output ${name} is also in abandonedOutputs: remove it from one of them` }];
    if (seen.has(name)) return [{ path, message: `two outputs are named ${name}: give one of them another name with "as"` }];
    seen.add(name);
    return [];
  });
}

function checkFilters(config: Config): ConfigProblem[] {
  const needed = config.outputs.some((output) => "elasticsearch" in output) ? (["parseRecord", "ecs"] as const) : [];
  const missing = needed.filter((name) => !config.filters.includes(name));
  const order = config.filters.indexOf("ecs") !== -1 && config.filters.indexOf("ecs") < config.filters.indexOf("parseRecord");
  return [
    ...missing.map((name) => ({ path: ["filters"], message: `the elasticsearch output needs the filter ${name}: add it` })),
    ...(order ? [{ path: ["filters"], message: "ecs needs what parseRecord found: put parseRecord before ecs" }] : []),
  ];
}

function checkLimits({ limits, inputs, batch }: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (limits.lineBytesMax > limits.topicMessageBytesMax) {
    problems.push({
      path: ["limits", "lineBytesMax"],
      message: "must not be above limits.topicMessageBytesMax: a line has to fit into a message",
    });
  }
  if (limits.topicMessageBytesMax > limits.bulkBytesMax) {
    problems.push({
      path: ["limits", "topicMessageBytesMax"],
      message: "must not be above limits.bulkBytesMax: a message has to fit into a bulk request",
    });
  }
  if (limits.lineBytesMax > batch.bytesMax) {
    problems.push({ path: ["batch", "bytesMax"], message: "must not be below limits.lineBytesMax: a line has to fit into a batch" });
  }
  for (const [index, { beats }] of inputs.entries()) {
    if (beats.jsonBytesMax < limits.lineBytesMax) {
      problems.push({
        path: ["inputs", index, "beats", "jsonBytesMax"],
        message: "must not be below limits.lineBytesMax: an event carries a line",
      });
    }
    if (beats.inFlightBytesMax < beats.jsonBytesMax) {
      problems.push({
        path: ["inputs", index, "beats", "inFlightBytesMax"],
        message: "must not be below jsonBytesMax: one event has to fit",
      });
    }
  }
  return problems;
}

function checkTimes({ retry, drainMsMax, shutdownDeadlineMs, seedTimeZone }: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (retry.minMs > retry.maxMs) problems.push({ path: ["retry", "minMs"], message: "must not be above retry.maxMs" });
  if (drainMsMax > shutdownDeadlineMs) problems.push({ path: ["drainMsMax"], message: "must not be above shutdownDeadlineMs" });
  if (!isTimeZone(seedTimeZone))
    problems.push({ path: ["seedTimeZone"], message: `${seedTimeZone} is no time zone: write one like UTC or Asia/Shanghai` });
  return problems;
}
