import { identify, type LineIdentity } from "./identify.ts";
import type { ReadOptions } from "./parsed-line.ts";
import { carriedTime, epochTime } from "./time.ts";

/** Quotation marks that are remembered of a line: more than a record has that is not full of labels and headers. */
const quotesMax = 1024;

/**
 * Where the strings of a line that may be JSON begin and end. It is filled by whoever passes over the bytes anyway.
 *
 * **Shape**: `quotes` are the indexes, in the line's buffer, of the first quotation marks that begin or end a string;
 * `quoteCount` counts all of them.
 */
export class LineShape {
  readonly quotes = new Uint32Array(quotesMax);
  quoteCount = 0;
  /** False where the line ends inside of a string. */
  areStringsClosed = false;
}

const recordStart = Buffer.from('{"v":1,"id":"');
const betweenIdAndTime = Buffer.from('","requestTime":"');
const seedKeys = ["status", "requestTime", "responseTime", "requestURL", "method", "requestContent", "responseContent"];
/** From a key's first quotation mark to its value's. */
const seedKeyBytes = Uint8Array.from(seedKeys, (key) => key.length + 3);
const seedQuotes = seedKeys.length * 4;
const requestTimeKey = Buffer.from('"requestTime":"');
const requestUrlKey = Buffer.from('"requestURL":"');

const uuidBytes = 36;
const timeBytes = 24;
/** `YYYY-MM-DDTHH:mm`. */
const minuteBytes = 16;
/** `±HH:mm`. */
const offsetBytesMax = 6;

/** What is said of a line that is no JSON object, which its first byte tells. */
const noIdentity: LineIdentity = { time: epochTime, type: "record" };

const space = 0x20;
const openingBrace = 0x7b;
const closingBrace = 0x7d;
/** The first byte of U+FEFF. */
const byteOrderMark = 0xef;
const zero = 0x30;
const nine = 0x39;
const dash = 0x2d;
const point = 0x2e;
const comma = 0x2c;
const colon = 0x3a;

/**
 * Reads identities of lines without making anything of them: `identify` for whoever has many lines and one pass over each.
 *
 * **Guarantee**: says what `identify` says. A line in the article's exact format, whose strings and brackets close, is taken at its word,
 * as a record of our gateway is.
 */
export class IdentityReader {
  /** Where the line's own id stands in its buffer, in lower case; -1 where it does not. */
  ownIdAt = -1;
  /** The own id where it does not stand in the line as it is to be written. */
  ownId: string | undefined;
  type: "record" | "mark" = "record";
  /** 24 ASCII bytes. */
  readonly time = Buffer.from(epochTime, "latin1");
  readonly #options: ReadOptions;
  /** The bytes of the last minute with its offset, and that minute in UTC: lines of one minute share it. */
  readonly #minute = Buffer.alloc(minuteBytes + offsetBytesMax);
  #minuteOffsetBytes = -1;
  readonly #minuteTime = Buffer.from(epochTime, "latin1");
  #isMinuteEpoch = true;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  /** Reads the line that stands in the buffer from `start` to `end`; the result stands in the properties until the next call. */
  read(buffer: Buffer, start: number, end: number, shape: LineShape): void {
    const isShort = shape.areStringsClosed && shape.quoteCount <= quotesMax;
    if (isShort && (this.#readSeed(buffer, start, end, shape) || this.#readRecord(buffer, start, end, shape))) return;
    const first = buffer[start] as number;
    const mayBeObject = first <= space || first === openingBrace || first === byteOrderMark;
    this.#set(mayBeObject ? identify(buffer.subarray(start, end), this.#options) : noIdentity);
  }

  #set({ id, time, type }: LineIdentity): void {
    this.ownIdAt = -1;
    this.ownId = id;
    this.type = type;
    this.time.write(time, "latin1");
  }

  /** A line as our gateway writes it. */
  #readRecord(buffer: Buffer, start: number, end: number, shape: LineShape): boolean {
    const idAt = start + recordStart.length;
    const timeAt = idAt + uuidBytes + betweenIdAndTime.length;
    if (timeAt + timeBytes >= end || !hasBytesAt(buffer, start, recordStart)) return false;
    if (!hasBytesAt(buffer, idAt + uuidBytes, betweenIdAndTime) || !isLowerUuidAt(buffer, idAt)) return false;
    const timeEnd = buffer[timeAt + timeBytes] === 0x22 ? timeAt + timeBytes : timeAt + timeBytes + 5;
    if (timeEnd >= end || buffer[timeEnd] !== 0x22 || !this.#readTime(buffer, timeAt, timeEnd)) return false;
    // What is out of range goes the long way, which knows what to say of it.
    if (this.#isMinuteEpoch || !areBracketsClosed(buffer, start, end, shape)) return false;
    this.ownIdAt = idAt;
    this.ownId = undefined;
    this.type = "record";
    return true;
  }

  /**
   * A line of the article's seven fields, in its order. Of the keys two decide; of the others it is enough that their lengths are no other
   * key's that would.
   */
  #readSeed(buffer: Buffer, start: number, end: number, { quotes, quoteCount }: LineShape): boolean {
    if (quoteCount !== seedQuotes || quotes[0] !== start + 1 || quotes[seedQuotes - 1] !== end - 2) return false;
    if (buffer[start] !== openingBrace || buffer[end - 1] !== closingBrace) return false;
    let keyAt = start + 1;
    for (let field = 0; field < seedKeyBytes.length; field += 1) {
      const quote = field * 4;
      if (quotes[quote] !== keyAt || quotes[quote + 2] !== keyAt + (seedKeyBytes[field] as number)) return false;
      const valueEnd = quotes[quote + 3] as number;
      if (buffer[keyAt + (seedKeyBytes[field] as number) - 1] !== colon) return false;
      if (buffer[valueEnd + 1] !== comma && field < seedKeyBytes.length - 1) return false;
      keyAt = valueEnd + 2;
    }
    if (!hasBytesAt(buffer, quotes[4] as number, requestTimeKey) || !hasBytesAt(buffer, quotes[12] as number, requestUrlKey)) return false;
    if (!this.#readTime(buffer, (quotes[6] as number) + 1, quotes[7] as number)) return false;
    this.ownIdAt = -1;
    this.ownId = undefined;
    this.type = "record";
    return true;
  }

  /** `YYYY-MM-DDTHH:mm:ss.sss±HH:mm` or `…Z`, or `YYYY-MM-DD HH:mm:ss`; false for what goes the long way. */
  #readTime(buffer: Buffer, at: number, end: number): boolean {
    const hasFraction = end - at > 19;
    const offsetAt = at + (hasFraction ? 23 : 19);
    const offsetBytes = end - offsetAt;
    if (offsetBytes < 0 || offsetBytes > offsetBytesMax || (hasFraction && (offsetBytes === 0 || buffer[at + 19] !== point))) return false;
    if (buffer[at + 16] !== colon || !isSecondAt(buffer, at + 17) || (hasFraction && !areDigitsAt(buffer, at + 20, 3))) return false;
    if (!this.#isSameMinute(buffer, at, offsetAt, offsetBytes)) this.#readMinute(buffer, at, offsetAt, offsetBytes);
    const { time } = this;
    time.set(this.#minuteTime);
    if (this.#isMinuteEpoch) return true;
    time[17] = buffer[at + 17] as number;
    time[18] = buffer[at + 18] as number;
    for (let digit = 0; digit < 3; digit += 1) time[20 + digit] = hasFraction ? (buffer[at + 20 + digit] as number) : zero;
    return true;
  }

  #isSameMinute(buffer: Buffer, at: number, offsetAt: number, offsetBytes: number): boolean {
    if (offsetBytes !== this.#minuteOffsetBytes) return false;
    const minute = this.#minute;
    for (let index = 0; index < minuteBytes; index += 1) if (buffer[at + index] !== minute[index]) return false;
    for (let index = 0; index < offsetBytes; index += 1) if (buffer[offsetAt + index] !== minute[minuteBytes + index]) return false;
    return true;
  }

  #readMinute(buffer: Buffer, at: number, offsetAt: number, offsetBytes: number): void {
    buffer.copy(this.#minute, 0, at, at + minuteBytes);
    buffer.copy(this.#minute, minuteBytes, offsetAt, offsetAt + offsetBytes);
    this.#minuteOffsetBytes = offsetBytes;
    const text = `${this.#minute.toString("latin1", 0, minuteBytes)}:00${this.#minute.toString("latin1", minuteBytes, minuteBytes + offsetBytes)}`;
    const time = carriedTime(text, this.#options.seedTimeZone);
    this.#isMinuteEpoch = time === epochTime;
    this.#minuteTime.write(time, "latin1");
  }
}

/** Whether the brackets between the strings close: those of a torn line do not. A brace is a square bracket but for one bit. */
function areBracketsClosed(buffer: Buffer, start: number, end: number, { quotes, quoteCount }: LineShape): boolean {
  let depth = 0;
  let from = start;
  for (let string = 0; string <= quoteCount; string += 2) {
    const to = string === quoteCount ? end : (quotes[string] as number);
    for (let index = from; index < to; index += 1) {
      const bracket = (buffer[index] as number) & 0xdf;
      if (bracket === 0x5b) depth += 1;
      else if (bracket === 0x5d) depth -= 1;
    }
    from = (quotes[string + 1] as number) + 1;
  }
  return depth === 0;
}

function hasBytesAt(buffer: Buffer, at: number, bytes: Buffer): boolean {
  for (let index = 0; index < bytes.length; index += 1) if (buffer[at + index] !== bytes[index]) return false;
  return true;
}

/** Per byte: whether it is a hexadecimal digit as we write them. */
const isHexDigit = new Uint8Array(256).map((_, byte) => Number((byte >= zero && byte <= nine) || (byte >= 0x61 && byte <= 0x66)));

function isLowerUuidAt(buffer: Buffer, at: number): boolean {
  for (let index = 0; index < uuidBytes; index += 1) {
    const byte = buffer[at + index] as number;
    const isDash = index === 8 || index === 13 || index === 18 || index === 23;
    if (isDash ? byte !== dash : isHexDigit[byte] === 0) return false;
  }
  const version = buffer[at + 14] as number;
  const variant = buffer[at + 19] as number;
  return version > zero && version <= 0x38 && (variant === 0x38 || variant === nine || variant === 0x61 || variant === 0x62);
}

function isSecondAt(buffer: Buffer, at: number): boolean {
  return (buffer[at] as number) <= 0x35 && areDigitsAt(buffer, at, 2);
}

function areDigitsAt(buffer: Buffer, at: number, count: number): boolean {
  for (let index = at; index < at + count; index += 1) {
    const byte = buffer[index] as number;
    if (byte < zero || byte > nine) return false;
  }
  return true;
}
