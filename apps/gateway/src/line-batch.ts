const newline = 0x0a;
/** A unit of UTF-16 takes at most three bytes of UTF-8. */
const bytesPerUnitMax = 3;

/**
 * Lines in one buffer, as they are written, with whoever waits for them to be durable.
 *
 * Each line is encoded when it comes: no string outlives its call, and the bytes that wait are counted exactly.
 */
export class LineBatch {
  readonly #buffer: Buffer;
  /** Called once the batch is durable. */
  #waiters: (() => void)[] = [];
  /** Bytes taken so far. */
  length = 0;
  /** Lines taken so far. */
  lines = 0;

  /** @param bytesMax size of the buffer. Its memory is not touched before lines fill it. */
  constructor(bytesMax: number) {
    this.#buffer = Buffer.allocUnsafeSlow(bytesMax);
  }

  /** Bytes that a line takes, its end included. */
  static bytesOf(line: string): number {
    return Buffer.byteLength(line) + 1;
  }

  get bytesMax(): number {
    return this.#buffer.length;
  }

  /** Takes a line and its end. Returns how many bytes these are; 0 when they do not fit. */
  add(line: string): number {
    const start = this.length;
    const free = this.#buffer.length - start;
    // The exact length costs as much as the encoding, so it is asked for near the end only.
    if (line.length * bytesPerUnitMax >= free && LineBatch.bytesOf(line) > free) return 0;
    const end = start + this.#buffer.write(line, start);
    this.#buffer[end] = newline;
    this.length = end + 1;
    this.lines += 1;
    return this.length - start;
  }

  /** Keeps `onDurable` for whoever makes the batch durable. */
  await(onDurable: () => void): void {
    this.#waiters.push(onDurable);
  }

  /** True when somebody waits for the batch to be durable. */
  get isAwaited(): boolean {
    return this.#waiters.length > 0;
  }

  /** What was taken, without a copy. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  /** Where the line begins that `offset` is in. */
  lineStart(offset: number): number {
    return offset === 0 ? 0 : this.#buffer.lastIndexOf(newline, offset - 1) + 1;
  }

  /** Those who wait, each handed out once. */
  takeWaiters(): readonly (() => void)[] {
    const waiters = this.#waiters;
    if (waiters.length > 0) this.#waiters = [];
    return waiters;
  }

  /** Empties the batch for other lines. */
  clear(): void {
    this.length = 0;
    this.lines = 0;
  }
}
