/** Nothing was kept. */
const nothing = Buffer.alloc(0);

/**
 * Watches one body pass: counts all of it, keeps a copy of its beginning.
 *
 * **Guarantee**: never holds more than `keptBytesMax`, whatever passes; the bytes that pass are not changed or delayed.
 * Copies, because a slice would hold the whole network buffer that it came in.
 */
export class BodyTap {
  /** All that passed. */
  bytes = 0;
  #keptBytesMax: number;
  #keptBytes = 0;
  #buffer = nothing;

  constructor(keptBytesMax: number) {
    this.#keptBytesMax = keptBytesMax;
  }

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    const count = Math.min(chunk.length, this.#keptBytesMax - this.#keptBytes);
    if (count <= 0) return;
    if (count > this.#buffer.length - this.#keptBytes) this.#grow(this.#keptBytes + count);
    this.#buffer.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.#keptBytes);
    this.#keptBytes += count;
  }

  /** Lets go of what was kept and keeps nothing more; counting goes on. */
  shed(): void {
    this.#buffer = nothing;
    this.#keptBytes = 0;
    this.#keptBytesMax = 0;
  }

  /** The kept beginning. */
  kept(): Buffer {
    return this.#buffer.subarray(0, this.#keptBytes);
  }

  /** True when more passed than was kept. */
  get isCut(): boolean {
    return this.bytes > this.#keptBytes;
  }

  /** The first chunk is mostly the whole body and gets its size; from the second on room doubles, however small the chunks are. */
  #grow(bytesMin: number): void {
    const grown = Buffer.allocUnsafe(Math.min(this.#keptBytesMax, Math.max(bytesMin, 2 * this.#buffer.length)));
    grown.set(this.kept());
    this.#buffer = grown;
  }
}
