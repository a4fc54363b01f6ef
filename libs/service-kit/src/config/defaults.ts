import type { Static, TSchema } from "typebox";
import { checkValue } from "./check.ts";
import { asJsonSchema, isMapping, schemasOfKey, type JsonSchema } from "./json-schema.ts";
import { chooseBranch } from "./union.ts";

/** What holds where nothing is said of a key, or of any key of a mapping. Asserts that the schema says it. */
export function defaultOf<T extends TSchema>(schema: T): Static<T> {
  const json = asJsonSchema(schema);
  const value = withDefaults(json, undefined);
  const problems = checkValue(json, value);
  if (problems.length > 0) throw new Error(`the schema has no default: ${problems.map(({ message }) => message).join("; ")}`);
  return value as Static<T>;
}

/**
 * A copy of `value` with the schema's defaults filled in, at every depth. A mapping that is required and missing is made
 * of its own keys' defaults; an optional one stays absent. Values of the wrong type are left for the check to report.
 */
export function withDefaults(schema: JsonSchema, value: unknown): unknown {
  const given = value === undefined && schema.default !== undefined ? structuredClone(schema.default) : value;
  if (schema.anyOf !== undefined) return given === undefined ? given : withDefaults(chooseBranch(schema.anyOf, given), given);
  if (Array.isArray(given)) return given.map((item: unknown) => (schema.items === undefined ? item : withDefaults(schema.items, item)));
  if (given === undefined && schema.properties !== undefined) return filled(schema, {});
  return isMapping(given) ? filled(schema, given) : given;
}

function filled(schema: JsonSchema, given: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const [keySchema] = schemasOfKey(schema, key);
    define(result, key, keySchema === undefined ? value : withDefaults(keySchema, value));
  }
  for (const [key, keySchema] of Object.entries(schema.properties ?? {})) {
    if (Object.hasOwn(given, key)) continue;
    if (schema.required?.includes(key) !== true && keySchema.default === undefined) continue;
    const value = withDefaults(keySchema, undefined);
    if (value !== undefined) define(result, key, value);
  }
  return result;
}

/** A key such as `__proto__` in a file must become a plain property. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
