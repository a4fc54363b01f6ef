import type { Deliver } from "@gatelog/pipeline";
import type { Batch } from "./batch.ts";
import type { TailLine } from "./types.ts";

/**
 * Batches that are under way: a bounded number, settled in the order in which they were handed on.
 *
 * **Guarantee**: `onAcked` is called in order; after a rejection it is not called again until `restart`.
 */
export class Deliveries {
  readonly #deliver: Deliver<TailLine>;
  readonly #max: number;
  readonly #onAcked: (batch: Batch) => void;
  readonly #onSettled: () => void;
  #underWay: Promise<void>[] = [];
  #rejection: { readonly error: unknown } | undefined;

  constructor(options: { deliver: Deliver<TailLine>; max: number; onAcked: (batch: Batch) => void; onSettled: () => void }) {
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

  handOn(batch: Batch): void {
    const before = this.#underWay.at(-1) ?? Promise.resolve();
    const settle = async () => {
      const error = await this.#outcome(batch);
      await before;
      if (error !== undefined) this.#rejection ??= error;
      if (this.#rejection === undefined) this.#onAcked(batch);
      this.#underWay = this.#underWay.filter((other) => other !== settled);
      this.#onSettled();
    };
    const settled = settle();
    this.#underWay.push(settled);
  }

  restart(): void {
    this.#rejection = undefined;
  }

  async #outcome(batch: Batch): Promise<{ readonly error: unknown } | undefined> {
    // A batch may hold nothing but empty lines, whose end is to be remembered all the same.
    if (batch.lines.length === 0) return undefined;
    try {
      await this.#deliver(batch.lines);
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}
