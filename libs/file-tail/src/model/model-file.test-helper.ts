import type { Encoding } from "../types.ts";
import type { WrittenLine } from "./ledger.test-helper.ts";

/** A line whose beginning is written. */
interface OpenLine extends WrittenLine {
  readonly bytes: Buffer;
  written: number;
}

/** What one file on disk holds, line by line. */
export class ModelFile {
  readonly encoding: Encoding;
  #lines: WrittenLine[] = [];
  #size = 0;
  #kept = 0;
  #open: OpenLine | undefined;
  /** How many looks the tail had taken when the file changed last; a new tail counts from 0. */
  scansAtChange = 0;
  /** Lines that the tail is to find under a name that no glob matches, for it knows the file. */
  strayLines: readonly WrittenLine[] = [];
  /** Whether the tail may not have seen its last name. */
  isRenamed = false;
  /** Whether it is a copy of another one. */
  isCopy = false;

  constructor(encoding: Encoding) {
    this.encoding = encoding;
  }

  get lines(): readonly WrittenLine[] {
    return this.#lines;
  }

  get size(): number {
    return this.#size;
  }

  /** Those that were not there when the file was cut off, or the tail lost what it knew of it. */
  get ownLines(): readonly WrittenLine[] {
    return this.#lines.slice(this.#kept);
  }

  /** The line whose end is not written yet. */
  get unfinished(): WrittenLine | undefined {
    return this.#open;
  }

  /** What a copy of it holds now. */
  copy(): ModelFile {
    const copy = new ModelFile(this.encoding);
    copy.isCopy = true;
    copy.#lines = [...this.#lines];
    copy.#size = this.#size;
    copy.#open = this.#open === undefined ? undefined : { ...this.#open };
    return copy;
  }

  /** Bytes of what is no line of its own. */
  addBanner(text: string): Buffer {
    const bytes = encode(`${text}\n`, this.encoding);
    this.#size += bytes.length;
    return bytes;
  }

  /** Begins a line, and returns nothing: `goOn` writes it. */
  begin(number: number, text: string): void {
    if (this.#open !== undefined) throw new Error("a line was begun in another one");
    this.#open = { number, text, offset: this.#size, bytes: encode(`${text}\n`, this.encoding), written: 0 };
  }

  /** The next bytes of the line that was begun: all of them, or up to a share of what is left. Its line, when it is whole. */
  goOn(share = 1): { readonly bytes: Buffer; readonly whole?: WrittenLine } {
    const open = this.#open;
    if (open === undefined) return { bytes: Buffer.alloc(0) };
    const end = share === 1 ? open.bytes.length : open.written + Math.floor((open.bytes.length - open.written) * share);
    const bytes = open.bytes.subarray(open.written, end);
    open.written = end;
    this.#size += bytes.length;
    if (end < open.bytes.length) return { bytes };
    this.#open = undefined;
    const { number, text, offset } = open;
    this.#lines.push({ number, text, offset });
    return { bytes, whole: { number, text, offset } };
  }

  /** What the tail knew of it is gone. */
  forgetKnown(): void {
    this.#kept = this.#lines.length;
    if (this.isCopy) this.strayLines = [];
  }

  /** Keeps the first `count` lines, and returns the size that they have. */
  shorten(count: number): number {
    const next = this.#lines[count] ?? this.#open;
    this.#size = count === 0 ? 0 : (next?.offset ?? this.#size);
    this.#lines = this.#lines.slice(0, count);
    this.#kept = count;
    this.#open = undefined;
    return this.#size;
  }
}

function encode(text: string, encoding: Encoding): Buffer {
  return Buffer.from(text, encoding === "utf-16le" ? "utf16le" : "utf8");
}
