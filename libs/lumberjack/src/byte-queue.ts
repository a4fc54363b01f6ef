/** Chunks below this are joined as they come: a peer that sends byte by byte must not cost an object for each. */
const smallBytes = 16 * 1024;

/**
 * Bytes as they arrive, read as they are needed; copies only what spans two chunks, and small chunks behind others.
 *
 * **Guarantee**: the buffers that `take` returns are never written to again. What is held costs at most about twice its bytes.
 */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #head = 0;
  #offset = 0;
  #length = 0;
  /** Where small chunks are joined, and how much of it is written; its last view is in `#chunks`. */
  #tail: Buffer = Buffer.alloc(0);
  #tailLength = 0;
  #tailView: Buffer | undefined;

  get length(): number {
    return this.#length;
  }

  /** In how many objects the bytes are held. */
  get pieces(): number {
    return this.#chunks.length - this.#head;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#length > 0 && chunk.length < smallBytes) this.#join(chunk);
    else this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Whether there are `count` bytes; then they stand in one piece, and can be looked at. */
  holds(count: number): boolean {
    if (this.#length < count) return false;
    const head = this.#chunks[this.#head];
    if (head !== undefined && head.length - this.#offset < count) this.#mergeHead(count);
    return true;
  }

  /** One of the bytes that `holds` vouched for. */
  byteAt(index: number): number {
    return this.#chunks[this.#head]?.[this.#offset + index] ?? 0;
  }

  /** Four of the bytes that `holds` vouched for, as a number (big-endian). */
  uint32At(index: number): number {
    return this.#chunks[this.#head]?.readUInt32BE(this.#offset + index) ?? 0;
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
    if (!this.holds(count)) return undefined;
    const bytes = this.#chunks[this.#head]?.subarray(this.#offset, this.#offset + count);
    this.skip(count);
    return bytes;
  }

  /** Copies `chunk` behind the last small one; what does not fit there begins another piece. */
  #join(chunk: Buffer): void {
    const isLast = this.#tailView !== undefined && this.#chunks.at(-1) === this.#tailView;
    const fits = isLast ? Math.min(chunk.length, smallBytes - this.#tailLength) : 0;
    if (fits > 0) this.#chunks[this.#chunks.length - 1] = this.#extendTail(chunk.subarray(0, fits));
    if (fits === chunk.length) return;
    this.#tail = Buffer.allocUnsafeSlow(smallBytes);
    this.#tailLength = 0;
    this.#chunks.push(this.#extendTail(chunk.subarray(fits)));
  }

  #extendTail(bytes: Buffer): Buffer {
    this.#tail.set(bytes, this.#tailLength);
    this.#tailLength += bytes.length;
    this.#tailView = this.#tail.subarray(0, this.#tailLength);
    return this.#tailView;
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
