import type { Clock } from "@gatelog/pipeline";

/** What was read and waits for its acknowledgement. */
export class InFlight {
  readonly #clock: Clock;
  readonly #batches = new Set<{ readonly count: number; readonly sinceMs: number }>();
  #events = 0;
  #progressAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#progressAtMs = clock.monotonicMs();
  }

  get events(): number {
    return this.#events;
  }

  /** How long the oldest batch has been waiting; 0 when none is. */
  get oldestMs(): number {
    const [oldest] = this.#batches;
    return oldest === undefined ? 0 : this.#clock.monotonicMs() - oldest.sinceMs;
  }

  /** How long events have been waiting without any of them being acknowledged; 0 when none are. */
  get withoutProgressMs(): number {
    return this.#events === 0 ? 0 : this.#clock.monotonicMs() - this.#progressAtMs;
  }

  /** Counts `count` events as long as `delivery` is under way. */
  async track<T>(count: number, delivery: () => Promise<T>): Promise<T> {
    const nowMs = this.#clock.monotonicMs();
    const batch = { count, sinceMs: nowMs };
    if (this.#events === 0) this.#progressAtMs = nowMs;
    this.#batches.add(batch);
    this.#events += count;
    try {
      const outcome = await delivery();
      this.#progressAtMs = this.#clock.monotonicMs();
      return outcome;
    } finally {
      this.#batches.delete(batch);
      this.#events -= count;
    }
  }
}
