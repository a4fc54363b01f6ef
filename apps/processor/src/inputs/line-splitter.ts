import { Buffer } from "node:buffer";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Cuts a stream of bytes into lines without their ends (`\n` or `\r\n`); empty lines are passed over, and no byte of others is lost. */
export class LineSplitter {
  readonly #lineBytesMax: number;
  #rest: Buffer[] = [];
  #restBytes = 0;

  /** @param lineBytesMax what is over it is a line of its own */
  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** The lines that end in `bytes`. */
  push(bytes: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(lineFeed, from);
      if (end === -1) break;
      this.#keep(bytes.subarray(from, end), lines);
      lines.push(...this.end());
      from = end + 1;
    }
    this.#keep(bytes.subarray(from), lines);
    return lines;
  }

  /** What is left where the stream ends without a line end: one line, or none. */
  end(): Buffer[] {
    const line = withoutReturn(this.#rest.length === 1 ? (this.#rest[0] as Buffer) : Buffer.concat(this.#rest));
    this.#rest = [];
    this.#restBytes = 0;
    return line.length === 0 ? [] : [line];
  }

  #keep(piece: Buffer, lines: Buffer[]): void {
    let from = 0;
    while (this.#restBytes + piece.length - from > this.#lineBytesMax) {
      const to = from + this.#lineBytesMax - this.#restBytes;
      lines.push(Buffer.concat([...this.#rest, piece.subarray(from, to)]));
      this.#rest = [];
      this.#restBytes = 0;
      from = to;
    }
    if (from === piece.length) return;
    this.#rest.push(piece.subarray(from));
    this.#restBytes += piece.length - from;
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}
