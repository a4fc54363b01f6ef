import { type Config, type OutputConfig, outputName } from "../config.ts";
import { specsToRun } from "../filters/create-chain.ts";
import { type FilterSpec, parseFilters } from "../filters/parse-filters.ts";
import { type InputConfig, inputNames } from "../inputs/create-input.ts";
import { conditionOf } from "../outputs/output-condition.ts";
import { outputNeeds } from "../outputs/output-needs.ts";
import { conditionText } from "./condition-text.ts";
import { type Exit, Flowchart } from "./flowchart.ts";

/** Filters behind which nothing comes. */
const endings: ReadonlySet<string> = new Set(["drop", "unwanted"]);

/**
 * The pipeline as a Mermaid flowchart: inputs, buffer, and for each output the filters that it really runs, and its sink.
 *
 * **Guarantee**: the same text for the same configuration; of inputs, outputs and filters only names and public places are in it, no logins, keys or options.
 */
export function pipelineGraph(config: Config, directory: string): string {
  const chart = new Flowchart();
  const names = inputNames(config.inputs);
  const inputs = config.inputs.map((input, index): Exit => ({ id: chart.add("end", [names[index] ?? "", ...inputPlace(input)]) }));
  const masked = config.masking.foreign ? [{ id: chart.add("step", ["mask foreign lines"], inputs) }] : inputs;
  const buffer = { id: chart.add("store", ["buffer"], masked) };
  const { specs } = parseFilters(config.filters, directory);
  for (const output of config.outputs) {
    chart.frame(`output ${outputName(output)}`, () => {
      const run = specsToRun({ specs, needs: outputNeeds(output), condition: conditionOf(output.when, () => undefined) });
      chart.add("end", [outputName(output), ...outputPlace(output)], addFilters(chart, run, [buffer]));
    });
  }
  return chart.text();
}

/** Adds filters in a row, and returns where events leave them. */
function addFilters(chart: Flowchart, specs: readonly FilterSpec[], from: readonly Exit[]): readonly Exit[] {
  let exits = from;
  for (const spec of specs) {
    // What stands behind a drop is never reached.
    if (exits.length === 0) return exits;
    exits = spec.kind === "filter" ? addFilter(chart, spec, exits) : addChoice(chart, spec, exits);
  }
  return exits;
}

function addFilter(
  chart: Flowchart,
  { name, definition }: Extract<FilterSpec, { kind: "filter" }>,
  from: readonly Exit[],
): readonly Exit[] {
  const isEnd = endings.has(definition.name);
  const label = name.startsWith(definition.name) ? [name] : [name, definition.name];
  const id = chart.add(isEnd ? "end" : "step", definition.name === "unwanted" ? ["not for this output"] : label, from);
  return isEnd ? [] : [{ id }];
}

function addChoice(chart: Flowchart, spec: Extract<FilterSpec, { kind: "when" }>, from: readonly Exit[]): readonly Exit[] {
  const id = chart.add("choice", [spec.name, conditionText(spec.source)], from);
  return [...addFilters(chart, spec.matched, [{ id, word: "yes" }]), ...addFilters(chart, spec.otherwise, [{ id, word: "no" }])];
}

function inputPlace(input: InputConfig): readonly string[] {
  if ("beats" in input) return [`${input.beats.host}:${input.beats.port}`];
  if ("http" in input) return [`${input.http.host}:${input.http.port}${input.http.path}`];
  if ("kafka" in input) return [`topic ${input.kafka.topic}`, `group ${input.kafka.group}`];
  if ("embedded" in input) return [`topic ${input.embedded.topic}`];
  return "file" in input ? input.file.paths : [];
}

function outputPlace(output: OutputConfig): readonly string[] {
  if ("topic" in output) return [`topic ${output.topic.name} (${output.topic.value})`];
  if ("http" in output) return [URL.canParse(output.http.url) ? new URL(output.http.url).host : "http"];
  if ("file" in output) return [output.file.path];
  if (!("elasticsearch" in output)) return [Object.keys(output).find((key) => key !== "as" && key !== "when") ?? ""];
  const { dataStream, index } = output.elasticsearch;
  return [dataStream === undefined ? `index ${index}-*` : `data stream ${dataStream}`];
}
