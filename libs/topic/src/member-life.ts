import type { Clock } from "@gatelog/pipeline";

/** Signs of life of one kafkajs consumer. */
export class MemberLife {
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #error: unknown;
  #lastSignMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastSignMs = clock.monotonicMs();
  }

  /** Aborts when the consumer is to be replaced. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  sign(): void {
    this.#lastSignMs = this.#clock.monotonicMs();
  }

  silentMs(): number {
    return this.#clock.monotonicMs() - this.#lastSignMs;
  }

  end(error: unknown): void {
    this.#error ??= error;
    this.#over.abort();
  }

  error(): Error {
    return this.#error instanceof Error ? this.#error : new Error("the consumer ended");
  }
}
