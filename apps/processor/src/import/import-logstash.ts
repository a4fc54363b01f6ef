import { fieldName, NoEquivalent, templateOf } from "./field-names.ts";
import { FilterConverter } from "./filters.ts";
import { type ImportNote, ImportNotes } from "./import-notes.ts";
import { type ConvertedInput, convertInputs } from "./inputs.ts";
import { textsOf } from "./options.ts";
import { convertOutputs } from "./outputs.ts";
import { parseLogstash, type SourceFile } from "./parse-logstash.ts";
import { renderConfig } from "./render.ts";
import { settle, withPlaceholders } from "./settle.ts";
import { type Entry, type Origins, type TargetConfig, withoutUndefined } from "./target.ts";
import { targetFilters } from "./target-filters.ts";

export { describeNote, type ImportNote } from "./import-notes.ts";
export type { SourceFile } from "./parse-logstash.ts";

/** What became of a pipeline of Logstash's. */
export interface ImportResult {
  /** processor.yaml, with comments. The processor always takes it, though something may be missing in it: see `errors`. */
  readonly yaml: string;
  /** What has no equivalent that is needed, or means something else, in the order of the files. */
  readonly notes: readonly ImportNote[];
  /** What has to be put right by hand before the first start. */
  readonly errors: readonly ImportNote[];
}

/**
 * Makes processor.yaml of the configuration of one pipeline of Logstash's, which may stand in several files.
 *
 * **Guarantee**: every option is either converted or named in `notes` or `errors`.
 * **Errors**: StartError with file, line, column and one sentence, where a file is no configuration of Logstash's.
 */
export function importLogstash(files: readonly SourceFile[]): ImportResult {
  const { input, filter, output } = parseLogstash(files);
  const notes = new ImportNotes();
  const origins: Origins = new WeakMap();
  const inputs = convertInputs(input, notes);
  for (const { entry, options } of inputs) origins.set(entry, `${options.what}, ${options.plugin.place.file}:${options.plugin.place.line}`);
  const filters = [...givenByInput(inputs), ...new FilterConverter(notes, origins).convert(filter)];
  const outputs = convertOutputs(output, notes, origins);
  if (inputs.length === 0) notes.addError({ what: "input", message: "there is none that can be translated: write inputs" });
  if (outputs.length === 0)
    notes.addError({ what: "output", message: "there is none that can be translated: write outputs; discard stands in their place" });
  const wanted: TargetConfig = { inputs: inputs.map(({ entry }) => entry), filters, outputs, buffer: { dir: "./data/processor" } };
  const config = settle(withPlaceholders(withoutUndefined(wanted, origins)), notes, origins);
  const result = { notes: notes.notes(), errors: notes.errors() };
  return { yaml: renderConfig(config, { files: files.map(({ file }) => file), origins, ...result }), ...result };
}

/** What an input gives each of its events: possible where there is one input alone, for events do not say where they came in. */
function givenByInput(inputs: readonly ConvertedInput[]): readonly Entry[] {
  const names = ["type", "tags", "add_field"] as const;
  const [first] = inputs;
  if (first === undefined) return [];
  if (inputs.some(({ options }) => options !== first.options)) {
    for (const { options } of inputs)
      for (const name of names)
        options.error(
          name,
          "tells inputs apart, which events do not here: let the sender set it (fields, tags), or run a processor for each input",
        );
    return [];
  }
  const { options } = first;
  options.note("type", "stands in the field fields.type, for an event has a type of its own here");
  try {
    const type = options.text("type");
    const tags = options.texts("tags");
    const fields = Object.fromEntries(
      options.hash("add_field").map(({ key, value }) => [fieldName([key]), templateOf(textsOf(value)[0] ?? "")]),
    );
    return [
      ...(type === undefined ? [] : [targetFilters.setMissing({ "fields.type": type })]),
      ...(tags.length === 0 ? [] : [targetFilters.addTag(tags)]),
      ...(Object.keys(fields).length === 0 ? [] : [targetFilters.set(fields)]),
    ];
  } catch (error) {
    if (!(error instanceof NoEquivalent)) throw error;
    options.errorAll(`${error.message}: what it gives its events was left out`);
    return [];
  }
}
