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
  #parts: Buffer[] | undefined;

  constructor(keptBytesMax: number) {
    this.#keptBytesMax = keptBytesMax;
  }

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    const room = this.#keptBytesMax - this.#keptBytes;
    if (room <= 0) return;
    const kept = Buffer.from(chunk.length <= room ? chunk : chunk.subarray(0, room));
    this.#keptBytes += kept.length;
    if (this.#parts === undefined) this.#parts = [kept];
    else this.#parts.push(kept);
  }

  /** Lets go of what was kept and keeps nothing more; counting goes on. */
  shed(): void {
    this.#parts = undefined;
    this.#keptBytes = 0;
    this.#keptBytesMax = 0;
  }

  /** The kept beginning. */
  kept(): Buffer {
    if (this.#parts === undefined) return nothing;
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0] ?? nothing;
  }

  /** True when more passed than was kept. */
  get isCut(): boolean {
    return this.bytes > this.#keptBytes;
  }
}
