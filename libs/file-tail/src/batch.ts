import type { TrackedFile } from "./tracked-file.ts";
import type { TailLine } from "./types.ts";

/** How far a batch reads in one generation of a file. */
export interface BatchEnd {
  readonly generation: string;
  readonly nextOffset: number;
}

/** Lines of any files, on their way out together, bounded by count and bytes. */
export class Batch {
  readonly lines: TailLine[] = [];
  readonly ends = new Map<TrackedFile, BatchEnd>();
  readonly #linesMax: number;
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(linesMax: number, bytesMax: number) {
    this.#linesMax = linesMax;
    this.#bytesMax = bytesMax;
  }

  /** Whether the next line has to wait; a single line is let in whatever its size. */
  get isFull(): boolean {
    return this.lines.length >= this.#linesMax || this.#bytes >= this.#bytesMax;
  }

  add(line: TailLine): void {
    this.lines.push(line);
    this.#bytes += line.bytes.length;
  }

  reach(file: TrackedFile, end: BatchEnd): void {
    this.ends.set(file, end);
  }
}
