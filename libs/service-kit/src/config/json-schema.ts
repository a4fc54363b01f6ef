import type { TSchema } from "typebox";

/** The keywords of a schema that configuration schemas use, as plain JSON Schema plus our annotations. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string | RegExp;
  readonly default?: unknown;
  readonly description?: string;
  /** Unit of a number, e.g. `ms`, `bytes`; shown in errors and in the reference. */
  readonly unit?: string;
  /** What a string must look like, in words; shown instead of the pattern. */
  readonly expected?: string;
  /** The value is never printed. */
  readonly secret?: boolean;
  /** How the string is made absolute after loading. */
  readonly resolve?: string;
  /** Its TypeScript type as text, where the schema cannot say it: a function. */
  readonly typescript?: string;
}

/** The same schema, seen as plain JSON Schema. TypeBox's types say nothing about keywords of a general TSchema. */
export function asJsonSchema(schema: TSchema): JsonSchema {
  return schema;
}

export type KeyPath = readonly (string | number)[];

/** Whether a value is a mapping. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `outputs[0].topic.name`; keys that are not plain words are quoted. */
export function formatPath(path: KeyPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    if (!/^[\w-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/**
 * The schemas that apply to `key` of an object schema; several where the schema is a union.
 * Undefined entries never occur; an empty list means that the key is unknown.
 */
export function schemasOfKey(schema: JsonSchema, key: string): readonly JsonSchema[] {
  const own = schema.properties !== undefined && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
  if (own !== undefined) return [own];
  const patterns = Object.entries(schema.patternProperties ?? {});
  const matching = patterns.filter(([pattern]) => new RegExp(pattern, "u").test(key)).map(([, value]) => value);
  if (matching.length > 0) return matching.slice(0, 1);
  if (isMapping(schema.additionalProperties)) return [schema.additionalProperties];
  return (schema.anyOf ?? []).flatMap((branch) => schemasOfKey(branch, key));
}

/** Names of the keys that an object schema, or any branch of a union, declares. */
export function keysOf(schema: JsonSchema): readonly string[] {
  const own = Object.keys(schema.properties ?? {});
  return [...new Set([...own, ...(schema.anyOf ?? []).flatMap(keysOf)])];
}

/** Whether an object schema takes keys beyond its declared ones. */
export function isOpen(schema: JsonSchema): boolean {
  return (
    schema.additionalProperties === true ||
    isMapping(schema.additionalProperties) ||
    schema.patternProperties !== undefined ||
    schema.properties === undefined
  );
}
