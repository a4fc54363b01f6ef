import type { Clock } from "@gatelog/pipeline";

/** Does something again and again, with a pause after each time, until it is stopped. `work` must not reject. */
export class Periodic {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #work: () => Promise<void>;
  readonly #stopped = new AbortController();

  constructor(options: { readonly clock: Clock; readonly intervalMs: number; readonly work: () => Promise<void> }) {
    this.#clock = options.clock;
    this.#intervalMs = options.intervalMs;
    this.#work = options.work;
  }

  /** To be called once. */
  start(): void {
    void this.#run();
  }

  /** Does not wait for work in hand, which may be waiting for a remote that is away. */
  stop(): void {
    this.#stopped.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#work();
      await this.#clock.sleep(this.#intervalMs, this.#stopped.signal);
    }
  }
}
