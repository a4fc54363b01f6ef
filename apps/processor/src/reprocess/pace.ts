import type { Clock } from "@gatelog/pipeline";

/** Holds work to so many events a second on average, so that the live outputs keep their share of the cluster. */
export class Pace {
  readonly #perSecond: number;
  readonly #clock: Clock;
  /** When what was taken so far is due. */
  #dueMs: number;

  /** @param perSecond 0: no limit */
  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#dueMs = clock.monotonicMs();
  }

  /** Resolves when that many events may be written; what was not used before is not saved up. */
  async take(events: number): Promise<void> {
    if (this.#perSecond === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const waitMs = this.#dueMs - nowMs;
    this.#dueMs = Math.max(this.#dueMs, nowMs) + (events / this.#perSecond) * 1000;
    if (waitMs > 0) await this.#clock.sleep(waitMs);
  }
}
