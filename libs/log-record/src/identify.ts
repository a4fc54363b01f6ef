import { parseLine } from "./parse-line.ts";
import type { ParsedLine, ReadOptions } from "./parsed-line.ts";
import { carriedTime, epochTime } from "./time.ts";
import { isUuid } from "./uuid.ts";

/** What the first stage fixes of a line: its own id where it has one, its time, and what kind of line it is. */
export interface LineIdentity {
  /** The record's own UUID, in lower case; absent where the stage has to derive one. */
  readonly id?: string;
  /** `requestTime` in ISO UTC with milliseconds; `1970-01-01T00:00:00.000Z` where unreadable or outside 2015–2100. */
  readonly time: string;
  readonly type: "record" | "mark";
}

const beforeId = Buffer.from('{"v":1,"id":"');
const betweenIdAndTime = Buffer.from('","requestTime":"');
const idStart = beforeId.length;
const idEnd = idStart + 36;
const timeStart = idEnd + betweenIdAndTime.length;
/** `YYYY-MM-DDTHH:mm:ss.sss+HH:mm` has 29 bytes; a longer time goes the long way. */
const timeBytesMax = 32;

const quote = 0x22;
const backslash = 0x5c;

/**
 * The identity of a line, from its bytes where it begins as our gateway writes it, by parsing it in every other case.
 *
 * **Guarantee**: a pure function of the line and `seedTimeZone`, equal to what parseLine says, in whatever order the keys are. A line
 * that was torn while it was written has no own id (its call may have been written again, whole): its strings and brackets must close.
 */
export function identify(line: Uint8Array, options: ReadOptions): LineIdentity {
  return identifyBytes(line) ?? identityOf(parseLine(line, options), options);
}

/** The identity of a line that was parsed already. */
export function identityOf(parsed: ParsedLine, options: ReadOptions): LineIdentity {
  if (parsed.kind === "mark") return { time: epochTime, type: "mark" };
  if (parsed.kind === "unparsed") return { time: epochTime, type: "record" };
  const { id, requestTime } = parsed.record;
  const time = carriedTime(requestTime, options.seedTimeZone);
  return id === "" ? { time, type: "record" } : { id, time, type: "record" };
}

function identifyBytes(line: Uint8Array): LineIdentity | undefined {
  if (!hasBytesAt(line, beforeId, 0) || !hasBytesAt(line, betweenIdAndTime, idEnd)) return undefined;
  const timeEnd = line.indexOf(quote, timeStart);
  if (timeEnd === -1 || timeEnd - timeStart > timeBytesMax) return undefined;
  const text = asBuffer(line).toString("latin1", idStart, timeEnd);
  const id = text.slice(0, 36);
  const requestTime = text.slice(timeStart - idStart);
  if (!isUuid(id)) return undefined;
  const time = carriedTime(requestTime, "UTC");
  // What is unreadable, local or out of range goes the long way, which knows what to say of it.
  if (time === epochTime || !hasOffset(requestTime) || !isClosed(line, timeEnd + 1)) return undefined;
  return { id: id.toLowerCase(), time, type: "record" };
}

function asBuffer(line: Uint8Array): Buffer {
  return Buffer.isBuffer(line) ? line : Buffer.from(line.buffer, line.byteOffset, line.byteLength);
}

function hasBytesAt(line: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (line.length < at + bytes.length) return false;
  for (let index = 0; index < bytes.length; index++) {
    if (line[at + index] !== bytes[index]) return false;
  }
  return true;
}

function hasOffset(time: string): boolean {
  const last = time.charCodeAt(time.length - 1) | 0x20;
  const sign = time.charCodeAt(time.length - 6);
  return last === 0x7a || sign === 0x2b || sign === 0x2d;
}

/** Whether the object that is open at `from` closes at the end of the line: a torn line does not. */
function isClosed(line: Uint8Array, from: number): boolean {
  const { length } = line;
  let depth = 1;
  let index = from;
  while (index < length) {
    const byte = line[index++]!;
    if (byte === quote) {
      index = endOfString(line, index);
      // Without bit 0x20 a brace is the square bracket of its side.
    } else if ((byte & 0xdf) === 0x5b) depth++;
    else if ((byte & 0xdf) === 0x5d) depth--;
  }
  return depth === 0 && index === length;
}

/** The index after the string's closing quote; beyond the line's end when it has none. */
function endOfString(line: Uint8Array, from: number): number {
  const { length } = line;
  let index = from;
  while (index < length) {
    const byte = line[index++]!;
    if (byte === quote) return index;
    if (byte === backslash) index++;
  }
  return length + 1;
}
