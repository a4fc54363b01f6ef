import type { TSchema } from "typebox";
import { isFillable } from "./describe-keys.ts";
import { asJsonSchema, isMapping, isOpen, type JsonSchema } from "./json-schema.ts";

/**
 * The JSON Schema of a configuration *file*, for editors: keys with defaults may be left out, unknown ones are refused, and
 * only standard keywords are left.
 */
export function toEditorSchema(schema: TSchema, title: string): Record<string, unknown> {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title, ...convert(asJsonSchema(schema)) };
}

/** Keywords that mean something to gatelog only. */
const ownKeywords = new Set(["resolve", "secret", "expected", "unit", "typescript"]);

function convert(schema: JsonSchema): Record<string, unknown> {
  const entries = Object.entries(schema).filter(([keyword]) => !ownKeywords.has(keyword));
  const result: Record<string, unknown> = Object.fromEntries(entries.map(([keyword, value]) => [keyword, convertValue(keyword, value)]));
  const description = describe(schema);
  if (description !== "") result["description"] = description;
  if (schema.properties !== undefined) {
    result["required"] = (schema.required ?? []).filter((key) => !isFillable(schema.properties?.[key] ?? {}));
    if (!isOpen(schema)) result["additionalProperties"] = false;
  }
  return result;
}

function convertValue(keyword: string, value: unknown): unknown {
  if (value instanceof RegExp) return value.source;
  if (Array.isArray(value)) return keyword === "anyOf" ? value.map((branch: JsonSchema) => convert(branch)) : value;
  if (!isMapping(value) || keyword === "default") return value;
  if (keyword === "properties" || keyword === "patternProperties") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, convert(inner as JsonSchema)]));
  }
  return convert(value);
}

function describe(schema: JsonSchema): string {
  const unit = schema.unit === undefined ? "" : `Unit: ${schema.unit}.`;
  return [schema.description ?? "", unit].filter((text) => text !== "").join(" ");
}
