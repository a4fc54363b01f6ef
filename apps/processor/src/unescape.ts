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
 * Writes the bytes that a JSON string is, of the text between its quotes (`source` from `start` to `end`), into the target at `to`, which has room for as many
 * as there were; returns where they end, or -1 where that text is none. Half of a surrogate pair becomes U+FFFD, as when a string is written as UTF-8.
 */
export function unescapeInto(
  source: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
  target: Buffer,
  to: number,
): number {
  const from = (sourceView = viewOf(sourceView, source));
  const into = (targetView = viewOf(targetView, target));
  const fromStart = source.byteOffset;
  const intoStart = target.byteOffset;
  let at = start;
  let place = to;
  for (;;) {
    // Four bytes at a time, up to the first that means something: a log line is JSON as a rule, where the next escape is nearer than a copy is worth.
    let plain = 4;
    while (plain === 4 && at + 4 <= end) {
      const four = from.getUint32(fromStart + at, true);
      into.setUint32(intoStart + place, four, true);
      plain = plainBytes(four);
      at += plain;
      place += plain;
    }
    if (plain === 4) {
      while (at < end && isPlain(source[at] as number)) target[place++] = source[at++] as number;
      if (at === end) return place;
    }
    if (source[at] !== backslash || at + 1 === end) return -1;
    const escape = source[at + 1] as number;
    const meant = simple[escape] as number;
    if (meant !== 0) {
      target[place++] = meant;
      at += 2;
      continue;
    }
    const character = escape === letterU ? unicodeAt(source, at, end) : undefined;
    if (character === undefined) return -1;
    place += character.bytes.copy(target, place);
    at += character.length;
  }
}

const isPlain = (byte: number) => byte >= firstPlain && byte !== backslash && byte !== quote;

/** How many of four bytes, little-endian, stand before the first that is not plain. */
function plainBytes(four: number): number {
  const backslashes = four ^ 0x5c5c5c5c;
  const quotes = four ^ 0x22222222;
  // The highest bit of each byte that is zero, or less than a space; behind the first one there may be more than there are.
  const found =
    (((backslashes - 0x01010101) & ~backslashes) | ((quotes - 0x01010101) & ~quotes) | ((four - 0x20202020) & ~four)) & 0x80808080;
  return found === 0 ? 4 : (31 - Math.clz32(found & -found)) >> 3;
}

/** Views of the memory that was read and written last: events come by hundreds from one, and go into another. */
let sourceView: DataView = new DataView(new ArrayBuffer(0));
let targetView: DataView = new DataView(new ArrayBuffer(0));

function viewOf(last: DataView, { buffer }: Buffer): DataView {
  return last.buffer === buffer ? last : new DataView(buffer);
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
