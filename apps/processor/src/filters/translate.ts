import { Path } from "@gatelog/service-kit";
import { Type } from "typebox";
import { checkSource, checkTarget, effectsOn, fieldOption, pathOf } from "./field-option.ts";
import { textOf } from "./field-path.ts";
import { defineFilter, type FilterContext, type OptionProblem } from "./filter.ts";
import { createTable, parseTranslations, type Table, type Translations } from "./translate-table.ts";
import { refreshMsDefault, WatchedFile } from "./watched-file.ts";

const matches = ["exact", "regexp"] as const;

/** Looks values up in a table. */
export const translate = defineFilter({
  name: "translate",
  description: "Looks a field's value up in a table and puts what stands there into another field; a file is read anew when it changes.",
  schema: Type.Object({
    source: fieldOption("Field whose value is looked up; numbers as their digits."),
    target: Type.Optional(fieldOption("Field for what is found; source where left out.")),
    map: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: "The table itself: { text: translation }." })),
    file: Type.Optional(Path({ description: "File with the table: .json or .yaml (an object), or .csv (two columns, no heading)." })),
    match: Type.Unsafe<(typeof matches)[number]>(
      Type.Enum([...matches], {
        default: "exact",
        description: "exact: the whole value. regexp: the table's keys are RE2 patterns, of which the first one found in the value counts.",
      }),
    ),
    fallback: Type.Optional(Type.Unknown({ description: "What the target becomes where nothing is found." })),
    refreshMs: Type.Integer({ default: refreshMsDefault, minimum: 10, unit: "ms", description: "How often the file is looked at." }),
  }),
  effects: ({ source, target }) => effectsOn([target ?? source]),
  check: (options) => [
    ...checkSource(options.source, ["source"]),
    ...checkTarget(options.target ?? options.source, [options.target === undefined ? "source" : "target"]),
    ...checkTable(options),
  ],
  create: (options, { onNotice }) => {
    const { source, target, fallback } = options;
    const from = pathOf(source);
    const to = pathOf(target ?? source);
    const { table, close } = openTable(options, onNotice);
    return {
      apply: (event) => {
        const value = from.get(event);
        const found = value === undefined || value === null ? undefined : table()(textOf(value));
        const result = found === undefined ? fallback : found;
        // A copy, for filters behind it may change what they find.
        if (result !== undefined) to.set(event, structuredClone(result));
      },
      close,
    };
  },
});

interface TableOptions {
  readonly map?: Translations | undefined;
  readonly file?: string | undefined;
  readonly match: (typeof matches)[number];
  readonly refreshMs: number;
}

function checkTable({ map, file, match }: TableOptions): OptionProblem[] {
  if ((map === undefined) === (file === undefined)) return [{ path: [], message: "expected exactly one of map and file" }];
  if (map === undefined) return [];
  try {
    createTable(map, match);
    return [];
  } catch (error) {
    return [{ path: ["map"], message: error instanceof Error ? error.message : String(error) }];
  }
}

function openTable({ map = {}, file, match, refreshMs }: TableOptions, onNotice: FilterContext["onNotice"]) {
  if (file === undefined) {
    const table = createTable(map, match);
    return { table: (): Table => table, close: () => {} };
  }
  const parse = (bytes: Buffer) => createTable(parseTranslations(bytes, file), match);
  const watched = new WatchedFile({ path: file, what: "the table of translate", refreshMs, parse, onNotice });
  return { table: () => watched.value, close: () => watched.close() };
}
