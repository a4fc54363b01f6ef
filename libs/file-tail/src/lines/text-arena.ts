/** Text as UTF-8: `buffer` from `start` to `end`. */
export interface TextSpan {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

const chunkBytes = 64 * 1024;
const lineFeed = 0x0a;

/** Memory for text that does not stand in a file as it is handed on. Never used twice: whoever holds a span keeps its chunk. */
export class TextArena {
  #chunk: Buffer = Buffer.alloc(0);
  #used = 0;

  /** The text; lone surrogates become U+FFFD. */
  write(text: string): TextSpan {
    const bytes = Buffer.byteLength(text);
    const start = this.#reserve(bytes);
    this.#chunk.write(text, start, bytes, "utf8");
    return { buffer: this.#chunk, start, end: start + bytes };
  }

  /** The texts one behind the other, with `\n` between them where they are lines. */
  join(texts: readonly TextSpan[], between: "" | "\n"): TextSpan {
    const bytes = texts.reduce((sum, { start, end }) => sum + end - start + between.length, 0) - between.length;
    const first = this.#reserve(Math.max(0, bytes));
    let at = first;
    for (const [index, { buffer, start, end }] of texts.entries()) {
      if (index > 0 && between !== "") this.#chunk[at++] = lineFeed;
      at += buffer.copy(this.#chunk, at, start, end);
    }
    return { buffer: this.#chunk, start: first, end: at };
  }

  #reserve(bytes: number): number {
    if (this.#chunk.length - this.#used < bytes) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += bytes;
    return start;
  }
}
