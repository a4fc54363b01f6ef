import { Buffer } from "node:buffer";

const chunkBytes = 256 * 1024;

/**
 * Memory for many small buffers that are done with at about the same time: one allocation for hundreds of them. A buffer that is kept keeps its whole chunk.
 */
export class Arena {
  #chunk = Buffer.alloc(0);
  #at = 0;

  /** Bytes of nobody else, not cleared. */
  take(length: number): Buffer {
    if (length > chunkBytes) return Buffer.allocUnsafeSlow(length);
    if (this.#at + length > this.#chunk.length) {
      this.#chunk = Buffer.allocUnsafeSlow(chunkBytes);
      this.#at = 0;
    }
    const bytes = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }
}
