import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { nearestName } from "./check.ts";
import { readFailure } from "./document.ts";
import { formatPath, isMapping, keysOf, schemasOfKey, type JsonSchema, type KeyPath } from "./json-schema.ts";
import { hasType } from "./union.ts";

/** The outcome of applying environment variables to a configuration. */
export interface EnvironmentResult {
  readonly value: Record<string, unknown>;
  /** Which variable set which path, by formatted path. */
  readonly origins: ReadonlyMap<string, string>;
  /** Complete sentences about variables that fit no key or cannot be read. */
  readonly problems: readonly string[];
}

/** `db-sink` → `GATELOG_DB_SINK_`. */
export function variablePrefix(app: string): string {
  return `GATELOG_${upperSnake(app)}_`;
}

/** `rowsMax` → `ROWS_MAX`, `db-sink` → `DB_SINK`. */
export function upperSnake(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toUpperCase();
}

/**
 * Overrides keys by `GATELOG_<APP>_<KEY>[__<NESTED>…][_FILE]`.
 *
 * **Shape**: `GATELOG_DB_SINK_BATCH__ROWS_MAX=500`; lists and mappings as JSON; `…_FILE` names a file that holds the value.
 */
export function applyEnvironment(input: {
  readonly app: string;
  readonly schema: JsonSchema;
  readonly value: Record<string, unknown>;
  readonly env: Readonly<Record<string, string | undefined>>;
}): EnvironmentResult {
  const value = copyOf(input.value) as Record<string, unknown>;
  const origins = new Map<string, string>();
  const problems: string[] = [];
  const prefix = variablePrefix(input.app);
  // Shorter names first: a whole mapping given as JSON is refined by its single keys, in any order of the environment.
  const names = Object.keys(input.env).filter((name) => name.startsWith(prefix));
  for (const name of names.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
    const raw = input.env[name];
    if (raw === undefined) continue;
    const target = findTarget(input.schema, name.slice(prefix.length));
    if (target === undefined) {
      problems.push(unknownVariable(name, prefix, input.schema));
      continue;
    }
    const twin = origins.get(formatPath(target.path));
    if (twin !== undefined) {
      problems.push(`environment variables ${twin} and ${name} set the same key: keep one of them`);
      continue;
    }
    const text = target.fromFile ? readSecret(raw) : { text: raw };
    if ("failure" in text) {
      problems.push(`environment variable ${name}: cannot read the file ${raw}: ${text.failure}`);
      continue;
    }
    setAt(value, target.path, parseText(target.schema, text.text));
    origins.set(formatPath(target.path), name);
  }
  return { value, origins, problems };
}

/** Mappings and lists are copied; a function, which a configuration that is code may hold, stays the same one. */
function copyOf(value: unknown, copies = new Map<unknown, unknown>()): unknown {
  if (copies.has(value)) return copies.get(value);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    copies.set(value, list);
    for (const item of value as readonly unknown[]) list.push(copyOf(item, copies));
    return list;
  }
  if (!isMapping(value)) return value;
  const mapping: Record<string, unknown> = {};
  copies.set(value, mapping);
  for (const [key, item] of Object.entries(value)) {
    // A key such as `__proto__` in a file must become a plain property.
    Object.defineProperty(mapping, key, { value: copyOf(item, copies), enumerable: true, configurable: true, writable: true });
  }
  return mapping;
}

interface Target {
  readonly path: KeyPath;
  readonly schema: JsonSchema;
  readonly fromFile: boolean;
}

function findTarget(root: JsonSchema, rest: string): Target | undefined {
  const plain = walk(root, rest.split("__"));
  if (plain !== undefined) return { ...plain, fromFile: false };
  if (!rest.endsWith("_FILE")) return undefined;
  const secret = walk(root, rest.slice(0, -"_FILE".length).split("__"));
  return secret === undefined ? undefined : { ...secret, fromFile: true };
}

function walk(root: JsonSchema, segments: readonly string[]): { path: KeyPath; schema: JsonSchema } | undefined {
  let schema = root;
  const path: string[] = [];
  for (const segment of segments) {
    const key = keysOf(schema).find((candidate) => upperSnake(candidate) === segment);
    const next = key === undefined ? undefined : schemasOfKey(schema, key)[0];
    if (key === undefined || next === undefined) return undefined;
    path.push(key);
    schema = next;
  }
  return { path, schema };
}

function unknownVariable(name: string, prefix: string, schema: JsonSchema): string {
  const valid = variableNames(schema, prefix);
  const nearest = nearestName(name, valid);
  return `environment variable ${name} matches no key${nearest === undefined ? "; see the reference of configuration keys" : `, did you mean ${nearest}?`}`;
}

/** Every variable that a schema knows, without the `_FILE` forms. */
export function variableNames(schema: JsonSchema, prefix: string): readonly string[] {
  return keysOf(schema).flatMap((key) => {
    const name = prefix + upperSnake(key);
    return [name].concat(schemasOfKey(schema, key).flatMap((inner) => variableNames(inner, `${name}__`)));
  });
}

function readSecret(file: string): { text: string } | { failure: string } {
  try {
    return { text: readFileSync(resolve(file), "utf8").replace(/\r?\n$/, "") };
  } catch (error) {
    return { failure: readFailure(error) };
  }
}

/** Text as the schema's type; text that does not fit stays text, and the check says what was expected. */
function parseText(schema: JsonSchema, text: string): unknown {
  const parsed = parseJson(text);
  if (parsed !== undefined && typeof parsed !== "string" && hasType(schema, parsed)) return parsed;
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function setAt(root: Record<string, unknown>, path: KeyPath, value: unknown): void {
  let target = root;
  for (const key of path.slice(0, -1)) {
    const inner = target[key];
    const next = isMapping(inner) ? inner : {};
    target[key] = next;
    target = next;
  }
  const last = path.at(-1);
  if (last !== undefined) target[last] = value;
}
