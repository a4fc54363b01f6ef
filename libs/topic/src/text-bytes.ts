import { Buffer } from "node:buffer";

/** Texts up to here are looked at and written character by character, which takes less time than to ask Node to: ids, times and names. */
const shortLengthMax = 64;

/** Bytes of a text as UTF-8. */
export function textBytes(text: string): number {
  const { length } = text;
  if (length > shortLengthMax) return Buffer.byteLength(text);
  for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) > 0x7f) return Buffer.byteLength(text);
  return length;
}

/** Writes a text whose bytes are counted, and returns where it ends. */
export function writeTextBytes(bytes: Buffer, from: number, text: string, length: number): number {
  if (length > shortLengthMax || length !== text.length) return from + bytes.write(text, from, "utf8");
  for (let at = 0; at < length; at += 1) bytes[from + at] = text.charCodeAt(at);
  return from + length;
}
