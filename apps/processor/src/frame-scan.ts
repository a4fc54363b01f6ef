/** Bytes from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is looked for in the bytes of a Beats event without making objects of it. Texts are what stands between their quotes, still escaped. */
export interface FrameScan {
  readonly message: Span | undefined;
  /** `gatelog.id` and `gatelog.time`, as an earlier gatelog stage fixed them: not yet checked. */
  readonly id: Span | undefined;
  readonly time: Span | undefined;
  /** The members `message` and `gatelog`, from their key's quote to their value's end, in their order. */
  readonly members: readonly Span[];
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

/** Characters that may follow a backslash. */
const escapes = new Uint8Array(256);
for (const character of '"\\/bfnrtu') escapes[character.charCodeAt(0)] = 1;

/** Deeper than this a frame is left to the parser. */
const depthMax = 64;

/**
 * Looks through a frame that is a JSON object, once and byte by byte: what JSON.parse and JSON.stringify would do is ten times as much. Undefined where it is
 * none, or anything about it is unusual (escapes in keys, a message that is no text or comes twice, levels over levels); then a parser has to look.
 *
 * **Guarantee**: what is told is what JSON.parse would find; a frame that JSON.parse would refuse is undefined.
 */
export function scanFrame(frame: Buffer): FrameScan | undefined {
  const scanner = new Scanner(frame);
  try {
    return scanner.scan();
  } catch (error) {
    if (error === unusual) return undefined;
    throw error;
  }
}

/** Thrown, and never seen outside. */
const unusual = new Error("the frame is to be parsed");

class Scanner {
  readonly #bytes: Buffer;
  #at = 0;
  #message: Span | undefined;
  #id: Span | undefined;
  #time: Span | undefined;
  /** Whether the string that was passed last had a backslash. */
  #isEscaped = false;
  readonly #found: Span[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  scan(): FrameScan {
    this.#skipSpace();
    this.#members((key, length) => this.#topLevel(key, length));
    this.#skipSpace();
    if (this.#at !== this.#bytes.length) throw unusual;
    return { message: this.#message, id: this.#id, time: this.#time, members: this.#found };
  }

  /** Goes over an object's members; `onValue` goes over the value of each. */
  #members(onValue: (key: number, length: number) => void): void {
    this.#expect(braceOpen);
    this.#skipSpace();
    if (this.#bytes[this.#at] === braceClose) return void (this.#at += 1);
    for (;;) {
      const { start, end } = this.#string();
      if (this.#isEscaped) throw unusual;
      this.#skipSpace();
      this.#expect(colon);
      this.#skipSpace();
      onValue(start, end - start);
      this.#skipSpace();
      const next = this.#bytes[this.#at++];
      if (next === braceClose) return;
      if (next !== comma) throw unusual;
      this.#skipSpace();
    }
  }

  #topLevel(key: number, length: number): void {
    const isMessage = length === 7 && this.#isKey(key, "message");
    const isIdentity = length === 7 && this.#isKey(key, "gatelog");
    if (isMessage) this.#message = this.#once(this.#message, this.#text());
    else if (isIdentity) this.#readIdentity();
    else return this.#skipValue(0);
    this.#found.push({ start: key - 1, end: this.#at });
  }

  #readIdentity(): void {
    if (this.#found.length > (this.#message === undefined ? 0 : 1)) throw unusual;
    this.#members((inner, innerLength) => this.#identity(inner, innerLength));
  }

  #once(before: Span | undefined, found: Span): Span {
    if (before !== undefined) throw unusual;
    return found;
  }

  #identity(key: number, length: number): void {
    if (length === 2 && this.#isKey(key, "id")) this.#id = this.#once(this.#id, this.#text());
    else if (length === 4 && this.#isKey(key, "time")) this.#time = this.#once(this.#time, this.#text());
    else this.#skipValue(0);
  }

  #text(): Span {
    if (this.#bytes[this.#at] !== quote) throw unusual;
    return this.#string();
  }

  #isKey(start: number, key: string): boolean {
    for (let index = 0; index < key.length; index += 1) if (this.#bytes[start + index] !== key.charCodeAt(index)) return false;
    return true;
  }

  #string(): Span {
    this.#expect(quote);
    const bytes = this.#bytes;
    const start = this.#at;
    let isEscaped = false;
    let at = start;
    for (;;) {
      const byte = bytes[at];
      if (byte === quote) break;
      if (byte === backslash) {
        isEscaped = true;
        at = this.#escapeEnd(at);
      } else if (byte === undefined || byte < space) {
        throw unusual;
      } else {
        at += 1;
      }
    }
    this.#at = at + 1;
    this.#isEscaped = isEscaped;
    return { start, end: at };
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
    if (first === quote) return void this.#string();
    if (first !== braceOpen && first !== bracketOpen) return this.#skipPrimitive();
    if (depth === depthMax) throw unusual;
    if (first === braceOpen) return this.#members(() => this.#skipValue(depth + 1));
    this.#skipList(depth);
  }

  #skipList(depth: number): void {
    this.#at += 1;
    this.#skipSpace();
    if (this.#bytes[this.#at] === bracketClose) return void (this.#at += 1);
    for (;;) {
      this.#skipValue(depth + 1);
      this.#skipSpace();
      const next = this.#bytes[this.#at++];
      if (next === bracketClose) return;
      if (next !== comma) throw unusual;
      this.#skipSpace();
    }
  }

  #skipPrimitive(): void {
    const start = this.#at;
    while (isOfPrimitive(this.#bytes[this.#at] ?? 0)) this.#at += 1;
    if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(this.#bytes.toString("latin1", start, this.#at)))
      throw unusual;
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

/** Digits, letters, signs and the point. */
function isOfPrimitive(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45
  );
}

function isHexadecimal(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}
