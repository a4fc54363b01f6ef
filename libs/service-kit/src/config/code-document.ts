import { resolve } from "node:path";
import { ConfigError } from "../start-error.ts";
import type { ConfigDocument } from "./document.ts";
import { formatPath, isMapping, type KeyPath } from "./json-schema.ts";

/** What a file that is code gives. */
export interface CodeValue {
  /** Its default export. */
  readonly value: unknown;
  /** Absolute paths of the file and of what it imports. */
  readonly files: readonly string[];
}

/** Runs a file that is code. **Errors**: ConfigError with `file:line` of what is wrong in it. */
export type CodeReader = (file: string) => CodeValue;

/** Whether a configuration is code, by the end of its name. */
export function isCodeFile(file: string): boolean {
  return /\.[cm]?[jt]s$/.test(file);
}

/**
 * Reads a configuration that is code: its default export is the same value that a YAML file would hold, where functions may stand as well.
 *
 * **Errors**: ConfigError. Where a key stands is known as the file alone: a value does not say which line made it.
 */
export function readCodeDocument(file: string, read: CodeReader): ConfigDocument {
  const { value, files } = read(file);
  if (!isMapping(value)) throw new ConfigError([`${file}: expected a configuration as the default export (\`export default …\`)`]);
  const trouble = unusualIn(value, [], new Set());
  if (trouble !== undefined) throw new ConfigError([`${file}: ${trouble}`]);
  return { value, files: [...new Set([resolve(file), ...files])], locate: () => file };
}

/** What a configuration cannot hold: circles, and objects that are more than keys with values. */
function unusualIn(value: unknown, path: KeyPath, around: ReadonlySet<unknown>): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const place = path.length === 0 ? "" : `${formatPath(path)}: `;
  if (around.has(value)) return `${place}this is a part of itself`;
  if (!Array.isArray(value) && !isPlain(value)) return `${place}expected plain keys and values, found a ${value.constructor.name}`;
  const inside = new Set(around).add(value);
  for (const [key, item] of Object.entries(value)) {
    const trouble = unusualIn(item, [...path, Array.isArray(value) ? Number(key) : key], inside);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
