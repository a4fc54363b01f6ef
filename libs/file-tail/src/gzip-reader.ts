import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip, type Gunzip } from "node:zlib";
import { readBytes, type ReadTarget, tailBytesMax } from "./fingerprint.ts";

const pieceBytes = 64 * 1024;

/**
 * Inflates a gzip file from its beginning, piece by piece. The file may consist of several members, as `gzip -c >>` makes it.
 *
 * **Errors**: those of zlib; of a file that is cut short too.
 */
export class GzipStream {
  readonly #source: Readable;
  readonly #gunzip: Gunzip;
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(handle: FileHandle) {
    this.#source = Readable.from(piecesOf(handle), { objectMode: false });
    this.#gunzip = createGunzip({ chunkSize: pieceBytes });
    this.#source.on("error", (error) => this.#gunzip.destroy(error));
    // Whoever reads is told; an error after that has nobody to tell.
    this.#gunzip.on("error", () => {});
    this.#source.pipe(this.#gunzip);
    this.#chunks = this.#gunzip[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** The next bytes; undefined at the end, when all checksums were right. */
  async next(): Promise<Buffer | undefined> {
    const { done, value } = await this.#chunks.next();
    return done === true ? undefined : value;
  }

  close(): void {
    this.#source.destroy();
    this.#gunzip.destroy();
  }
}

/** A stream of the handle's own would close it with itself. */
async function* piecesOf(handle: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  for (let position = 0; ;) {
    const piece = await readBytes(handle, position, pieceBytes);
    if (piece.length === 0) return;
    yield piece;
    position += piece.length;
  }
}

/**
 * Reads what a gzip file inflates to at any position: on from the last one at once, before it by inflating anew.
 *
 * **Guarantee**: holds what was asked for last, what vouches for it before it, and one piece at either side.
 */
export class GzipReader {
  readonly #handle: FileHandle;
  #stream: GzipStream | undefined;
  /** Where the bytes that are held begin. */
  #start = 0;
  #held: Buffer[] = [];

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async readInto({ buffer, at, length, position }: ReadTarget): Promise<number> {
    if (this.#stream === undefined || position < this.#start) this.#restart();
    await this.#fillTo(position, position + length);
    let filled = 0;
    let offset = this.#start;
    for (const chunk of this.#held) {
      const from = Math.max(0, position + filled - offset);
      if (filled < length && from < chunk.length) filled += chunk.copy(buffer, at + filled, from, from + length - filled);
      offset += chunk.length;
    }
    return filled;
  }

  close(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#held = [];
  }

  #restart(): void {
    this.close();
    this.#stream = new GzipStream(this.#handle);
    this.#start = 0;
  }

  async #fillTo(from: number, to: number): Promise<void> {
    let end = this.#start + this.#held.reduce((sum, chunk) => sum + chunk.length, 0);
    const kept = from - tailBytesMax;
    this.#dropBefore(kept);
    while (end < to) {
      const chunk = await this.#stream?.next();
      if (chunk === undefined) return;
      this.#held.push(chunk);
      end += chunk.length;
      this.#dropBefore(kept);
    }
  }

  #dropBefore(position: number): void {
    for (let [first] = this.#held; first !== undefined && this.#start + first.length <= position; [first] = this.#held) {
      this.#start += first.length;
      this.#held.shift();
    }
  }
}
