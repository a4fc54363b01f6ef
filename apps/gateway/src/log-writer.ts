import { backOff, type Clock } from "@gatelog/pipeline";
import type { LogFiles } from "./log-files.ts";

/** One write takes at most about this much. */
const batchBytesMax = 1_048_576;
const retryMinMs = 50;
const retryMaxMs = 2000;
const newline = 0x0a;
/** Errors that the same file may get over; after any other one the file is left behind. */
const passingErrors = new Set(["ENOSPC", "EDQUOT", "EAGAIN", "EINTR", "EBUSY"]);

/** What the writer reports. */
export type LogEvent =
  | { readonly type: "written"; readonly bytes: number; readonly lines: number }
  | { readonly type: "failed"; readonly error: unknown; readonly retryInMs: number }
  | { readonly type: "recovered" }
  | { readonly type: "opened"; readonly path: string; readonly why: "start" | "size" | "asked" | "gone" | "failed" }
  | { readonly type: "kept"; readonly error: unknown }
  | { readonly type: "dropped"; readonly lines: number };

/** How much room there is for records that wait for the disk. */
export const pressures = ["none", "shed", "refuse", "full"] as const;
export type Pressure = (typeof pressures)[number];

/** Bounds and connections of a writer. */
export interface LogWriterOptions {
  readonly files: LogFiles;
  readonly rotateBytesMax: number;
  readonly pendingBytesMax: number;
  readonly clock: Clock;
  readonly onEvent: (event: LogEvent) => void;
}

/**
 * Appends lines in batches: whatever came while the last write ran goes into the next one.
 *
 * **Guarantee**: lines are written whole and in order, each once, unless a file fails in the middle of one: that line begins
 * again in the next file. While the disk refuses, lines wait in memory up to `pendingBytesMax` and the write is tried again for
 * ever; beyond it a line is dropped and reported.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #lines: string[] = [];
  #pendingBytes = 0;
  #running: Promise<void> | undefined;
  #wanted: "asked" | "gone" | undefined;
  #failure: unknown;
  #giveUp = new AbortController();

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** Opens the first file. Rejects when it cannot be made. */
  async start(): Promise<void> {
    await this.#options.files.next();
    this.#options.onEvent({ type: "opened", path: this.#options.files.path, why: "start" });
  }

  /** Takes a line, without its line end. */
  append(line: string): void {
    if (this.#pendingBytes >= this.#options.pendingBytesMax) {
      this.#options.onEvent({ type: "dropped", lines: 1 });
      return;
    }
    this.#lines.push(line);
    this.#pendingBytes += Buffer.byteLength(line) + 1;
    this.#schedule();
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get pressure(): Pressure {
    const share = this.#pendingBytes / this.#options.pendingBytesMax;
    if (share < 0.5) return "none";
    if (share < 0.75) return "shed";
    return share < 1 ? "refuse" : "full";
  }

  /** Why the disk does not take lines at the moment; undefined while it does. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Goes over to a new file, e.g. after the current one was moved away. */
  reopen(): void {
    this.#wanted = "asked";
    this.#schedule();
  }

  /** Goes over to a new file when somebody removed the current one. */
  async check(): Promise<void> {
    try {
      if (!(await this.#options.files.isGone())) return;
      this.#wanted ??= "gone";
      this.#schedule();
    } catch (error) {
      this.#options.onEvent({ type: "kept", error });
    }
  }

  /** Writes what waits, syncs and closes. Rejects when the disk still refuses at `signal`; what then waits is lost and said so. */
  async stop(signal: AbortSignal): Promise<void> {
    const giveUp = () => this.#giveUp.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    while (this.#running !== undefined) await this.#running;
    signal.removeEventListener("abort", giveUp);
    const lost = this.#lines.length;
    if (lost > 0) this.#options.onEvent({ type: "dropped", lines: lost });
    await this.#options.files.close();
    if (lost > 0) throw new Error(`${lost} records could not be written before the deadline: ${reasonOf(this.#failure)}`);
  }

  get #hasWork(): boolean {
    // At the deadline a disk that works still gets what waits; one that refuses is given up.
    const isGivenUp = this.#giveUp.signal.aborted && this.#failure !== undefined;
    return (this.#lines.length > 0 || this.#wanted !== undefined) && !isGivenUp;
  }

  #schedule(): void {
    this.#running ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#run())
      .finally(() => {
        this.#running = undefined;
        // A line that came after the loop had looked for the last time.
        if (this.#hasWork) this.#schedule();
      });
  }

  async #run(): Promise<void> {
    while (this.#hasWork) {
      await this.#rotate();
      const lines = this.#takeBatch();
      if (lines.length > 0 && !(await this.#write(lines))) this.#lines = [...lines, ...this.#lines];
    }
  }

  #takeBatch(): string[] {
    let chars = 0;
    let count = 0;
    while (count < this.#lines.length && chars < batchBytesMax) chars += this.#lines[count++]?.length ?? 0;
    return this.#lines.splice(0, count);
  }

  async #rotate(): Promise<void> {
    const { files, rotateBytesMax } = this.#options;
    const why = this.#wanted ?? (files.bytes >= rotateBytesMax ? "size" : undefined);
    this.#wanted = undefined;
    if (why === undefined) return;
    try {
      await files.next();
      this.#options.onEvent({ type: "opened", path: files.path, why });
    } catch (error) {
      // The current file still takes lines; the next batch tries again where the size asks for it.
      this.#options.onEvent({ type: "kept", error });
    }
  }

  /** False when it was given up on stop. */
  async #write(lines: readonly string[]): Promise<boolean> {
    let bytes = Buffer.from(`${lines.join("\n")}\n`);
    const total = bytes.length;
    const waits = backOff({ minMs: retryMinMs, maxMs: retryMaxMs });
    for (let offset = 0; offset < bytes.length;) {
      try {
        offset += await this.#options.files.write(bytes, offset);
      } catch (error) {
        const start = await this.#recover(error, bytes, offset, waits.next());
        if (start === undefined) return false;
        if (start < offset) {
          bytes = bytes.subarray(start);
          offset = 0;
        }
      }
    }
    this.#pendingBytes -= total;
    if (this.#failure !== undefined) this.#options.onEvent({ type: "recovered" });
    this.#failure = undefined;
    this.#options.onEvent({ type: "written", bytes: total, lines: lines.length });
    return true;
  }

  /** Waits after a failed write; returns where to go on: at `offset`, or at the start of its line in a new file. */
  async #recover(error: unknown, bytes: Buffer, offset: number, retryInMs: number): Promise<number | undefined> {
    this.#failure = error;
    this.#options.onEvent({ type: "failed", error, retryInMs });
    await this.#options.clock.sleep(retryInMs, this.#giveUp.signal);
    if (this.#giveUp.signal.aborted) return undefined;
    if (passingErrors.has(codeOf(error))) return offset;
    try {
      await this.#options.files.next();
      this.#options.onEvent({ type: "opened", path: this.#options.files.path, why: "failed" });
      return offset === 0 ? 0 : bytes.lastIndexOf(newline, offset - 1) + 1;
    } catch (cause) {
      this.#options.onEvent({ type: "kept", error: cause });
      return offset;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
