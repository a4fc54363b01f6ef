import { type Acknowledged, Acknowledgements } from "./acknowledgements.ts";
import type { BatchEnds, ReadBatch } from "./batch.ts";
import type { LineBatch } from "./line-batch.ts";

/**
 * Hands lines on. Resolves when all of them are durable at the next stage; rejects when they were given up.
 *
 * **Guarantee**: the batch and the bytes in it are the tail's again as soon as the function has returned its promise.
 */
export type DeliverLines = (batch: LineBatch) => Promise<void>;

export interface DeliveriesOptions {
  readonly deliver: DeliverLines;
  /** Batches that are under way at the same time. */
  readonly max: number;
  /** Bytes of batches that are acknowledged while something before them is not. */
  readonly aheadBytesMax: number;
  readonly onAcked: (ends: BatchEnds) => void;
  readonly onSettled: () => void;
}

/**
 * Batches that are under way: a bounded number. One that is acknowledged makes room for the next one, whatever the others wait for.
 *
 * **Guarantee**: `onAcked` is called in order for each generation. After a rejection nothing of what was handed on behind the rejected
 * batch and is acknowledged from then on counts, until `restart`.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #acknowledgements = new Acknowledgements();
  #underWay = 0;
  #handedOn = 0;
  #rejection: { readonly error: unknown; readonly number: number } | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** The first rejection since `restart`. */
  get rejection(): { readonly error: unknown } | undefined {
    return this.#rejection;
  }

  get isFull(): boolean {
    const { max, aheadBytesMax } = this.#options;
    return this.#underWay >= max || (this.#underWay > 0 && this.#acknowledgements.aheadBytes >= aheadBytesMax);
  }

  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** Resolves when one more batch may be handed on. */
  async room(): Promise<void> {
    while (this.isFull) await this.#change();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (!this.isIdle) await this.#change();
  }

  /** Hands the batch on and clears it. */
  handOn(batch: ReadBatch): void {
    const { lines, ends } = batch;
    this.#handedOn += 1;
    this.#underWay += 1;
    const number = this.#handedOn;
    const acknowledged = this.#acknowledgements.expect(ends, lines.bytes);
    // Only what is called now sees the lines: they are gone when it has returned.
    const outcome = this.#outcome(lines);
    batch.clear();
    void this.#settle(outcome, acknowledged, number);
  }

  restart(): void {
    this.#rejection = undefined;
    this.#acknowledgements.forget();
  }

  async #settle(outcome: Promise<{ readonly error: unknown } | undefined>, acknowledged: Acknowledged, number: number): Promise<void> {
    const failure = await outcome;
    if (failure !== undefined) this.#rejection = { error: (this.#rejection ?? failure).error, number: this.#firstRejected(number) };
    else if (number < this.#firstRejected(Infinity)) this.#options.onAcked(acknowledged());
    this.#underWay -= 1;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
    this.#options.onSettled();
  }

  #firstRejected(number: number): number {
    return Math.min(number, this.#rejection?.number ?? Infinity);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #outcome(lines: LineBatch): Promise<{ readonly error: unknown } | undefined> {
    // A batch may hold nothing but empty lines, whose end is to be remembered all the same.
    if (lines.count === 0) return undefined;
    try {
      await this.#options.deliver(lines);
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}
