import { Buffer } from "node:buffer";

const chunkBytes = 256 * 1024;
/** Memory that is kept for later: as much as four appends take. */
const keptChunksMax = 64;

/** Memory for hundreds of small buffers that are done with at the same time: made once, and used again instead of left to the garbage collector. */
export class Arena {
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #taken: Buffer[] = [];
  readonly #kept: Buffer[] = [];

  /** Bytes of nobody else, not cleared. */
  take(length: number): Buffer {
    if (length > chunkBytes) return Buffer.allocUnsafeSlow(length);
    if (this.#at + length > this.#chunk.length) this.#begin();
    const bytes = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  /**
   * As many bytes as `write` writes, at most `lengthMax`, into the buffer that it is given from the place on that it is given; it returns where they
   * end, or -1 for none, which is undefined here.
   */
  write(lengthMax: number, write: (into: Buffer, from: number) => number): Buffer | undefined {
    if (lengthMax <= chunkBytes && this.#at + lengthMax > this.#chunk.length) this.#begin();
    const isLarge = lengthMax > chunkBytes;
    const into = isLarge ? Buffer.allocUnsafeSlow(lengthMax) : this.#chunk;
    const from = isLarge ? 0 : this.#at;
    const end = write(into, from);
    if (end === -1) return undefined;
    if (!isLarge) this.#at = end;
    return into.subarray(from, end);
  }

  /** What was taken since the last call, as a whole; what is taken from now on is elsewhere. */
  detach(): readonly Buffer[] {
    const taken = this.#taken;
    this.#taken = [];
    this.#chunk = Buffer.alloc(0);
    this.#at = 0;
    return taken;
  }

  /** Nobody reads any of what `detach` returned. */
  giveBack(taken: readonly Buffer[]): void {
    this.#kept.push(...taken.slice(0, keptChunksMax - this.#kept.length));
  }

  #begin(): void {
    this.#chunk = this.#kept.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
    this.#at = 0;
    this.#taken.push(this.#chunk);
  }
}

/** Where the events are made that go into the buffer. */
export const eventArena = new Arena();
