import { isMapping, type JsonSchema } from "./json-schema.ts";

/** What a schema accepts, in words that follow "expected": `an integer from 1 to 65535 (ms)`. */
export function describeExpected(schema: JsonSchema): string {
  if (schema.expected !== undefined) return schema.expected;
  if (schema.anyOf !== undefined) return joinOr(schema.anyOf.flatMap(alternatives));
  if (schema.enum !== undefined || schema.const !== undefined) return joinOr(alternatives(schema));
  return (schema.type === undefined ? "a value" : (typeNames[schema.type]?.(schema) ?? schema.type)) + unitOf(schema);
}

/** What was found, in words: the value where it is short and no secret, else its kind. */
export function describeFound(schema: JsonSchema, value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  if (schema.secret === true) return typeof value === "string" ? "another string" : `a ${typeof value}`;
  // JSON has no NaN and no infinity, YAML has.
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  if (schema.type === "string" && typeof value !== "string") return `${text}, which YAML takes for a ${typeof value}: put it in quotes`;
  return text.length > foundCharsMax ? `${text.slice(0, foundCharsMax)}…` : text;
}

const foundCharsMax = 80;

const typeNames: Readonly<Record<string, (schema: JsonSchema) => string>> = {
  object: () => "a mapping (keys with values)",
  array: (schema) => `a list${counts(schema.minItems, schema.maxItems, "items")}`,
  string: (schema) => `${schema.minLength === 1 ? "a string that is not empty" : "a string"}${textRules(schema)}`,
  integer: (schema) => `an integer${range(schema)}`,
  number: (schema) => `a number${range(schema)}`,
  boolean: () => "true or false",
  null: () => "null",
};

function alternatives(schema: JsonSchema): readonly string[] {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value));
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  return [describeExpected(schema)];
}

function joinOr(words: readonly string[]): string {
  const unique = [...new Set(words)];
  return unique.length > 1 ? `${unique.slice(0, -1).join(", ")} or ${unique.at(-1)}` : (unique[0] ?? "nothing");
}

function unitOf(schema: JsonSchema): string {
  return schema.unit === undefined ? "" : ` (${schema.unit})`;
}

function range(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const bounds = minimum !== undefined && maximum !== undefined ? [` from ${minimum} to ${maximum}`] : [];
  if (bounds.length === 0 && minimum !== undefined) bounds.push(` of at least ${minimum}`);
  if (bounds.length === 0 && maximum !== undefined) bounds.push(` of at most ${maximum}`);
  if (exclusiveMinimum !== undefined) bounds.push(` above ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined) bounds.push(` below ${exclusiveMaximum}`);
  if (multipleOf !== undefined) bounds.push(` that is a multiple of ${multipleOf}`);
  return bounds.join(" and");
}

function counts(min: number | undefined, max: number | undefined, noun: string): string {
  if (min !== undefined && max !== undefined) return ` of ${min} to ${max} ${noun}`;
  if (min !== undefined) return ` of at least ${min} ${noun}`;
  return max === undefined ? "" : ` of at most ${max} ${noun}`;
}

function textRules(schema: JsonSchema): string {
  const { minLength, maxLength, pattern } = schema;
  const length = counts(minLength === 1 ? undefined : minLength, maxLength, "characters");
  return pattern === undefined ? length : `${length} that matches ${pattern instanceof RegExp ? pattern.source : pattern}`;
}
