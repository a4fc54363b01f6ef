import { Buffer } from "node:buffer";
import { LineShape } from "@gatelog/log-record";

/** The most bytes that one byte of a text may become: `\u0000`. */
export const escapedBytesPerByteMax = 6;

const quote = 0x22;
const backslash = 0x5c;
const hexDigits = Buffer.from("0123456789abcdef");

/** What is done with a byte; above these: a control character, by the letter behind its backslash. */
const asItIs = 0;
const isQuote = 1;
const isBackslash = 2;
const isControl = 3;

/** Writes texts as the insides of JSON strings, from one fixed piece of memory to another. */
export interface JsonTextWriter {
  /** Where texts stand. */
  readonly source: Buffer;
  /** Where they are written to. */
  readonly target: Buffer;
  /** Where the strings of the last text begin and end; its quotes are indexes of `source`. */
  readonly shape: LineShape;
  /**
   * Writes the UTF-8 text that stands in `source` from `start` to `end` into `target` at `at`, and returns the index behind it.
   *
   * **Guarantee**: what JSON.parse gives back is the text. `target` needs room for `escapedBytesPerByteMax` bytes per byte.
   */
  readonly writeJsonText: (at: number, start: number, end: number) => number;
}

/**
 * Makes the one writer of this process. V8 compiles a function of which there is one with the addresses and lengths of its memory, where that is
 * constant: this halves what a byte costs, and copying to and from the memory costs next to nothing.
 */
function createJsonTextWriter(): JsonTextWriter {
  const source = Buffer.allocUnsafeSlow(256 * 1024);
  const target = Buffer.allocUnsafeSlow(2 * 1024 * 1024);
  const kinds = kindsOfBytes();
  const shape = new LineShape();
  const { quotes } = shape;
  const quotesMax = quotes.length;

  // One loop over every byte that the tailer sends: one look-up a byte, no allocation, and no call for what JSON in a string is full of.
  function writeJsonText(at: number, start: number, end: number): number {
    let quoteCount = 0;
    let isInString = false;
    let to = at;
    for (let index = start; index < end; index += 1) {
      const byte = source[index] as number;
      const kind = kinds[byte] as number;
      if (kind === asItIs) {
        target[to++] = byte;
      } else if (kind === isQuote) {
        if (quoteCount < quotesMax) quotes[quoteCount] = index;
        quoteCount += 1;
        isInString = !isInString;
        target[to] = backslash;
        target[to + 1] = quote;
        to += 2;
      } else if (kind === isBackslash) {
        target[to] = backslash;
        target[to + 1] = backslash;
        to += 2;
        const next = isInString && index + 1 < end ? (source[index + 1] as number) : 0;
        // What follows a backslash in a string ends nothing.
        if (next === quote || next === backslash) {
          target[to] = backslash;
          target[to + 1] = next;
          to += 2;
          index += 1;
        }
      } else {
        to = writeControl(to, byte);
      }
    }
    shape.quoteCount = quoteCount;
    shape.areStringsClosed = !isInString;
    return to;
  }

  function writeControl(at: number, byte: number): number {
    const letter = kinds[byte] as number;
    target[at] = backslash;
    if (letter !== isControl) {
      target[at + 1] = letter;
      return at + 2;
    }
    target[at + 1] = 0x75;
    target[at + 2] = 0x30;
    target[at + 3] = 0x30;
    target[at + 4] = hexDigits[byte >> 4] as number;
    target[at + 5] = hexDigits[byte & 15] as number;
    return at + 6;
  }

  return { source, target, shape, writeJsonText };
}

/** The one writer of this process. */
export const { source, target, shape, writeJsonText } = createJsonTextWriter();

function kindsOfBytes(): Uint8Array {
  const kinds = new Uint8Array(256);
  kinds.fill(isControl, 0, 0x20);
  for (const [byte, letter] of [
    [0x08, "b"],
    [0x09, "t"],
    [0x0a, "n"],
    [0x0c, "f"],
    [0x0d, "r"],
  ] as const) {
    kinds[byte] = letter.charCodeAt(0);
  }
  kinds[quote] = isQuote;
  kinds[backslash] = isBackslash;
  return kinds;
}
