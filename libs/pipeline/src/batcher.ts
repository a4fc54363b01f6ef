import type { Clock } from "./clock.ts";

/** Bounds of a batch. */
export interface BatcherOptions<T> {
  readonly itemsMax: number;
  /** A batch is handed on before it would pass this; one item that is larger goes alone. */
  readonly bytesMax: number;
  /** Longest time that an item waits for others, ms. */
  readonly waitMsMax: number;
  readonly sizeOf: (item: T) => number;
  readonly clock: Clock;
}

/**
 * Gathers items into batches bounded by count, bytes and time.
 *
 * **Guarantee**: order is kept; memory is bounded by one batch and one item for each pending `add`, since `add` waits
 * while a full batch has not been taken.
 */
export class Batcher<T> {
  readonly #options: BatcherOptions<T>;
  readonly #held: { readonly item: T; readonly bytes: number; readonly atMs: number }[] = [];
  #bytes = 0;
  #closed = false;
  #waiting: (() => void)[] = [];

  constructor(options: BatcherOptions<T>) {
    this.#options = options;
  }

  /** Takes an item; resolves at once unless a full batch waits to be taken. Rejects after `close`. */
  async add(item: T): Promise<void> {
    while (this.#isFull() && !this.#closed) await this.#change();
    if (this.#closed) throw new Error("an item was added to a batcher that is closed");
    const bytes = this.#options.sizeOf(item);
    this.#held.push({ item, bytes, atMs: this.#options.clock.monotonicMs() });
    this.#bytes += bytes;
    this.#notify();
  }

  /**
   * The next batch: full, or as old as `waitMsMax`, or what was left at `close`. Undefined when closed and empty, or when
   * the signal aborts; nothing is lost then. One caller at a time.
   */
  async next(signal?: AbortSignal): Promise<readonly T[] | undefined> {
    for (;;) {
      if (signal?.aborted === true) return undefined;
      if (this.#isDue()) return this.#take();
      if (this.#closed) return undefined;
      await this.#changeOrDue(signal);
    }
  }

  /** No more items: what is held is handed on by `next`. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  /** Items and bytes that wait. */
  get held(): { readonly items: number; readonly bytes: number } {
    return { items: this.#held.length, bytes: this.#bytes };
  }

  #isFull(): boolean {
    return this.#held.length >= this.#options.itemsMax || this.#bytes >= this.#options.bytesMax;
  }

  #isDue(): boolean {
    return this.#held.length > 0 && (this.#closed || this.#isFull() || this.#remainingMs() <= 0);
  }

  /** How long the oldest item may still wait. */
  #remainingMs(): number {
    const [oldest] = this.#held;
    if (oldest === undefined) return Infinity;
    return oldest.atMs + this.#options.waitMsMax - this.#options.clock.monotonicMs();
  }

  #take(): readonly T[] {
    const { itemsMax, bytesMax } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const { bytes: size } of this.#held) {
      if (count > 0 && (count >= itemsMax || bytes + size > bytesMax)) break;
      bytes += size;
      count++;
    }
    this.#bytes -= bytes;
    const taken = this.#held.splice(0, count).map(({ item }) => item);
    this.#notify();
    return taken;
  }

  async #changeOrDue(signal?: AbortSignal): Promise<void> {
    const remainingMs = this.#remainingMs();
    const woken = new AbortController();
    const sources = signal === undefined ? [woken.signal] : [woken.signal, signal];
    const sleep = this.#options.clock.sleep(Math.min(remainingMs, sleepMsMax), AbortSignal.any(sources));
    await Promise.race([this.#change(), sleep]);
    woken.abort();
  }

  /** Resolves at the next notify. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** setTimeout takes at most 2³¹ − 1 ms; an empty batcher merely looks again. */
const sleepMsMax = 60_000;
