import type { BatchEnds, ReadBatch } from "./batch.ts";
import type { LineBatch } from "./line-batch.ts";

/**
 * Hands lines on. Resolves when all of them are durable at the next stage; rejects when they were given up.
 *
 * **Guarantee**: the batch and the bytes in it are the tail's again as soon as the function has returned its promise.
 */
export type DeliverLines = (batch: LineBatch) => Promise<void>;

/**
 * Batches that are under way: a bounded number, settled in the order in which they were handed on.
 *
 * **Guarantee**: `onAcked` is called in order; after a rejection it is not called again until `restart`.
 */
export class Deliveries {
  readonly #deliver: DeliverLines;
  readonly #max: number;
  readonly #onAcked: (ends: BatchEnds) => void;
  readonly #onSettled: () => void;
  #underWay: Promise<void>[] = [];
  #rejection: { readonly error: unknown } | undefined;

  constructor(options: { deliver: DeliverLines; max: number; onAcked: (ends: BatchEnds) => void; onSettled: () => void }) {
    this.#deliver = options.deliver;
    this.#max = options.max;
    this.#onAcked = options.onAcked;
    this.#onSettled = options.onSettled;
  }

  /** The first rejection since `restart`. */
  get rejection(): { readonly error: unknown } | undefined {
    return this.#rejection;
  }

  get isFull(): boolean {
    return this.#underWay.length >= this.#max;
  }

  get isIdle(): boolean {
    return this.#underWay.length === 0;
  }

  /** Resolves when one more batch may be handed on. */
  async room(): Promise<void> {
    while (this.isFull) await this.#underWay[0];
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Hands the batch on and clears it. */
  handOn(batch: ReadBatch): void {
    const { ends } = batch;
    const before = this.#underWay.at(-1) ?? Promise.resolve();
    const outcome = this.#outcome(batch.lines);
    batch.clear();
    const settle = async () => {
      const error = await outcome;
      await before;
      if (error !== undefined) this.#rejection ??= error;
      if (this.#rejection === undefined) this.#onAcked(ends);
      this.#underWay = this.#underWay.filter((other) => other !== settled);
      this.#onSettled();
    };
    const settled = settle();
    this.#underWay.push(settled);
  }

  restart(): void {
    this.#rejection = undefined;
  }

  async #outcome(lines: LineBatch): Promise<{ readonly error: unknown } | undefined> {
    // A batch may hold nothing but empty lines, whose end is to be remembered all the same.
    if (lines.count === 0) return undefined;
    try {
      await this.#deliver(lines);
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}
