import type { TailedFile, TailLine } from "./types.ts";

/** What may be said of a line beside its bytes; the flags of one line are or-ed. */
export const lineFlag = {
  /** Longer than a limit: only its beginning is here. */
  truncated: 1,
  /** Several lines of the file: where it ends may differ when it is read again. */
  joined: 2,
} as const;

/** What a parser found in a line beside its text. */
export interface LineExtra {
  /** Merged into the event. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** ISO 8601: when the line says it was written. */
  readonly timestamp?: string;
}

/** Lines `from` … `to - 1` of a batch: all of one file, all in one buffer. */
export interface LineRun {
  readonly file: TailedFile;
  readonly buffer: Buffer;
  readonly from: number;
  to: number;
}

/** Bounds of a batch. */
export interface LineBatchLimits {
  readonly linesMax: number;
  readonly bytesMax: number;
}

/**
 * Lines of any files, in columns, so that nothing is allocated per line.
 *
 * **Shape**: line `i` of a run is `run.buffer` from `starts[i]` to `ends[i]`, without its line end; in the file it begins at
 * `offsets[i]`, and the next one at `nextOffsets[i]`.
 * **Guarantee**: (file.generation, offset) names the line for ever, unless `lineFlag.joined` is set: then nextOffset belongs to
 * the name. The columns and buffers are used again as soon as the delivery's function has returned: whoever
 * needs a line longer copies it before.
 */
export class LineBatch {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly offsets: Float64Array;
  readonly nextOffsets: Float64Array;
  readonly flags: Uint8Array;
  readonly runs: LineRun[] = [];
  /** What parsers found, by line; undefined where none did. */
  extras: Map<number, LineExtra> | undefined;
  readonly #bytesMax: number;
  #count = 0;
  #bytes = 0;
  #file: TailedFile | undefined;
  #buffer: Buffer | undefined;
  #run: LineRun | undefined;

  constructor({ linesMax, bytesMax }: LineBatchLimits) {
    this.starts = new Uint32Array(linesMax);
    this.ends = new Uint32Array(linesMax);
    this.offsets = new Float64Array(linesMax);
    this.nextOffsets = new Float64Array(linesMax);
    this.flags = new Uint8Array(linesMax);
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of the lines, without their ends. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the next line has to wait; a single line is let in whatever its size. */
  get isFull(): boolean {
    return this.#count >= this.starts.length || this.#bytes >= this.#bytesMax;
  }

  /** Says where the lines that are added next stand. */
  open(file: TailedFile, buffer: Buffer): void {
    if (file === this.#file && buffer === this.#buffer) return;
    this.#file = file;
    this.#buffer = buffer;
    this.#run = undefined;
  }

  /** Adds the line from `start` to `end` of the opened buffer. Not to be called when full. */
  add(start: number, end: number, offset: number, nextOffset: number, flags: number): void {
    const index = this.#count;
    this.starts[index] = start;
    this.ends[index] = end;
    this.offsets[index] = offset;
    this.nextOffsets[index] = nextOffset;
    this.flags[index] = flags;
    this.#count = index + 1;
    this.#bytes += end - start;
    if (this.#run === undefined) this.#startRun(index);
    else this.#run.to = index + 1;
  }

  /** Says what a parser found in the line that was added last. */
  addExtra(extra: LineExtra): void {
    this.extras ??= new Map();
    this.extras.set(this.#count - 1, extra);
  }

  clear(): void {
    this.#count = 0;
    this.#bytes = 0;
    this.runs.length = 0;
    this.extras = undefined;
    this.#file = undefined;
    this.#buffer = undefined;
    this.#run = undefined;
  }

  /** The lines as objects with bytes of their own, for whoever has time. */
  toLines(): TailLine[] {
    return this.runs.flatMap((run) => Array.from({ length: run.to - run.from }, (_, index) => this.#lineAt(run, run.from + index)));
  }

  #lineAt({ file, buffer }: LineRun, index: number): TailLine {
    const extra = this.extras?.get(index);
    const flags = this.flags[index] ?? 0;
    return {
      file,
      bytes: Buffer.from(buffer.subarray(this.starts[index], this.ends[index])),
      offset: this.offsets[index] ?? 0,
      nextOffset: this.nextOffsets[index] ?? 0,
      truncated: (flags & lineFlag.truncated) !== 0,
      joined: (flags & lineFlag.joined) !== 0,
      ...(extra === undefined ? {} : { extra }),
    };
  }

  #startRun(index: number): void {
    if (this.#file === undefined || this.#buffer === undefined) throw new Error("a line was added before its file was named");
    this.#run = { file: this.#file, buffer: this.#buffer, from: index, to: index + 1 };
    this.runs.push(this.#run);
  }
}
