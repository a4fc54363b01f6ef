import { Buffer, isUtf8 } from "node:buffer";
import { numberBytes, writeNumber, writeText } from "@gatelog/topic/records";
import { keptPlaces } from "../frame-event.ts";
import { unescapeInto } from "../unescape.ts";
import { idLength, timeLength } from "../work-event.ts";

/** The headers of a gateway's record, which differ only in its id and its time. */
const headers = makeHeaders();
const idAt = headers.indexOf("i".repeat(idLength));
const timeAt = headers.indexOf("t".repeat(timeLength));

/** What a Kafka record of a kept event has at most, beside the event's own bytes. */
export const recordExtraBytes = 32 + idLength + headers.length;

/**
 * Writes the Kafka record of a kept event (frame-event.ts) whose value is its line: key and headers are bytes that are there already, and the line is written
 * out where it is to stand.
 *
 * **Guarantee**: the same bytes as `writeRecord` of that event's message; -1, and nothing that counts, where the event has to be decoded.
 */
export function writeKeptRecord(into: Buffer, from: number, index: number, event: Buffer): number {
  const { id, time, messageStart, messageEnd } = keptPlaces(event);
  const escaped = messageEnd - messageStart;
  const beforeValue = 2 + numberBytes(index) + 1 + idLength;
  const sizeWith = (length: number) => beforeValue + numberBytes(length) + length + headers.length;
  const valueAt = (length: number) => from + numberBytes(sizeWith(length)) + beforeValue + numberBytes(length);
  // What is escaped has a few bytes more; that changes where the line begins only at the sizes at which its length takes one byte more.
  const guessed = valueAt(escaped);
  const end = unescapeInto(event, { start: messageStart, end: messageEnd }, into, guessed);
  if (end === -1 || !isUtf8(into.subarray(guessed, end))) return -1;
  const length = end - guessed;
  const value = valueAt(length);
  if (value !== guessed) into.copyWithin(value, guessed, end);
  let at = writeNumber(into, from, sizeWith(length));
  into[at++] = 0;
  into[at++] = 0;
  at = copyText(event, id, idLength, into, writeNumber(into, writeNumber(into, at, index), idLength));
  writeNumber(into, at, length);
  const headersAt = value + length;
  into.set(headers, headersAt);
  copyText(event, id, idLength, into, headersAt + idAt);
  copyText(event, time, timeLength, into, headersAt + timeAt);
  return headersAt + headers.length;
}

/** For a few bytes: a loop is sooner done than a call of the runtime. */
function copyText(source: Buffer, from: number, length: number, into: Buffer, at: number): number {
  for (let index = 0; index < length; index += 1) into[at + index] = source[from + index] as number;
  return at + length;
}

function makeHeaders(): Buffer {
  const bytes = Buffer.alloc(256);
  let at = writeNumber(bytes, 0, 3);
  const texts = ["gatelog-id", "i".repeat(idLength), "gatelog-time", "t".repeat(timeLength), "gatelog-type", "record"];
  for (const text of texts) at = writeText(bytes, at, text);
  return bytes.subarray(0, at);
}
