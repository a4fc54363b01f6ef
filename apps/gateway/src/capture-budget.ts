/**
 * The memory that all kept bodies share.
 *
 * **Guarantee**: never more than `bytesMax` are out at once; who is refused keeps less, and nothing waits.
 */
export class CaptureBudget {
  readonly bytesMax: number;
  #usedBytes = 0;
  readonly #onRefusal: () => void;

  /** @param onRefusal called for each body of which less was kept than its limit, for want of memory */
  constructor(bytesMax: number, onRefusal: () => void = () => undefined) {
    this.bytesMax = bytesMax;
    this.#onRefusal = onRefusal;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** True when so many more bytes may be kept; give them back with `release`. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.bytesMax) {
      this.#onRefusal();
      return false;
    }
    this.#usedBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
