import type { ConfigProblem } from "@gatelog/service-kit";
import { type Config, type OutputConfig, outputName } from "../config.ts";
import { changedKeys } from "./config-diff.ts";

/** What a running processor makes of a changed configuration. */
export interface TakenUp {
  /** What runs from now on: the one before, with what can be changed while it runs. */
  readonly config: Config;
  /** Keys, as in the new file, whose change is in use. */
  readonly applied: readonly string[];
  /** Keys whose change waits for a restart. */
  readonly waiting: readonly string[];
}

/**
 * Takes up what can be changed without touching inputs, connections and files: `filters`, each output's `when`, `limits.filterEventMsMax`, `drainMsMax` and
 * `logLevel`. All else stays as it was started.
 */
export function takeUp(before: Config, after: Config): TakenUp {
  const config: Config = {
    ...before,
    filters: after.filters,
    drainMsMax: after.drainMsMax,
    logLevel: after.logLevel,
    limits: { ...before.limits, filterEventMsMax: after.limits.filterEventMsMax },
    outputs: before.outputs.map((output) => withCondition(output, after.outputs)),
  };
  return { config, applied: changedKeys(before, config), waiting: changedKeys(config, after) };
}

/** An output that the new file does not have keeps its condition until the restart that ends it. */
function withCondition(output: OutputConfig, outputs: readonly OutputConfig[]): OutputConfig {
  const same = outputs.find((one) => outputName(one) === outputName(output));
  if (same === undefined) return output;
  const { when: _before, ...plain } = output;
  return same.when === undefined ? plain : { ...plain, when: same.when };
}

/** Why the mixture cannot run although the new file alone could, in one sentence. */
export function mixtureProblem([problem]: readonly ConfigProblem[], waiting: readonly string[]): string | undefined {
  if (problem === undefined) return undefined;
  return `it needs what waits for a restart (${waiting.join(", ")}): ${problem.path.join(".")}: ${problem.message}`;
}
