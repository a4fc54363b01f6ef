import { checkOptions, type ConfigProblem } from "@gatelog/service-kit";
import { checkConfig } from "../check-config.ts";
import { type Config, configSchema, outputName } from "../config.ts";
import type { ImportNotes } from "./import-notes.ts";
import type { Entry, Origins, TargetConfig } from "./target.ts";

/** What is left out one by one until the processor takes the rest. */
const roundsMax = 2000;

type Path = ConfigProblem["path"];
type Container = Record<string | number, unknown>;

/**
 * Leaves out what the processor's own check refuses, and tells of it.
 *
 * **Guarantee**: the result is a configuration that the processor takes.
 */
export function settle(config: TargetConfig, notes: ImportNotes, origins: Origins): TargetConfig {
  let current = nameApart(config, origins);
  for (let round = 0; round < roundsMax; round += 1) {
    const [problem] = problemsOf(current);
    if (problem === undefined) return current;
    const { path, message } = problem;
    const place = removablePlace(path);
    const origin = originOf(current, path, origins);
    const what = `${origin === undefined ? "" : `${origin} → `}${keyOf(path)}`;
    notes.addError({ what, message: `${message}; ${keyOf(place)} was left out` });
    remove(current, place);
    current = withPlaceholders(current);
  }
  throw new Error(`the import does not settle: ${problemsOf(current)[0]?.message}`);
}

/** An input and an output there have to be. */
export function withPlaceholders(config: TargetConfig): TargetConfig {
  return {
    ...config,
    inputs: config.inputs.length === 0 ? [{ beats: { host: "127.0.0.1", port: 5044 } }] : config.inputs,
    outputs: config.outputs.length === 0 ? [{ discard: {} }] : config.outputs,
  };
}

function problemsOf(config: TargetConfig): readonly ConfigProblem[] {
  const { value, problems } = checkOptions({ schema: configSchema, value: config, path: [], directory: "/" });
  if (problems.length > 0) return problems;
  return checkConfig(value as Config, { resolvePath: (path) => path });
}

/** The option, where it is one; the filter that a path leads into; else the whole entry. */
function removablePlace(path: Path): Path {
  if (path[0] !== "filters") return path.length > 3 ? path : path.slice(0, 2);
  let end = 2;
  for (let at = 2; at + 1 < path.length; at += 1) {
    if ((path[at] === "do" || path[at] === "else") && typeof path[at + 1] === "number") end = at + 2;
  }
  return path.slice(0, end);
}

function remove(config: TargetConfig, path: Path): void {
  let parent = config as unknown as Container;
  for (const key of path.slice(0, -1)) parent = parent[key] as Container;
  const last = path.at(-1) ?? "";
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (last in parent) Reflect.deleteProperty(parent, last);
  else remove(config, path.slice(0, 2));
}

function originOf(config: TargetConfig, path: Path, origins: Origins): string | undefined {
  let value: unknown = config;
  let origin: string | undefined;
  for (const key of path) {
    if (typeof value !== "object" || value === null) break;
    value = (value as Container)[key];
    if (typeof value === "object" && value !== null) origin = origins.get(value) ?? origin;
  }
  return origin;
}

function keyOf(path: Path): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${key}`)).join("");
}

/** Outputs, and filters with ids, that would have the same name get a number. */
function nameApart(config: TargetConfig, origins: Origins): TargetConfig {
  const seen = new Map<string, number>();
  const outputs = config.outputs.map((output): Entry => {
    const name = outputName(withDefaults(output) as Config["outputs"][number]);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    if (count === 1) return output;
    const renamed = { ...output, as: `${name.slice(0, 60)}-${count}` };
    const origin = origins.get(output);
    if (origin !== undefined) origins.set(renamed, origin);
    return renamed;
  });
  return { ...config, outputs };
}

function withDefaults(output: Entry): unknown {
  return "elasticsearch" in output ? { ...output, elasticsearch: { index: "gatelog", ...(output["elasticsearch"] as Entry) } } : output;
}
