import type { TSchema } from "typebox";
import { describeExpected } from "./describe.ts";
import { asJsonSchema, type JsonSchema } from "./json-schema.ts";

/** One key of a configuration, for its reference page. */
export interface KeyDescription {
  /** `outputs[].topic.name`; `<key>` stands for a name that the user chooses. */
  readonly path: string;
  /** What the value is, in words. */
  readonly type: string;
  /** The default as JSON, where there is one. */
  readonly default?: string;
  /** The key must be given wherever the mapping around it is. */
  readonly required: boolean;
  readonly description: string;
}

/** Every key of a configuration schema, in the schema's order, mappings before what they hold. */
export function describeKeys(schema: TSchema): readonly KeyDescription[] {
  return keysOfMapping(asJsonSchema(schema), "");
}

/** Whether a required key may be left out, since its default or its keys' defaults stand in. */
export function isFillable(schema: JsonSchema): boolean {
  if (schema.default !== undefined) return true;
  if (schema.properties === undefined || choicesOf(schema).length > 0) return false;
  return (schema.required ?? []).every((key) => isFillable(schema.properties?.[key] ?? {}));
}

/** The keys of which exactly one must be given. */
export function choicesOf(schema: JsonSchema): readonly string[] {
  return (schema.oneOf ?? []).flatMap((branch) => branch.required ?? []);
}

function keysOfMapping(schema: JsonSchema, prefix: string): readonly KeyDescription[] {
  const named = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const required = schema.required?.includes(key) === true && !isFillable(value);
    return describeKey(value, prefix + key, required);
  });
  const free = Object.values(schema.patternProperties ?? {}).flatMap((value) => describeKey(value, `${prefix}<key>`, false));
  return [...named, ...free];
}

function describeKey(schema: JsonSchema, path: string, required: boolean): readonly KeyDescription[] {
  const own: KeyDescription = {
    path,
    type: typeOf(schema),
    required,
    description: descriptionOf(schema),
    ...(schema.default === undefined ? {} : { default: JSON.stringify(schema.default) }),
  };
  return [own, ...below(schema, path)];
}

function below(schema: JsonSchema, path: string): readonly KeyDescription[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((branch) => below(branch, path));
  if (schema.items !== undefined) return below(schema.items, `${path}[]`);
  return keysOfMapping(schema, `${path}.`);
}

function typeOf(schema: JsonSchema): string {
  if (schema.type === "array" && schema.items !== undefined) return `${describeExpected(schema)}, each ${typeOf(schema.items)}`;
  if (schema.type === "object") return "a mapping";
  return describeExpected(schema);
}

function descriptionOf(schema: JsonSchema): string {
  const choices = choicesOf(schema.items ?? schema);
  const choice = choices.length > 1 ? `Exactly one of ${choices.join(", ")}.` : "";
  const description = schema.description ?? schema.items?.description ?? "";
  return [description, choice].filter((text) => text !== "").join(" ");
}
