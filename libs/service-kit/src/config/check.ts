import { distance } from "fastest-levenshtein";
import type { ConfigProblem } from "../start-error.ts";
import { describeExpected, describeFound } from "./describe.ts";
import { isMapping, isOpen, keysOf, schemasOfKey, type JsonSchema, type KeyPath } from "./json-schema.ts";
import { chooseBranch, hasType } from "./union.ts";

/** Everything that is wrong with a value whose defaults are filled in; one problem per place. */
export function checkValue(schema: JsonSchema, value: unknown, path: KeyPath = []): readonly ConfigProblem[] {
  if (schema.anyOf !== undefined) return checkUnion(schema, schema.anyOf, value, path);
  if (!hasType(schema, value)) return [unexpected(schema, value, path)];
  if (isMapping(value)) return checkMapping(schema, value, path);
  if (Array.isArray(value)) return checkList(schema, value, path);
  return isInRange(schema, value) ? [] : [unexpected(schema, value, path)];
}

/** `"bufer" is not a known key, did you mean "buffer"?`; lists the valid names where none is near. */
export function unknownKeyMessage(key: string, valid: readonly string[]): string {
  const nearest = nearestName(key, valid);
  if (nearest !== undefined) return `unknown key "${key}", did you mean "${nearest}"?`;
  return valid.length === 0 ? `unknown key "${key}", no keys are allowed here` : `unknown key "${key}", valid are: ${valid.join(", ")}`;
}

/** The valid name that is most likely meant, if one is near enough. */
export function nearestName(name: string, valid: readonly string[]): string | undefined {
  const plain = name.toLowerCase();
  const scored = valid.map((candidate) => ({ candidate, edits: distance(plain, candidate.toLowerCase()) }));
  const best = scored.toSorted((a, b) => a.edits - b.edits)[0];
  return best !== undefined && best.edits <= Math.max(2, Math.floor(name.length * 0.4)) ? best.candidate : undefined;
}

function unexpected(schema: JsonSchema, value: unknown, path: KeyPath): ConfigProblem {
  return { path, message: `expected ${describeExpected(schema)}, found ${describeFound(schema, value)}` };
}

function checkUnion(schema: JsonSchema, branches: readonly JsonSchema[], value: unknown, path: KeyPath): readonly ConfigProblem[] {
  const possible = branches.filter((branch) => hasType(branch, value));
  if (possible.length === 0) return [unexpected(schema, value, path)];
  if (possible.some((branch) => checkValue(branch, value, path).length === 0)) return [];
  return checkValue(chooseBranch(possible, value), value, path);
}

function checkMapping(schema: JsonSchema, value: Record<string, unknown>, path: KeyPath): readonly ConfigProblem[] {
  return [
    ...Object.entries(value).flatMap(([key, item]) => checkEntry(schema, key, item, [...path, key])),
    ...missingKeys(schema, value, path),
    ...checkChoices(schema, value, path),
    ...checkCount(schema, Object.keys(value).length, path),
  ];
}

function checkEntry(schema: JsonSchema, key: string, item: unknown, path: KeyPath): readonly ConfigProblem[] {
  const [keySchema] = schemasOfKey(schema, key);
  if (keySchema !== undefined) return checkValue(keySchema, item, path);
  // A mapping without declared keys and patterns is free; with patterns, a key that matches none is unknown.
  const isFree = isOpen(schema) && schema.patternProperties === undefined;
  if (isFree) return [];
  const patterns = Object.keys(schema.patternProperties ?? {});
  const message = patterns.length > 0 ? `the key "${key}" does not match ${patterns.join(" or ")}` : unknownKeyMessage(key, keysOf(schema));
  return [{ path, message }];
}

function missingKeys(schema: JsonSchema, value: Record<string, unknown>, path: KeyPath): readonly ConfigProblem[] {
  return (schema.required ?? [])
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => ({ path: [...path, key], message: `missing, expected ${describeExpected(schema.properties?.[key] ?? {})}` }));
}

/** The `oneOf` of `exactlyOne`: branches that each require one key. */
function checkChoices(schema: JsonSchema, value: Record<string, unknown>, path: KeyPath): readonly ConfigProblem[] {
  const choices = (schema.oneOf ?? []).flatMap((branch) => branch.required ?? []);
  if (choices.length === 0) return [];
  const given = choices.filter((key) => Object.hasOwn(value, key));
  if (given.length === 1) return [];
  if (choices.length === 1) return [{ path, message: `the key ${choices[0]} is missing` }];
  const found = given.length === 0 ? "none of them" : given.join(" and ");
  return [{ path, message: `expected exactly one of the keys ${choices.join(", ")}, found ${found}` }];
}

function checkCount(schema: JsonSchema, count: number, path: KeyPath): readonly ConfigProblem[] {
  const { minProperties = 0, maxProperties = Infinity } = schema;
  if (count < minProperties) return [{ path, message: `expected at least ${minProperties} keys, found ${count}` }];
  return count > maxProperties ? [{ path, message: `expected at most ${maxProperties} keys, found ${count}` }] : [];
}

function checkList(schema: JsonSchema, value: readonly unknown[], path: KeyPath): readonly ConfigProblem[] {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  const size = value.length < minItems || value.length > maxItems;
  const own = size ? [{ path, message: `expected ${describeExpected(schema)}, found ${value.length}` }] : [];
  const repeated = schema.uniqueItems === true && new Set(value.map((item) => JSON.stringify(item))).size < value.length;
  const doubles = repeated ? [{ path, message: "expected no item twice" }] : [];
  return [...own, ...doubles, ...(items === undefined ? [] : value.flatMap((item, index) => checkValue(items, item, [...path, index])))];
}

function isInRange(schema: JsonSchema, value: unknown): boolean {
  if (typeof value === "number") return isNumberInRange(schema, value);
  if (typeof value !== "string") return true;
  const { minLength = 0, maxLength = Infinity, pattern } = schema;
  const length = value.length;
  return length >= minLength && length <= maxLength && (pattern === undefined || new RegExp(pattern, "u").test(value));
}

function isNumberInRange(schema: JsonSchema, value: number): boolean {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema;
  if (!Number.isFinite(value) || (schema.type === "integer" && !Number.isSafeInteger(value))) return false;
  if (schema.multipleOf !== undefined && value % schema.multipleOf !== 0) return false;
  return value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum;
}
