import type { ByteBudget } from "./byte-budget.ts";

/** The turn of one connection to inflate an event that is larger than a batch: `budget` lets in one at a time. */
export class LargeEvent {
  readonly #budget: ByteBudget;
  readonly #bytes: number;
  #isHeld = false;

  constructor(budget: ByteBudget, bytes: number) {
    this.#budget = budget;
    this.#bytes = bytes;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    if (!this.#isHeld) this.#isHeld = await this.#budget.acquire(this.#bytes, signal);
  }

  /** Gives the turn away when the event is done with. */
  async release(done: Promise<unknown>): Promise<void> {
    await done;
    if (this.#isHeld) this.#budget.release(this.#bytes);
    this.#isHeld = false;
  }
}
