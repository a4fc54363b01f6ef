import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isMap, isAlias, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";
import { codeOf } from "../local-checks.ts";
import { ConfigError } from "../start-error.ts";
import { isMapping, type KeyPath } from "./json-schema.ts";

/** A file as a plain value, and where each key stands in it. */
export interface ConfigDocument {
  readonly value: Record<string, unknown>;
  /** The files that it was read from: itself and, where it is code, what it imports. */
  readonly files: readonly string[];
  /** `file:line:column` of the key, or of the nearest thing around it that exists. */
  readonly locate: (path: KeyPath) => string;
}

/** Largest configuration file; a mistaken path to a log must not fill the memory. */
const fileBytesMax = 4 * 1024 * 1024;

/** Reads a YAML file whose root is a mapping; an empty one is an empty mapping. **Errors**: ConfigError. */
export function readDocument(file: string): ConfigDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter, prettyErrors: false, merge: true });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  // A warning is a tag that nobody resolves, e.g. `!secret x`: its value would be taken literally.
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw new ConfigError(faults.map((fault) => `${at(fault.pos[0])}: this is not valid YAML: ${oneLine(fault.message)}`));
  }
  const value = toPlain(document, file);
  if (!isMapping(value)) throw new ConfigError([`${file}:1:1: expected keys with values (\`key: value\`) at the top of the file`]);
  return { value, files: [resolve(file)], locate: (path) => at(offsetOf(document, path)) };
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new ConfigError([`cannot read the configuration file ${file}: ${readFailure(error)}`], error);
  }
  if (bytes.length > fileBytesMax)
    throw new ConfigError([`${file}: a configuration file is at most ${fileBytesMax} bytes, this has ${bytes.length}`]);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError([`${file}: this file is not UTF-8 text`], error);
  }
}

/** Why a file cannot be read, without the path and the system call. */
export function readFailure(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a directory";
  if (code === "EACCES" || code === "EPERM") return "no permission to read it";
  return error instanceof Error ? error.message : String(error);
}

function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    // Aliases that multiply beyond the library's limit ("billion laughs").
    throw new ConfigError([`${file}: this YAML cannot be read: ${oneLine(readFailure(error))}`], error);
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").trim();
}

function offsetOf(document: Document, path: KeyPath): number {
  let node: unknown = document.contents;
  let offset = start(node) ?? 0;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    const found = step(node, key);
    if (found === undefined) break;
    offset = start(found.label) ?? offset;
    node = found.value;
  }
  return offset;
}

/** What stands for the key (its own text, or the list item) and the node below it. */
function step(node: unknown, key: string | number): { label: unknown; value: unknown } | undefined {
  if (isSeq(node) && typeof key === "number") {
    const item = node.items[key];
    return item === undefined ? undefined : { label: item, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key));
  return pair === undefined ? undefined : { label: pair.key, value: pair.value };
}

function start(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
