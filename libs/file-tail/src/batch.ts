import { tailBytesMax, type Tail } from "./fingerprint.ts";
import { LineBatch } from "./line-batch.ts";
import type { TrackedFile } from "./tracked-file.ts";

/** How far a batch reads in one generation of a file. */
export interface BatchEnd {
  readonly generation: string;
  readonly nextOffset: number;
  readonly tail: Tail | undefined;
}

/** What is acknowledged when a batch is: of one file perhaps several, the last one last. */
export type BatchEnds = Iterable<readonly [TrackedFile, BatchEnd]>;

export interface ReadBatchLimits {
  readonly linesMax: number;
  readonly bytesMax: number;
  /** The most that one file's turn may have to read at once. */
  readonly windowBytesMax: number;
}

/**
 * Lines of any files on their way out together, and the memory that they are read into: taken once, used for every batch.
 *
 * **Guarantee**: holds at most `bytesMax` and one window of bytes. A single line is let in whatever its size.
 */
export class ReadBatch {
  readonly lines: LineBatch;
  readonly buffer: Buffer;
  #ends = new Map<TrackedFile, BatchEnd>();
  #used = 0;

  constructor({ linesMax, bytesMax, windowBytesMax }: ReadBatchLimits) {
    this.lines = new LineBatch({ linesMax, bytesMax });
    this.buffer = Buffer.allocUnsafeSlow(bytesMax + windowBytesMax + tailBytesMax);
  }

  /** Whether the next window has to wait for the next batch. */
  hasRoomFor(bytes: number): boolean {
    return !this.lines.isFull && (this.#used + bytes <= this.buffer.length || this.#used === 0);
  }

  get isEmpty(): boolean {
    return this.#ends.size === 0;
  }

  /** Where the next window is read to. */
  get used(): number {
    return this.#used;
  }

  /** Keeps the bytes of the buffer before `used`: lines stand in them. */
  keep(used: number): void {
    this.#used = used;
  }

  /** Notes that the batch ends there in the file, also when no line of it is in the batch. */
  reach(file: TrackedFile): void {
    if (file.generation === undefined) return;
    this.#ends.set(file, { generation: file.generation, nextOffset: file.readOffset, tail: file.readTail });
  }

  /** What is acknowledged when this batch is; the batch begins anew with `clear`. */
  get ends(): BatchEnds {
    return this.#ends;
  }

  clear(): void {
    this.lines.clear();
    this.#ends = new Map();
    this.#used = 0;
  }
}
