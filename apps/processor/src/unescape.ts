const backslash = 0x5c;
const quote = 0x22;
/** Below are control characters, which stand in no string as they are. */
const firstPlain = 0x20;
const letterU = 0x75;
/** `\uXXXX`. */
const unitLength = 6;
const replacement = Buffer.from("\uFFFD");

/** What stands behind a backslash, by its character. */
const simple = new Uint8Array(256);
for (const [character, meant] of Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }))
  simple[character.charCodeAt(0)] = meant.charCodeAt(0);

/**
 * Writes the bytes that a JSON string is, of the text between its quotes (`source` from `start` to `end`), into the target at `to`, which is never more
 * than there were; returns where they end, or -1 where that text is none. Half of a surrogate pair becomes U+FFFD, as when a string is written as UTF-8.
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
    if (byte >= firstPlain && byte !== backslash && byte !== quote) {
      target[place++] = byte;
      at += 1;
      continue;
    }
    if (byte !== backslash || at + 1 === end) return -1;
    const escape = source[at + 1] as number;
    if (escape === letterU) {
      const character = unicodeAt(source, at, end);
      if (character === undefined) return -1;
      place += character.bytes.copy(target, place);
      at += character.length;
      continue;
    }
    const meant = simple[escape] as number;
    if (meant === 0) return -1;
    target[place++] = meant;
    at += 2;
  }
  return place;
}

/** The character that begins with the escape at `at`, which may be one of two; undefined where it is no escape. */
function unicodeAt(source: Buffer, at: number, end: number): { readonly bytes: Buffer; readonly length: number } | undefined {
  const unit = unitAt(source, at, end);
  if (unit === undefined) return undefined;
  if (unit < 0xd800 || unit > 0xdfff) return { bytes: Buffer.from(String.fromCharCode(unit)), length: unitLength };
  const low = unit < 0xdc00 ? unitAt(source, at + unitLength, end) : undefined;
  if (low !== undefined && low >= 0xdc00 && low <= 0xdfff)
    return { bytes: Buffer.from(String.fromCharCode(unit, low)), length: 2 * unitLength };
  return { bytes: replacement, length: unitLength };
}

function unitAt(source: Buffer, at: number, end: number): number | undefined {
  if (at + unitLength > end || source[at] !== backslash || source[at + 1] !== letterU) return undefined;
  const digits = source.toString("latin1", at + 2, at + unitLength);
  return /^[\da-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
