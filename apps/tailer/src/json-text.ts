import { Buffer } from "node:buffer";
import type { LineShape } from "@gatelog/log-record";

/** The most bytes that one byte of a text may become: `\u0000`. */
export const escapedBytesPerByteMax = 6;

const quote = 0x22;
const backslash = 0x5c;
const openingBrace = 0x7b;
const hexDigits = Buffer.from("0123456789abcdef");

/** What is done with a byte; above these: the letter behind its backslash. */
const kind = { asItIs: 0, control: 1, quote: 2, backslash: 3, opening: 4, closing: 5 } as const;

const kinds = new Uint8Array(256);
kinds.fill(kind.control, 0, 0x20);
for (const [byte, letter] of [
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0c, "f"],
  [0x0d, "r"],
] as const) {
  kinds[byte] = letter.charCodeAt(0);
}
kinds[quote] = kind.quote;
kinds[backslash] = kind.backslash;
for (const bracket of "[{") kinds[bracket.charCodeAt(0)] = kind.opening;
for (const bracket of "]}") kinds[bracket.charCodeAt(0)] = kind.closing;

/**
 * Writes the UTF-8 text that stands in `source` from `start` to `end` into `target` as the inside of a JSON string, and returns the index behind it. What
 * it sees of the text's own JSON structure on the way goes to `shape`.
 *
 * **Guarantee**: what JSON.parse gives back is the text. `target` needs room for `escapedBytesPerByteMax` bytes per byte.
 */
// One loop over every byte that the tailer sends: no calls, no allocation, one look-up a byte.
export function writeJsonText(target: Buffer, at: number, source: Buffer, start: number, end: number, shape: LineShape): number {
  const { quotes } = shape;
  let quoteCount = 0;
  let depth = 0;
  let isInString = false;
  let to = at;
  for (let index = start; index < end; index += 1) {
    const byte = source[index] as number;
    const kindOfByte = kinds[byte] as number;
    if (kindOfByte === kind.asItIs) {
      target[to++] = byte;
    } else if (kindOfByte === kind.quote) {
      quotes[quoteCount++] = index;
      isInString = !isInString;
      target[to++] = backslash;
      target[to++] = quote;
    } else if (kindOfByte === kind.opening || kindOfByte === kind.closing) {
      target[to++] = byte;
      if (!isInString) depth += kindOfByte === kind.opening ? 1 : -1;
    } else {
      to = writeEscape(target, to, byte);
      // What follows a backslash in a string ends nothing.
      if (kindOfByte === kind.backslash && isInString && index + 1 < end) to = writeByte(target, to, source[++index] as number);
    }
  }
  shape.quoteCount = quoteCount;
  shape.isClosed = end > start && depth === 0 && !isInString && source[start] === openingBrace;
  return to;
}

function writeByte(target: Buffer, at: number, byte: number): number {
  const kindOfByte = kinds[byte] as number;
  if (kindOfByte !== kind.asItIs && kindOfByte !== kind.opening && kindOfByte !== kind.closing) return writeEscape(target, at, byte);
  target[at] = byte;
  return at + 1;
}

function writeEscape(target: Buffer, at: number, byte: number): number {
  const kindOfByte = kinds[byte] as number;
  target[at] = backslash;
  if (kindOfByte === kind.quote || kindOfByte === kind.backslash) {
    target[at + 1] = byte;
    return at + 2;
  }
  if (kindOfByte > kind.closing) {
    target[at + 1] = kindOfByte;
    return at + 2;
  }
  target[at + 1] = 0x75;
  target[at + 2] = 0x30;
  target[at + 3] = 0x30;
  target[at + 4] = hexDigits[byte >> 4] as number;
  target[at + 5] = hexDigits[byte & 15] as number;
  return at + 6;
}
