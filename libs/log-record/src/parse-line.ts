import { isUtf8 } from "node:buffer";
import { Compile } from "typebox/compile";
import { markSchema } from "./mark.ts";
import { readEscapedPairs } from "./nginx-escapes.ts";
import type { ParsedLine, ReadOptions } from "./parsed-line.ts";
import { readFields } from "./read-fields.ts";
import { isSeed, readSeed } from "./read-seed.ts";

type RecordLine = Extract<ParsedLine, { kind: "record" }>;

const markValidator = Compile(markSchema);
const badBytes = "bytes that are not UTF-8 were replaced";

/**
 * Reads a line of whatever origin: v1 in any key order, seed lines, and what the original nginx writes (escapes, `-`, empty fields).
 *
 * **Errors**: none; what is no record comes back as `unparsed` with a reason that quotes nothing of the line.
 * **Guarantee**: a pure function of the line and the options. Unknown keys are kept; an own id counts only with `v: 1` and a valid
 * UUID (in lower case). Bytes that are not UTF-8 become U+FFFD, and the record says so.
 */
export function parseLine(line: Uint8Array | string, options: ReadOptions): ParsedLine {
  const { text, hasBadBytes } = decode(line);
  const parsed = parseText(text, options);
  return hasBadBytes && parsed.kind === "record" ? withFault(parsed, badBytes) : parsed;
}

function parseText(text: string, options: ReadOptions): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return parseEscaped(text, options);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return unparsed(text, "not a JSON object");
  const object = value as Readonly<Record<string, unknown>>;
  if (object["v"] === 1) return isMark(object) ? parseMark(object, text) : readFields(object, "v1", options);
  if (isSeed(object)) return readSeed(object, options);
  if (typeof object["requestTime"] === "string") return withFault(readFields(object, "foreign", options), "of an unknown version or maker");
  return unparsed(text, "a JSON object, but neither a record nor a mark");
}

function parseEscaped(text: string, options: ReadOptions): ParsedLine {
  const escaped = text.includes("\\x") ? readEscapedPairs(text) : undefined;
  if (escaped === undefined || !isSeed(escaped.pairs)) return unparsed(text, "not valid JSON");
  const parsed = readSeed(escaped.pairs, options);
  return escaped.hasBadBytes ? withFault(parsed, badBytes) : parsed;
}

/** A record has an id and a mark has none, so that a record with a key `type` of its own stays a record. */
function isMark(object: Readonly<Record<string, unknown>>): boolean {
  return object["type"] === "mark" && object["id"] === undefined;
}

function parseMark(object: unknown, text: string): ParsedLine {
  return markValidator.Check(object) ? { kind: "mark", mark: object } : unparsed(text, "a mark whose fields do not fit");
}

function unparsed(raw: string, error: string): ParsedLine {
  return { kind: "unparsed", error, raw };
}

function withFault(line: RecordLine, fault: string): RecordLine {
  return { ...line, parseError: line.parseError === undefined ? fault : `${fault}; ${line.parseError}` };
}

function decode(line: Uint8Array | string): { text: string; hasBadBytes: boolean } {
  if (typeof line === "string") return { text: withoutByteOrderMark(line), hasBadBytes: false };
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("utf8");
  return { text: withoutByteOrderMark(text), hasBadBytes: text.includes("\uFFFD") && !isUtf8(line) };
}

function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
