import type { TextEncoding } from "./text-encoding.ts";

/**
 * How far back a piece of a long line is looked at again where a byte may be one of two characters: only a run of so many bytes over
 * 0x80 without any other could be misread.
 */
const ambiguousBytesMax = 256;

export interface LineEndOptions {
  readonly encoding: TextEncoding;
  /** In the file's encoding. */
  readonly delimiter: Buffer;
  /** What belongs to the line end too where it stands before the delimiter. */
  readonly optional?: Buffer | undefined;
}

/** What ends a line of a file. */
export class LineEnd {
  /** Bytes of a line end, at most. */
  readonly bytesMax: number;
  /** Bytes of a piece's end that may be the beginning of a line end. */
  readonly overlapBytes: number;
  readonly #delimiter: Buffer;
  readonly #optional: Buffer;
  readonly #unitBytes: number;
  readonly #isAmbiguous: boolean;

  constructor({ encoding, delimiter, optional = Buffer.alloc(0) }: LineEndOptions) {
    const { trailBytesFrom, unitBytes } = encoding;
    this.#delimiter = delimiter;
    this.#optional = optional;
    this.#unitBytes = unitBytes;
    this.#isAmbiguous = trailBytesFrom !== undefined && (delimiter[0] ?? 0) >= trailBytesFrom;
    this.bytesMax = delimiter.length + optional.length;
    this.overlapBytes = delimiter.length - 1 + (this.#isAmbiguous ? ambiguousBytesMax : 0);
  }

  get delimiterBytes(): number {
    return this.#delimiter.length;
  }

  /** Where the delimiter that ends the line from `from` on begins, or -1. `shift` gives the offset in the file of an index. */
  find(bytes: Buffer, from: number, shift: number): number {
    return this.#search(bytes, { from, beginning: from, shift });
  }

  /** The same in a piece that follows others and begins with the last `overlapBytes` of the one before it. */
  findOn(bytes: Buffer, from: number, shift: number): number {
    // What begins within these bytes was looked at with those before them, which say what character they belong to.
    const known = this.overlapBytes - (this.#delimiter.length - 1);
    return this.#search(bytes, { from: from + known, beginning: from, shift });
  }

  /** Where the last delimiter begins, as far as bytes tell, or -1. */
  findLast(bytes: Buffer): number {
    return bytes.lastIndexOf(this.#delimiter);
  }

  /** Where what follows the last line end begins, or -1. `shift` gives the offset in the file of an index. */
  lineStartIn(bytes: Buffer, shift: number): number {
    let at = this.findLast(bytes);
    while (at > 0 && !this.#isCharacter(bytes, 0, at, shift)) at = bytes.lastIndexOf(this.#delimiter, at - 1);
    return at === -1 || !this.#isCharacter(bytes, 0, at, shift) ? -1 : at + this.#delimiter.length;
  }

  /** Whether the bytes end with a delimiter. */
  isAtEndOf(bytes: Buffer): boolean {
    return bytes.length >= this.#delimiter.length && bytes.subarray(bytes.length - this.#delimiter.length).equals(this.#delimiter);
  }

  /** Where the line from `from` on ends whose delimiter begins at `delimiterAt`. */
  lineEnd(bytes: Buffer, from: number, delimiterAt: number): number {
    const at = delimiterAt - this.#optional.length;
    if (this.#optional.length === 0 || at < from) return delimiterAt;
    for (let index = 0; index < this.#optional.length; index += 1) if (bytes[at + index] !== this.#optional[index]) return delimiterAt;
    return at;
  }

  #search(bytes: Buffer, { from, beginning, shift }: { from: number; beginning: number; shift: number }): number {
    let at = this.#indexOf(bytes, from);
    while (at !== -1 && !this.#isCharacter(bytes, beginning, at, shift)) at = this.#indexOf(bytes, at + 1);
    return at;
  }

  #indexOf(bytes: Buffer, from: number): number {
    // A number is searched faster than one byte.
    return this.#delimiter.length === 1 ? bytes.indexOf(this.#delimiter[0] ?? 0, from) : bytes.indexOf(this.#delimiter, from);
  }

  /** Whether a character begins there, rather than one of its other bytes. */
  #isCharacter(bytes: Buffer, from: number, at: number, shift: number): boolean {
    if (this.#unitBytes === 2) return (at + shift) % 2 === 0;
    if (!this.#isAmbiguous) return true;
    // Bytes over 0x80 before it are pairs of first and second bytes; one that is left over is the first byte of a character to which
    // this one belongs.
    let first = at;
    while (first > from && isLead(bytes[first - 1] ?? 0)) first -= 1;
    return (at - first) % 2 === 0;
  }
}

function isLead(byte: number): boolean {
  return byte >= 0x81 && byte <= 0xfe;
}
