import { standsAt } from "./bytes-at.ts";

/** Where the parts of a Beats event stand in its bytes. Texts are what stands between their quotes, still escaped; -1 where there is none. */
export interface FrameScan {
  readonly messageStart: number;
  readonly messageEnd: number;
  /** Of `gatelog.id` and `gatelog.time`, as an earlier gatelog stage fixed them: not yet checked. */
  readonly idStart: number;
  readonly idEnd: number;
  readonly timeStart: number;
  readonly timeEnd: number;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;
const braceOpen = 0x7b;
const braceClose = 0x7d;
const bracketOpen = 0x5b;
const bracketClose = 0x5d;
const space = 0x20;
const zero = 0x30;

/** Characters that may follow a backslash. */
const escapes = new Uint8Array(256);
for (const character of '"\\/bfnrtu') escapes[character.charCodeAt(0)] = 1;

/** Deeper than this a frame is left to the parser. */
const depthMax = 64;

/** How an event of the tailer ends behind its message: `","gatelog":{"id":"<36>","time":"<24>"}}`. */
const beforeId = Buffer.from('","gatelog":{"id":"');
const beforeTime = Buffer.from('","time":"');
const end = Buffer.from('"}}');
const idLength = 36;
const timeLength = 24;
const tailLength = beforeId.length + idLength + beforeTime.length + timeLength + end.length;

/**
 * Looks through a frame that is a JSON object, once and byte by byte: what JSON.parse and JSON.stringify would do is ten times as much. Undefined where it is
 * none, or anything about it is unusual (escapes in keys, a message that is no text or comes twice, levels over levels); then a parser has to look.
 *
 * **Guarantee**: id and time are what JSON.parse would find, wherever it finds anything. So is the message; but of a frame that ends as the tailer's do it is
 * taken to go to there, and not looked at: who reads it finds out whether it is one text (`FrameEvent`), and parses the frame where it is not. Only of a frame with
 * two messages could that be another one than the one that was begun here. What is returned holds until the next call.
 */
export function scanFrame(frame: Buffer): FrameScan | undefined {
  try {
    scanner.scan(frame);
    return scanner;
  } catch (error) {
    if (error === unusual) return undefined;
    throw error;
  }
}

/** Thrown, and never seen outside. */
const unusual = new Error("the frame is to be parsed");

class Scanner implements FrameScan {
  messageStart = -1;
  messageEnd = -1;
  idStart = -1;
  idEnd = -1;
  timeStart = -1;
  timeEnd = -1;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #hasIdentity = false;
  /** The string that was passed last. */
  #start = 0;
  #end = 0;
  #isEscaped = false;
  /** The number that was passed last. */
  #numberStart = 0;
  #numberEnd = 0;
  /** The last frame whose end was taken, where in it the last number before its message stood, and where the message's quote. */
  #last: Buffer = Buffer.alloc(0);
  #lastNumberStart = 0;
  #lastNumberEnd = 0;
  #lastMessageAt = 0;

  scan(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#hasIdentity = false;
    this.messageStart = this.messageEnd = this.idStart = this.idEnd = this.timeStart = this.timeEnd = -1;
    this.#numberStart = this.#numberEnd = 0;
    if (this.#skipRepeated() && this.#takeTail()) return;
    this.#at = 0;
    this.#skipSpace();
    this.#expect(braceOpen);
    if (this.#isEmpty(braceClose)) return this.#finish();
    do {
      this.#key();
      if (this.#isKey("message")) {
        if (this.#takeTail()) return;
        this.#message();
      } else if (this.#isKey("gatelog")) {
        this.#identity();
      } else {
        this.#skipValue(0);
      }
    } while (this.#hasNext(braceClose));
    this.#finish();
  }

  /** Goes to the message at once where all that stands before it is as in the last frame, but for a number: lines of one file differ in their offset. */
  #skipRepeated(): boolean {
    const [bytes, last, from] = [this.#bytes, this.#last, this.#lastNumberStart];
    if (from === 0 || bytes.length < this.#lastMessageAt || bytes.compare(last, 0, from, 0, from) !== 0) return false;
    this.#at = from;
    this.#skipDigits();
    const [end, length] = [this.#at, this.#lastMessageAt - this.#lastNumberEnd];
    const isNumber = end > from && (bytes[from] !== zero || end === from + 1);
    if (!isNumber || bytes.length < end + length || bytes.compare(last, this.#lastNumberEnd, this.#lastMessageAt, end, end + length) !== 0)
      return false;
    this.#numberStart = from;
    this.#numberEnd = end;
    this.#at = end + length;
    return true;
  }

  #finish(): void {
    this.#skipSpace();
    if (this.#at !== this.#bytes.length) throw unusual;
  }

  /**
   * Takes what the tailer writes behind its message, where the frame ends so. An object that ends in `}}` ends in the value of its own last member, and of two
   * members with one name the last one counts.
   */
  #takeTail(): boolean {
    const bytes = this.#bytes;
    const from = bytes.length - tailLength;
    const idStart = from + beforeId.length;
    const timeStart = idStart + idLength + beforeTime.length;
    const isTail =
      !this.#hasIdentity &&
      bytes[this.#at] === quote &&
      this.#at < from &&
      standsAt(bytes, from, beforeId) &&
      standsAt(bytes, timeStart - beforeTime.length, beforeTime) &&
      standsAt(bytes, timeStart + timeLength, end);
    // A backslash before it makes its first quote one of the message.
    if (!isTail || bytes[from - 1] === backslash) return false;
    this.#last = bytes;
    this.#lastNumberStart = this.#numberStart;
    this.#lastNumberEnd = this.#numberEnd;
    this.#lastMessageAt = this.#at;
    this.messageStart = this.#at + 1;
    this.messageEnd = from;
    this.idStart = idStart;
    this.idEnd = idStart + idLength;
    this.timeStart = timeStart;
    this.timeEnd = timeStart + timeLength;
    return true;
  }

  #message(): void {
    if (this.messageStart !== -1) throw unusual;
    this.#string();
    this.messageStart = this.#start;
    this.messageEnd = this.#end;
  }

  #identity(): void {
    if (this.#hasIdentity) throw unusual;
    this.#hasIdentity = true;
    this.#expect(braceOpen);
    if (this.#isEmpty(braceClose)) return;
    do {
      this.#key();
      if (this.#isKey("id")) this.#id();
      else if (this.#isKey("time")) this.#time();
      else this.#skipValue(0);
    } while (this.#hasNext(braceClose));
  }

  #id(): void {
    if (this.idStart !== -1) throw unusual;
    this.#string();
    this.idStart = this.#start;
    this.idEnd = this.#end;
  }

  #time(): void {
    if (this.timeStart !== -1) throw unusual;
    this.#string();
    this.timeStart = this.#start;
    this.timeEnd = this.#end;
  }

  /** Goes over a key and its colon. */
  #key(): void {
    this.#string();
    if (this.#isEscaped) throw unusual;
    this.#skipSpace();
    this.#expect(colon);
    this.#skipSpace();
  }

  /** Whether the key that was passed last is that one. */
  #isKey(key: string): boolean {
    if (this.#end - this.#start !== key.length) return false;
    for (let index = 0; index < key.length; index += 1) {
      if (this.#bytes[this.#start + index] !== key.charCodeAt(index)) return false;
    }
    return true;
  }

  #string(): void {
    this.#expect(quote);
    const bytes = this.#bytes;
    let at = this.#at;
    this.#start = at;
    this.#isEscaped = false;
    for (;;) {
      const byte = bytes[at];
      if (byte === quote) break;
      if (byte === backslash) {
        this.#isEscaped = true;
        at = this.#escapeEnd(at);
      } else if (byte === undefined || byte < space) {
        throw unusual;
      } else {
        at += 1;
      }
    }
    this.#end = at;
    this.#at = at + 1;
  }

  /** Behind the escape that begins at `at`. */
  #escapeEnd(at: number): number {
    const escape = this.#bytes[at + 1] ?? 0;
    if (escapes[escape] !== 1) throw unusual;
    if (escape !== 0x75) return at + 2;
    for (let digit = at + 2; digit < at + 6; digit += 1) if (!isHexadecimal(this.#bytes[digit] ?? 0)) throw unusual;
    return at + 6;
  }

  #skipValue(depth: number): void {
    const first = this.#bytes[this.#at];
    if (first === quote) return this.#string();
    if (first !== braceOpen && first !== bracketOpen) return this.#skipPrimitive();
    if (depth === depthMax) throw unusual;
    this.#at += 1;
    const close = first === braceOpen ? braceClose : bracketClose;
    if (this.#isEmpty(close)) return;
    do {
      if (first === braceOpen) this.#key();
      this.#skipValue(depth + 1);
    } while (this.#hasNext(close));
  }

  /** Whether the object or list that was just opened ends at once. */
  #isEmpty(close: number): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== close) return false;
    this.#at += 1;
    return true;
  }

  /** Goes over what stands behind a value of an object or list: false at its end. */
  #hasNext(close: number): boolean {
    this.#skipSpace();
    const next = this.#bytes[this.#at++];
    if (next === close) return false;
    if (next !== comma) throw unusual;
    this.#skipSpace();
    return true;
  }

  #skipPrimitive(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    this.#skipDigits();
    const isWhole = !isOfPrimitive(bytes[this.#at] ?? 0) && this.#at > start && (bytes[start] !== zero || this.#at === start + 1);
    // Most are offsets.
    if (isWhole) {
      this.#numberStart = start;
      this.#numberEnd = this.#at;
      return;
    }
    while (isOfPrimitive(bytes[this.#at] ?? 0)) this.#at += 1;
    if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(bytes.toString("latin1", start, this.#at))) throw unusual;
  }

  #skipDigits(): void {
    for (let byte = this.#bytes[this.#at] ?? 0; byte >= zero && byte <= 0x39; byte = this.#bytes[this.#at] ?? 0) this.#at += 1;
  }

  #skipSpace(): void {
    for (let byte = this.#bytes[this.#at]; byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = this.#bytes[this.#at])
      this.#at += 1;
  }

  #expect(byte: number): void {
    if (this.#bytes[this.#at] !== byte) throw unusual;
    this.#at += 1;
  }
}

/** One for all frames: an object for each would be garbage at once. */
const scanner = new Scanner();

/** Digits, letters, signs and the point. */
function isOfPrimitive(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45
  );
}

function isHexadecimal(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}
