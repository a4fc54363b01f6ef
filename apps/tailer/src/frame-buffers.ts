import { Buffer } from "node:buffer";

const firstBytes = 2 * 1024 * 1024;

/**
 * Memory for windows on their way, used again and again.
 *
 * **Guarantee**: keeps at most `kept` buffers, and none that a rare batch made larger than `keptBytesMax`.
 */
export class FrameBuffers {
  readonly #kept: number;
  readonly #keptBytesMax: number;
  readonly #free: Buffer[] = [];

  constructor({ kept, keptBytesMax }: { readonly kept: number; readonly keptBytesMax: number }) {
    this.#kept = kept;
    this.#keptBytesMax = keptBytesMax;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(firstBytes);
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < this.#kept && buffer.length <= this.#keptBytesMax) this.#free.push(buffer);
  }
}

/** A larger buffer with the first `used` bytes of a smaller one and room for `more`. */
export function enlarged(buffer: Buffer, used: number, more: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, used + more));
  buffer.copy(larger, 0, 0, used);
  return larger;
}
