import type { CaptureBudget } from "./capture-budget.ts";

/** Nothing was kept. */
const nothing = Buffer.alloc(0);
/** A chunk is kept as it came, without a copy, when what it was cut from is larger by no more than this. */
const slackBytesMax = 4096;

/**
 * Watches one body pass: counts all of it, keeps its beginning.
 *
 * **Guarantee**: never holds more than `keptBytesMax` (and `slackBytesMax` of the packet that it came in), whatever passes, and
 * nothing beyond the budget; the bytes that pass are not changed or delayed.
 */
export class BodyTap {
  /** All that passed. */
  bytes = 0;
  readonly #budget: CaptureBudget;
  #keptBytesMax: number;
  #keptBytes = 0;
  #buffer: Buffer = nothing;
  /** What the budget lent. */
  #heldBytes = 0;

  constructor(keptBytesMax: number, budget: CaptureBudget) {
    this.#keptBytesMax = keptBytesMax;
    this.#budget = budget;
  }

  /** Says how much is kept; before the first byte passes. */
  limit(keptBytesMax: number): void {
    this.#keptBytesMax = keptBytesMax;
  }

  /** Counts the chunk and keeps what there is room for. It must not change afterwards. */
  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    const count = Math.min(chunk.length, this.#keptBytesMax - this.#keptBytes);
    if (count <= 0) return;
    if (this.#keptBytes === 0 && count === chunk.length && chunk.buffer.byteLength - count <= slackBytesMax) this.#keepWhole(chunk);
    else this.#copy(chunk, count);
  }

  /** Lets go of what was kept and keeps nothing more; counting goes on. */
  shed(): void {
    if (this.#heldBytes > 0) this.#budget.release(this.#heldBytes);
    this.#heldBytes = 0;
    this.#buffer = nothing;
    this.#keptBytes = 0;
    this.#keptBytesMax = 0;
  }

  /** Bytes of the kept beginning. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** The kept beginning. */
  kept(): Buffer {
    return this.#keptBytes === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, this.#keptBytes);
  }

  /** True when more passed than was kept. */
  get isCut(): boolean {
    return this.bytes > this.#keptBytes;
  }

  /** The first chunk is mostly the whole body. */
  #keepWhole(chunk: Buffer): void {
    if (!this.#hold(chunk.buffer.byteLength)) return;
    this.#buffer = chunk;
    this.#keptBytes = chunk.length;
  }

  #copy(chunk: Buffer, count: number): void {
    if (count > this.#buffer.length - this.#keptBytes && !this.#grow(this.#keptBytes + count)) return;
    this.#buffer.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.#keptBytes);
    this.#keptBytes += count;
  }

  /** Room doubles, however small the chunks are. */
  #grow(bytesMin: number): boolean {
    const length = Math.min(this.#keptBytesMax, Math.max(bytesMin, 2 * this.#buffer.length));
    if (!this.#hold(length - this.#heldBytes)) return false;
    const grown = Buffer.allocUnsafe(length);
    grown.set(this.kept());
    this.#buffer = grown;
    return true;
  }

  /** False when the budget is used up: then what was kept is all that is kept. */
  #hold(bytes: number): boolean {
    if (bytes > 0 && !this.#budget.take(bytes)) {
      this.#keptBytesMax = this.#keptBytes;
      return false;
    }
    this.#heldBytes += Math.max(0, bytes);
    return true;
  }
}
