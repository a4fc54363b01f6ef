import type { ByteBudget } from "./byte-budget.ts";

/**
 * Room for the incomplete frames of one connection: they share a part of all bytes in flight, so that peers that announce
 * much and send it slowly leave the rest to those that send whole frames.
 *
 * **Guarantee**: nobody waits for the shared part while holding bytes of the whole, or all could wait for each other.
 */
export class FrameRoom {
  readonly #budget: ByteBudget;
  readonly #frameBudget: ByteBudget;
  #bytes = 0;

  constructor(budgets: { budget: ByteBudget; frameBudget: ByteBudget }) {
    this.#budget = budgets.budget;
    this.#frameBudget = budgets.frameBudget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether others wait for what is held here. */
  get isWanted(): boolean {
    return this.#bytes > 0 && this.#budget.waiting + this.#frameBudget.waiting > 0;
  }

  /** Reserves without waiting; false when there is no room. */
  tryReserve(bytes: number): boolean {
    if (!this.#frameBudget.tryAcquire(bytes)) return false;
    if (this.#budget.tryAcquire(bytes)) this.#bytes = bytes;
    else this.#frameBudget.release(bytes);
    return this.#bytes > 0;
  }

  async reserve(bytes: number, signal: AbortSignal): Promise<void> {
    if (!(await this.#frameBudget.acquire(bytes, signal))) return;
    if (await this.#budget.acquire(bytes, signal)) this.#bytes = bytes;
    else this.#frameBudget.release(bytes);
  }

  /** The frame is complete and needs `bytes` from now on: they come from what was reserved, and what lacks at once. False when nothing was. */
  settle(bytes: number): boolean {
    const reserved = this.#bytes;
    if (reserved === 0) return false;
    this.#bytes = 0;
    this.#frameBudget.release(reserved);
    if (reserved > bytes) this.#budget.release(reserved - bytes);
    else this.#budget.charge(bytes - reserved);
    return true;
  }
}
