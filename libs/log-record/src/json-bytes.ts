/** Bytes of the text inside a JSON string, in UTF-8, as JSON.stringify writes it (without its quotes). */
export function jsonBytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** The longest start of the text whose JSON has at most `bytesMax` bytes, never half a character. */
export function cutToJsonBytes(text: string, bytesMax: number): string {
  let bytes = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.codePointAt(at)!;
    bytes += jsonBytesOfCodePoint(code);
    if (bytes > bytesMax) break;
    at += code > 0xffff ? 2 : 1;
  }
  return text.slice(0, at);
}

function jsonBytesOfCodePoint(code: number): number {
  if (code < 0x20) return code === 8 || code === 9 || code === 10 || code === 12 || code === 13 ? 2 : 6;
  if (code === 0x22 || code === 0x5c) return 2;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  // A lone surrogate is written as \udxxx.
  if (code >= 0xd800 && code <= 0xdfff) return 6;
  return code > 0xffff ? 4 : 3;
}
