import { Type } from "typebox";
import { changeFields, eachValue } from "./convert-fields.ts";
import { checkTargetKeys, effectsOn } from "./field-option.ts";
import { textOf } from "./field-path.ts";
import { defineFilter, FilterFailure } from "./filter.ts";

const types = ["integer", "float", "boolean", "string"] as const;
export type TypeName = (typeof types)[number];

const schema = Type.Object({
  fields: Type.Record(Type.String(), Type.Union(types.map((name) => Type.Literal(name))), {
    minProperties: 1,
    description: `Types by the names of the fields: ${types.join(", ")}.`,
  }),
});

/** Makes numbers and truths of texts. */
export const convert = defineFilter({
  name: "convert",
  description:
    "Makes integers, floats, booleans or texts of fields' values, or of each value of a list; what cannot be one stays, and is a failure.",
  schema,
  failureTag: "_mutate_error",
  effects: ({ fields }) => effectsOn(Object.keys(fields)),
  check: ({ fields }) => checkTargetKeys(fields, ["fields"]),
  create: ({ fields }) =>
    changeFields(Object.entries(fields).map(([field, type]) => [field, eachValue((value) => converted(value, type))])),
});

/** A value as a type has it; throws FilterFailure where it cannot be. */
export function converted(value: unknown, type: TypeName): unknown {
  if (type === "string") return textOf(value);
  if (type === "boolean") return toBoolean(value);
  const number = toNumber(value);
  if (number === undefined) throw new FilterFailure(`has ${shown(value)}, which is no number`);
  if (type === "float") return number;
  const integer = Math.trunc(number);
  if (!Number.isSafeInteger(integer)) throw new FilterFailure(`has ${shown(value)}, which would lose digits as an integer`);
  return integer;
}

/** Thousands may be set off by commas. */
function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string" || value.length > 400) return undefined;
  const text = value.trim();
  if (!/^[+-]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const number = Number(text.replaceAll(",", ""));
  return Number.isFinite(number) ? number : undefined;
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ...["true", "t", "yes", "y", "1", "1.0"].map((word) => [word, true] as const),
  ...["false", "f", "no", "n", "0", "0.0", ""].map((word) => [word, false] as const),
]);

function toBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  const truth = truths.get(textOf(value).slice(0, 8).toLowerCase());
  if (truth === undefined) throw new FilterFailure(`has ${shown(value)}, which is neither true nor false`);
  return truth;
}

function shown(value: unknown): string {
  return JSON.stringify(textOf(value).slice(0, 60));
}
