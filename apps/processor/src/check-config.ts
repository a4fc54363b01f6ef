import { isTimeZone } from "@gatelog/log-record";
import { checkMasking } from "@gatelog/masking";
import type { ConfigProblem } from "@gatelog/service-kit";
import { type Config, outputName } from "./config.ts";
import { effectsOf } from "./filters/create-chain.ts";
import { type FilterSpec, parseFilters } from "./filters/parse-filters.ts";
import { checkInputs } from "./inputs/check-inputs.ts";
import { checkOutputs } from "./outputs/check-outputs.ts";
import { fieldsOfTopic } from "./outputs/topic-check.ts";

/** Relations between values, which the schema cannot say. */
export function checkConfig(config: Config, { resolvePath }: { readonly resolvePath: (path: string) => string }): ConfigProblem[] {
  return [
    ...checkInputs(config),
    ...checkOutputNames(config),
    ...checkOutputs(config),
    ...checkFilters(config, resolvePath(".")),
    ...checkMasking(config.masking).map(({ path, message }) => ({ path: ["masking", ...path], message })),
    ...checkLimits(config),
    ...checkTimes(config),
  ];
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

function checkFilters(config: Config, directory: string): ConfigProblem[] {
  const { specs, problems } = parseFilters(config.filters, directory);
  if (problems.length > 0) return [...problems];
  return [...checkEcs(specs), ...checkNeeded(config, specs)];
}

/** Documents come last: what stands behind ecs changes them alone, and no other output would see it. */
function checkEcs(specs: readonly FilterSpec[]): ConfigProblem[] {
  const ecs = specs.findIndex((spec) => effectsOf(spec).has("document"));
  if (ecs === -1) return [];
  return specs.flatMap((spec, index) => {
    const effects = effectsOf(spec);
    const path = ["filters", index];
    if (index < ecs && effects.has("parsed")) return [];
    if (index > ecs && effects.has("parsed")) return [{ path, message: "ecs needs what parseRecord found: put parseRecord before ecs" }];
    if (index > ecs && (effects.has("flow") || effects.has("message")))
      return [
        {
          path,
          message: `${spec.name} drops events or changes lines, for every output, and ecs makes documents of them: put it before ecs`,
        },
      ];
    return [];
  });
}

function checkNeeded(config: Config, specs: readonly FilterSpec[]): ConfigProblem[] {
  return [...checkNeededByEcs(config, specs), ...checkNeededByTopics(config, specs)];
}

/** A message's key, headers and topic may be parts of the record, which somebody has to read. */
function checkNeededByTopics({ outputs }: Config, specs: readonly FilterSpec[]): ConfigProblem[] {
  if (specs.some((spec) => effectsOf(spec).has("parsed"))) return [];
  return outputs.flatMap((output, index) =>
    "topic" in output
      ? fieldsOfTopic(output.topic)
          .filter(({ field }) => /^(?:record\b|\[record\])/.test(field))
          .map(({ field, path }) => ({
            path: ["outputs", index, "topic", ...path],
            message: `${field} needs the filter parseRecord: add it to filters`,
          }))
      : [],
  );
}

function checkNeededByEcs(config: Config, specs: readonly FilterSpec[]): ConfigProblem[] {
  const hasDocuments = config.outputs.some((output) => "elasticsearch" in output);
  const found = new Set(specs.flatMap((spec) => [...effectsOf(spec)]));
  if (!hasDocuments || !found.has("document") || found.has("parsed")) return [];
  return [{ path: ["filters"], message: "the filter ecs needs the filter parseRecord: add it before ecs" }];
}

function checkLimits({ limits, batch }: Config): ConfigProblem[] {
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
