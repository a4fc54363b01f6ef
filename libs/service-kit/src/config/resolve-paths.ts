import { resolve } from "node:path";
import { isMapping, schemasOfKey, type JsonSchema } from "./json-schema.ts";
import { chooseBranch } from "./union.ts";

/** A copy of a checked value with every path and `file:` URL made absolute against `directory`, frozen at every depth. */
export function resolvePaths(schema: JsonSchema, value: unknown, directory: string): unknown {
  if (schema.anyOf !== undefined) return resolvePaths(chooseBranch(schema.anyOf, value), value, directory);
  if (typeof value === "string") return resolveText(schema, value, directory);
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => resolvePaths(schema.items ?? {}, item, directory)));
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, resolvePaths(schemasOfKey(schema, key)[0] ?? {}, item, directory)]);
  return Object.freeze(Object.fromEntries(entries));
}

function resolveText(schema: JsonSchema, text: string, directory: string): string {
  if (schema.resolve === "path") return resolve(directory, text);
  if (schema.resolve === "fileUrl") return resolveFileUrl(text, directory);
  return text;
}

/** `file:./x.db?mode=ro` and `file:x.db` are relative; `file:/x.db`, `file:///x.db` and other schemes are not touched. */
function resolveFileUrl(url: string, directory: string): string {
  const match = /^file:(?!\/)(?<path>[^?]*)(?<query>.*)$/s.exec(url);
  if (match?.groups === undefined) return url;
  return `file:${resolve(directory, match.groups["path"] ?? "")}${match.groups["query"] ?? ""}`;
}
