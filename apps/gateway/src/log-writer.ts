import { backOff, type BackOff, type Clock } from "@gatelog/pipeline";
import { codeOf } from "./error-code.ts";
import type { LineBatch } from "./line-batch.ts";
import { LineQueue } from "./line-queue.ts";
import type { LogFiles } from "./log-files.ts";

const retryMinMs = 50;
const retryMaxMs = 2000;
/** Errors of a write that the same file may get over; after any other one the file is abandoned. */
const passingErrors = new Set(["ENOSPC", "EDQUOT", "EAGAIN", "EINTR", "EBUSY"]);

/** Why a file was begun. */
export type OpenReason = "start" | "size" | "age" | "asked" | "gone" | "failed";

/** What the writer reports. */
export type LogEvent =
  | { readonly type: "written"; readonly bytes: number; readonly lines: number }
  | { readonly type: "failed"; readonly error: unknown; readonly retryInMs: number }
  | { readonly type: "recovered" }
  | { readonly type: "opened"; readonly path: string; readonly why: OpenReason }
  | { readonly type: "kept"; readonly error: unknown }
  | { readonly type: "unsynced"; readonly path: string; readonly error: unknown }
  | { readonly type: "waiter-failed"; readonly error: unknown }
  | { readonly type: "dropped"; readonly lines: number };

/** How much room there is for records that wait for the disk. */
export const pressures = ["none", "shed", "refuse", "full"] as const;
export type Pressure = (typeof pressures)[number];

/** Bounds and connections of a writer. */
export interface LogWriterOptions {
  readonly files: LogFiles;
  readonly rotateBytesMax: number;
  /** Age at which a file that is not empty is followed by the next one, ms; undefined: its size alone decides. */
  readonly rotateAgeMs?: number | undefined;
  readonly pendingBytesMax: number;
  /** How much room the disk has. */
  readonly space?: { readonly pressure: Pressure };
  readonly clock: Clock;
  readonly onEvent: (event: LogEvent) => void;
}

/**
 * Appends lines in batches: whatever came while the last write ran goes into the next one.
 *
 * **Guarantee**: lines are written whole and in order, each once, unless a file fails: a line torn by that begins again in the
 * next file, and where somebody waits for the batch (`appendDurable`) all of it does, so that its lines may stand twice, with
 * the same id and seq. A file whose fsync failed is never written again and never vouched for: the kernel may have dropped
 * what it could not write, and says so once. While the disk refuses, lines wait in memory up to `pendingBytesMax` and the
 * write is tried again for ever; beyond it a line is dropped and reported.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #queue = new LineQueue();
  #writing: LineBatch | undefined;
  #running: Promise<void> | undefined;
  #wanted: Exclude<OpenReason, "start" | "size" | "failed"> | undefined;
  /** When the current file got its first bytes, by the monotonic clock. */
  #begunMs = 0;
  #failure: unknown;
  #isStopped = false;
  readonly #giveUp = new AbortController();

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
    if (this.#take(line) !== undefined) this.#wake();
  }

  /**
   * Takes a line and calls back once it, and all before it in its file, are written and fsynced. One fsync serves all that
   * came while the one before ran. False when the line is refused, because `pendingBytesMax` waits or the writer is closed.
   *
   * **Guarantee**: `onDurable` is called once, in the order of the lines, never before this returns; never, when the line is
   * lost. What it throws is reported and does no harm.
   */
  appendDurable(line: string, onDurable: () => void): boolean {
    const batch = this.#take(line);
    if (batch === undefined) return false;
    batch.await(onDurable);
    this.#wake();
    return true;
  }

  get pendingBytes(): number {
    return this.#queue.bytes;
  }

  /** Of the memory for lines that wait or of the disk, whichever has less room. */
  get pressure(): Pressure {
    const own = this.#pendingPressure;
    const { space } = this.#options;
    return space === undefined || pressures.indexOf(own) > pressures.indexOf(space.pressure) ? own : space.pressure;
  }

  get #pendingPressure(): Pressure {
    const share = this.#queue.bytes / this.#options.pendingBytesMax;
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
    this.#wake();
  }

  /** Goes over to a new file when somebody removed or replaced the current one, or when that is old enough. To be called every second or so. */
  async check(): Promise<void> {
    try {
      if (await this.#options.files.isGone()) this.#wanted ??= "gone";
      else if (this.#isAged()) this.#wanted ??= "age";
      if (this.#wanted !== undefined) this.#wake();
    } catch (error) {
      this.#options.onEvent({ type: "kept", error });
    }
  }

  /** Writes what waits, syncs and closes. Rejects when the disk still refuses at `signal`; what then waits is lost and said so. */
  async stop(signal: AbortSignal): Promise<void> {
    const giveUp = () => this.#giveUp.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    this.#wake();
    while (this.#running !== undefined) await this.#running;
    this.#isStopped = true;
    signal.removeEventListener("abort", giveUp);
    // Those who waited are told in a turn of their own.
    await nextTurn();
    const lost = (this.#writing?.lines ?? 0) + this.#queue.lines;
    if (lost > 0) this.#options.onEvent({ type: "dropped", lines: lost });
    const closing = this.#options.files.close();
    if (lost === 0) return closing;
    await closing.catch(() => undefined);
    throw new Error(`${lost} records could not be written before the deadline: ${reasonOf(this.#failure)}`);
  }

  /** The batch that took the line; undefined when it is dropped. */
  #take(line: string): LineBatch | undefined {
    if (this.#queue.bytes >= this.#options.pendingBytesMax || this.#isStopped) {
      this.#options.onEvent({ type: "dropped", lines: 1 });
      return undefined;
    }
    return this.#queue.add(line);
  }

  get #hasWork(): boolean {
    // At the deadline a disk that works still gets what waits; one that refuses is given up.
    const isGivenUp = this.#giveUp.signal.aborted && this.#failure !== undefined;
    return (this.#writing !== undefined || !this.#queue.isEmpty || this.#wanted !== undefined) && !isGivenUp;
  }

  #wake(): void {
    if (this.#isStopped) return;
    // What comes in this very turn goes with it.
    this.#running ??= nextTurn()
      .then(() => this.#drain())
      .finally(() => {
        this.#running = undefined;
        // A line that came after the loop had looked for the last time.
        if (this.#hasWork) this.#wake();
      });
  }

  async #drain(): Promise<void> {
    do {
      await this.#rotate();
      const batch = (this.#writing = this.#queue.next());
      if (batch === undefined) continue;
      if (!(await this.#write(batch))) return;
      this.#written(batch);
    } while (this.#hasWork);
  }

  #isAged(): boolean {
    const { files, rotateAgeMs, clock } = this.#options;
    return rotateAgeMs !== undefined && files.bytes > 0 && clock.monotonicMs() - this.#begunMs >= rotateAgeMs;
  }

  async #rotate(): Promise<void> {
    const why = this.#wanted ?? (this.#options.files.bytes >= this.#options.rotateBytesMax ? "size" : undefined);
    this.#wanted = undefined;
    if (why !== undefined) await this.#goOn(why);
  }

  /** False when no new file can be made: the current one still takes lines, and the next batch tries again where the size asks for it. */
  async #goOn(why: OpenReason): Promise<boolean> {
    const { files, onEvent } = this.#options;
    try {
      await files.next();
      onEvent({ type: "opened", path: files.path, why });
      return true;
    } catch (error) {
      onEvent({ type: "kept", error });
      return false;
    }
  }

  /** Writes a batch, and syncs it where it is awaited. False when it was given up on stop. */
  async #write(batch: LineBatch): Promise<boolean> {
    const { files, clock } = this.#options;
    const { bytes } = batch;
    if (files.bytes === 0) this.#begunMs = clock.monotonicMs();
    const waits = backOff({ minMs: retryMinMs, maxMs: retryMaxMs });
    for (let offset = 0; ;) {
      try {
        while (offset < bytes.length) offset += await files.write(bytes, offset);
        if (batch.isAwaited) await files.sync();
        return true;
      } catch (error) {
        const resumed = await this.#recover({ batch, offset, error, waits });
        if (resumed === undefined) return false;
        offset = resumed;
      }
    }
  }

  /** Waits after a failed write or sync; returns where to go on: at `offset`, or in a new file; undefined when given up. */
  async #recover(fault: { batch: LineBatch; offset: number; error: unknown; waits: BackOff }): Promise<number | undefined> {
    const { batch, offset, error, waits } = fault;
    const isWriteFault = offset < batch.length;
    this.#failure = error;
    for (;;) {
      const retryInMs = waits.next();
      this.#options.onEvent({ type: "failed", error, retryInMs });
      await this.#options.clock.sleep(retryInMs, this.#giveUp.signal);
      if (this.#giveUp.signal.aborted) return undefined;
      if (isWriteFault && passingErrors.has(codeOf(error))) return offset;
      if (await this.#goOn("failed")) return batch.isAwaited ? 0 : batch.lineStart(offset);
      // A file that refused a write may take the next one. One whose sync failed may not: it would seem whole.
      if (isWriteFault) return offset;
    }
  }

  #written(batch: LineBatch): void {
    const { onEvent } = this.#options;
    const { length, lines } = batch;
    const waiters = batch.takeWaiters();
    this.#writing = undefined;
    this.#queue.release(batch);
    if (this.#failure !== undefined) onEvent({ type: "recovered" });
    this.#failure = undefined;
    onEvent({ type: "written", bytes: length, lines });
    // In a turn of their own, so that the next write is under way before them.
    if (waiters.length > 0) setImmediate(() => this.#tell(waiters));
  }

  #tell(waiters: readonly (() => void)[]): void {
    for (const onDurable of waiters) {
      try {
        onDurable();
      } catch (error) {
        this.#options.onEvent({ type: "waiter-failed", error });
      }
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
