import { comparisons } from "./filter-schema.ts";
import type { FilterReference } from "./load-projects.ts";
import { code, plain, table } from "./markdown.ts";
import { keyTable, page } from "./pages.ts";
import { sampleOptions } from "./sample-options.ts";

/** docs/reference/filters.md: every filter of the processor with all of its options. */
export function filtersPage(filters: readonly FilterReference[]): string {
  return page("Filters", introduction, [...filters.map(filterSection), conditionsSection()]);
}

const introduction = `The filters of the processor, for ${code("filters")} of processor.yaml and of a pipeline.ts. An entry is a filter's name
(${code("- parseRecord")}), a filter with options (${code("- grok: { match: [...] }")}), beside which ${code("as")} gives it a name of its own and ${code("when")} a
[condition](#conditions), or ${code("{ when, do, else }")} with lists of filters. How they work together is told in
[apps/processor/README.md](../../apps/processor/README.md#filters).

Fields are written ${code("a.b.c")}, or ${code("[a][b.c]")} where a name has a dot in it. An event has ${code("id")}, ${code("time")} and ${code("type")}, which are fixed, its line as
${code("message")}, behind ${code("parseRecord")} the record as ${code("record.…")}, and all other names are its fields; behind ${code("ecs")} they are those of the document.`;

function filterSection({ name, description, schema, effects, isBoxed = false, failureTag }: FilterReference): string {
  const keys = keyTable(schema, "Option");
  const isPlain = !keys.includes("\n| `");
  return [
    `## ${name}`,
    plain(description),
    [
      `- Changes: ${changesOf(schema, effects)}.`,
      `- Where it fails on an event: tag ${code(failureTag)}, the reason in ${code("gatelog.filter_errors")}.`,
      ...(isBoxed ? [`- Has ${code("limits.filterEventMsMax")} for an event.`] : []),
    ].join("\n"),
    isPlain ? "No options." : keys,
  ].join("\n\n");
}

const words: Readonly<Record<string, string>> = {
  message: "the line",
  fields: "fields",
  flow: "whether the event goes on",
  parsed: "what is known of the line",
  document: "the document for Elasticsearch",
};

/** What a filter changes may depend on which fields it is given: the line is changed by one that is given the line. */
function changesOf(schema: FilterReference["schema"], effects: FilterReference["effects"]): string {
  const effectsFor = (field: string) => effects(sampleOptions(schema, field) as never);
  const always = effectsFor("field");
  const ofMessage = effectsFor("message").filter((effect) => !always.includes(effect));
  const changes = always.map((effect) => words[effect] ?? effect).join(", ");
  return ofMessage.length === 0 ? changes : `${changes}; the line, where ${code("message")} is what it is to change`;
}

function conditionsSection(): string {
  const rows = Object.entries(comparisons).map(([name, { description }]) => [code(name), plain(description)]);
  return [
    "## Conditions",
    `${code("{ field: record.status, gte: 500 }")} compares a field; of several comparisons all have to hold, and a field that is not there is equal to nothing.
${code("{ all: [...] }")}, ${code("{ any: [...] }")} and ${code("{ not: … }")} put conditions together. In a pipeline.ts a condition may be a function of the event, too;
it has ${code("limits.filterEventMsMax")} for an event, and where it fails the event has the tag ${code("_whenfailure")} and passes without these filters.`,
    table(["Comparison", "Meaning"], rows),
  ].join("\n\n");
}
