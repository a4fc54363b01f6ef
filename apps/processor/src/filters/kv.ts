import { Type } from "typebox";
import { checkSource, checkTarget, fieldOption, pathOf } from "./field-option.ts";
import { assignField } from "./field-path.ts";
import { defineFilter, FilterFailure } from "./filter.ts";
import { readPairs } from "./kv-pairs.ts";
import { putFields } from "./merge-data.ts";

const schema = Type.Object({
  source: fieldOption("Field that holds the pairs.", "message"),
  target: Type.Optional(fieldOption("Field that becomes the object of all pairs. Without it the keys become fields of the event.")),
  fieldSeparators: Type.String({ default: " ", minLength: 1, description: "Characters, each of which ends a pair." }),
  valueSeparators: Type.String({ default: "=", minLength: 1, description: "Characters, each of which stands between key and value." }),
  quotes: Type.String({
    default: "\"'",
    description: "Characters that stand around a value with separators in it; within them a backslash keeps one of them.",
  }),
  includeBrackets: Type.Boolean({ default: true, description: "(…), […] and <…> around a value count as quotes." }),
  trimKey: Type.String({ default: "", description: "Characters that are taken off both ends of keys." }),
  trimValue: Type.String({ default: "", description: "Characters that are taken off both ends of values." }),
  prefix: Type.String({ default: "", description: "Text before the name of every key." }),
  includeKeys: Type.Optional(Type.Array(Type.String(), { description: "Keys that are kept, as they stand in the text; default all." })),
  excludeKeys: Type.Array(Type.String(), { default: [], description: "Keys that are left out, as they stand in the text." }),
  allowDuplicateValues: Type.Boolean({
    default: true,
    description: "The values of a key that stands there several times become a list; false leaves equal ones out of it.",
  }),
  pairsMax: Type.Integer({
    default: 1000,
    minimum: 1,
    maximum: 100_000,
    description: "Pairs that are read of a text; one with more is a failure, and the first of them are kept.",
  }),
});

/** Reads pairs of keys and values. */
export const kv = defineFilter({
  name: "kv",
  description: "Reads pairs such as `user=ada status=200`, quoted values too, and makes fields of them.",
  schema,
  failureTag: "_kv_filter_error",
  effects: () => ["fields"],
  check: ({ source, target, fieldSeparators, valueSeparators }) => [
    ...checkSource(source, ["source"]),
    ...(target === undefined ? [] : checkTarget(target, ["target"])),
    ...(target === "message" || target === "[message]" ? [{ path: ["target"], message: "pairs are no line: name another field" }] : []),
    ...(Array.from(fieldSeparators).some((one) => valueSeparators.includes(one))
      ? [{ path: ["valueSeparators"], message: "has a character that fieldSeparators has too: take it out of one of them" }]
      : []),
  ],
  create: (options) => {
    const { source, target, prefix, includeKeys, excludeKeys, allowDuplicateValues } = options;
    const from = pathOf(source);
    const to = target === undefined ? undefined : pathOf(target);
    const included = includeKeys === undefined ? undefined : new Set(includeKeys);
    const excluded = new Set(excludeKeys);
    const isKept = (key: string) => (included === undefined || included.has(key)) && !excluded.has(key);
    const read = readPairs(options);
    return {
      apply: (event) => {
        const text = from.get(event);
        if (text === undefined || text === null) return;
        if (typeof text !== "string") throw new FilterFailure(`${source} is no text`);
        const values: Record<string, unknown> = {};
        const isWhole = read(text, (key, value) => {
          if (isKept(key)) addValue(values, prefix + key, value, allowDuplicateValues);
        });
        if (to === undefined) putFields(event, values);
        else if (Object.keys(values).length > 0) to.set(event, values);
        if (!isWhole) throw new FilterFailure(`${source} has more than ${options.pairsMax} pairs: the others are left out`);
      },
    };
  },
});

function addValue(values: Record<string, unknown>, key: string, value: string, allowDuplicates: boolean): void {
  const known = Object.hasOwn(values, key) ? values[key] : undefined;
  if (known === undefined) assignField(values, key, value);
  else if (Array.isArray(known)) {
    if (allowDuplicates || !known.includes(value)) known.push(value);
  } else if (allowDuplicates || known !== value) assignField(values, key, [known, value]);
}
