/**
 * Bytes as they arrive, read as they are needed; copies only what spans two chunks.
 *
 * **Guarantee**: the buffers that `take` returns are never written to again.
 */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #head = 0;
  #offset = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next `count` bytes without consuming them, or undefined when there are fewer. */
  peek(count: number): Buffer | undefined {
    if (this.#length < count) return undefined;
    const head = this.#chunks[this.#head];
    if (head === undefined) return undefined;
    if (head.length - this.#offset < count) this.#mergeHead(count);
    return this.#chunks[this.#head]?.subarray(this.#offset, this.#offset + count);
  }

  skip(count: number): void {
    this.#length -= count;
    let left = count;
    while (left > 0) {
      const available = (this.#chunks[this.#head]?.length ?? 0) - this.#offset;
      if (left < available) {
        this.#offset += left;
        return;
      }
      left -= available;
      this.#dropHead();
    }
  }

  /** The next `count` bytes, consumed, or undefined when there are fewer. */
  take(count: number): Buffer | undefined {
    if (count === 0) return Buffer.alloc(0);
    const bytes = this.peek(count);
    if (bytes !== undefined) this.skip(count);
    return bytes;
  }

  /** Joins as many chunks as hold `count` bytes into the head, once, into memory of their own. */
  #mergeHead(count: number): void {
    const parts: Buffer[] = [];
    let bytes = 0;
    while (bytes < count) {
      const chunk = this.#chunks[this.#head];
      if (chunk === undefined) break;
      const part = chunk.subarray(this.#offset);
      parts.push(part);
      bytes += part.length;
      this.#dropHead();
    }
    this.#chunks.splice(0, this.#head, Buffer.concat(parts, bytes));
    this.#head = 0;
  }

  #dropHead(): void {
    this.#head += 1;
    this.#offset = 0;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
