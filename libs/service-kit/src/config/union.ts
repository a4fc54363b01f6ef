import { isMapping, isOpen, keysOf, schemasOfKey, type JsonSchema } from "./json-schema.ts";

/** The branch of a union that the value was most likely meant for, so that defaults and errors are those of that branch. */
export function chooseBranch(branches: readonly JsonSchema[], value: unknown): JsonSchema {
  const scored = branches.map((branch) => ({ branch, score: score(branch, value) }));
  const best = scored.reduce<{ branch: JsonSchema; score: number } | undefined>(
    (best, candidate) => (best === undefined || candidate.score > best.score ? candidate : best),
    undefined,
  );
  if (best === undefined) throw new Error("a union without branches in a configuration schema");
  return best.branch;
}

/** Whether the value has the schema's JSON type; its inside is not looked at. */
export function hasType(schema: JsonSchema, value: unknown): boolean {
  if (schema.anyOf !== undefined) return schema.anyOf.some((branch) => hasType(branch, value));
  if (schema.enum !== undefined) return schema.enum.includes(value);
  if (schema.const !== undefined) return schema.const === value;
  if (schema.type === "object") return isMapping(value);
  if (schema.type === "array") return Array.isArray(value);
  if (schema.type === "null") return value === null;
  if (schema.type === "integer") return Number.isInteger(value);
  return schema.type === undefined || typeof value === schema.type;
}

function score(branch: JsonSchema, value: unknown): number {
  if (!hasType(branch, value)) return -1000;
  if (!isMapping(value)) return 0;
  const keys = Object.keys(value);
  const known = keys.filter((key) => schemasOfKey(branch, key).length > 0).length;
  const unknown = isOpen(branch) ? 0 : keys.length - known;
  const missing = (branch.required ?? []).filter((key) => !(key in value) && !hasDefault(branch.properties?.[key])).length;
  const contradicted = keysOf(branch).filter((key) => key in value && isWrongTag(branch.properties?.[key], value[key])).length;
  return 2 * known - 2 * unknown - missing - 10 * contradicted;
}

function hasDefault(schema: JsonSchema | undefined): boolean {
  return schema?.default !== undefined || schema?.properties !== undefined;
}

function isWrongTag(schema: JsonSchema | undefined, value: unknown): boolean {
  return schema?.const !== undefined && schema.const !== value;
}
