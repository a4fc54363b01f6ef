const backslash = 0x5c;
/** What stands behind a backslash, by its character. */
const simple = new Uint8Array(256);
for (const [character, meant] of Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }))
  simple[character.charCodeAt(0)] = meant.charCodeAt(0);
const letterU = 0x75;
/** `\uXXXX`. */
const unitLength = 6;
const replacement = Buffer.from("\uFFFD");

/**
 * Writes the bytes that a JSON string is, of the valid text between its quotes (`source` from `start` to `end`), into the target at `to`, which is never more
 * than there were; returns where they end. Half of a surrogate pair becomes U+FFFD, as when a string is written as UTF-8.
 */
export function unescapeInto(
  source: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
  target: Buffer,
  to: number,
): number {
  let at = start;
  let place = to;
  // Byte by byte: a log line is JSON as a rule, where the next escape is nearer than a copy is worth.
  while (at < end) {
    const byte = source[at] as number;
    if (byte !== backslash) {
      target[place++] = byte;
      at += 1;
      continue;
    }
    const escape = source[at + 1] as number;
    if (escape !== letterU) {
      target[place++] = simple[escape] as number;
      at += 2;
      continue;
    }
    const { text, length } = unicodeAt(source, at);
    place += text.copy(target, place);
    at += length;
  }
  return place;
}

/** The character that begins with the escape at `at`, which may be one of two. */
function unicodeAt(bytes: Buffer, at: number): { readonly text: Buffer; readonly length: number } {
  const unit = unitAt(bytes, at);
  if (unit < 0xd800 || unit > 0xdfff) return { text: Buffer.from(String.fromCharCode(unit)), length: unitLength };
  const isPair = unit < 0xdc00 && bytes[at + unitLength] === backslash && bytes[at + unitLength + 1] === letterU;
  const low = isPair ? unitAt(bytes, at + unitLength) : 0;
  if (low >= 0xdc00 && low <= 0xdfff) return { text: Buffer.from(String.fromCharCode(unit, low)), length: 2 * unitLength };
  return { text: replacement, length: unitLength };
}

function unitAt(bytes: Buffer, at: number): number {
  return Number.parseInt(bytes.toString("latin1", at + 2, at + unitLength), 16);
}
