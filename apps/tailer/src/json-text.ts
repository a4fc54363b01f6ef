import { Buffer, isUtf8 } from "node:buffer";

/** The most bytes that one byte of a text may become: `\u0000`. Of a text that is no UTF-8, U+FFFD takes three. */
export const escapedBytesPerByteMax = 6;

const quote = 0x22;
const backslash = 0x5c;
const hexDigits = Buffer.from("0123456789abcdef");

/** Per byte: 0 as it is, 1 as \u00xx, else the letter behind the backslash. */
const escapes = new Uint8Array(256);
escapes.fill(1, 0, 0x20);
for (const [byte, letter] of [
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0c, "f"],
  [0x0d, "r"],
  [quote, '"'],
  [backslash, "\\"],
] as const) {
  escapes[byte] = letter.charCodeAt(0);
}

/**
 * Writes `text` into `target` as the inside of a JSON string and returns the index behind it. Bytes that are no UTF-8
 * become U+FFFD, as a decoder would have it.
 *
 * **Guarantee**: what JSON.parse gives back is what decoding the bytes gives. `target` needs room for
 * `escapedBytesPerByteMax` bytes per byte.
 */
export function writeJsonText(target: Buffer, at: number, text: Uint8Array): number {
  const bytes = isUtf8(text) ? text : Buffer.from(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString("utf8"));
  let to = at;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] as number;
    const escape = escapes[byte] as number;
    if (escape === 0) {
      target[to++] = byte;
      continue;
    }
    target[to++] = backslash;
    if (escape !== 1) {
      target[to++] = escape;
      continue;
    }
    target[to++] = 0x75;
    target[to++] = 0x30;
    target[to++] = 0x30;
    target[to++] = hexDigits[byte >> 4] as number;
    target[to++] = hexDigits[byte & 15] as number;
  }
  return to;
}
