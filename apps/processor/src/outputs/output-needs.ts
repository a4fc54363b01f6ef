import type { OutputConfig } from "../config.ts";
import type { Effect } from "../filters/filter.ts";
import { conditionNeeds } from "./output-condition.ts";
import { fieldsOfTopic } from "./topic-check.ts";

/** Parts of an event that every filter leaves as they are, or that are run for in any case. */
const alwaysThere: ReadonlySet<string> = new Set(["id", "time", "type", "message"]);

/** What an output's sink and its condition need of events, told without making the sink: that may want files that only the server has. */
export function outputNeeds(output: OutputConfig): readonly Effect[] {
  const own = sinkNeeds(output);
  return output.when === undefined ? own : [...own, ...conditionNeeds];
}

/** **Guarantee**: what the sink itself says (EventSink.needs). */
export function sinkNeeds(output: OutputConfig): readonly Effect[] {
  if ("discard" in output) return [];
  if ("http" in output) return ["fields"];
  if ("elasticsearch" in output) return ["document", "fields"];
  if ("stdout" in output) return output.stdout.format === "raw" ? [] : ["fields"];
  if ("file" in output) return output.file.format === "raw" ? [] : ["fields"];
  const { value } = output.topic;
  const ofValue = ({ raw: [], seed: ["parsed"], event: ["fields"] } as const)[value];
  const reads = fieldsOfTopic(output.topic).some(({ field }) => !alwaysThere.has(field));
  return reads ? [...ofValue, "fields", "parsed"] : ofValue;
}
