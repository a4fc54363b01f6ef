import type { Clock } from "@gatelog/pipeline";

/** A sleep that can be ended early, also by a call that came just before it. */
export class Wake {
  readonly #clock: Clock;
  #controller = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  call(): void {
    this.#controller.abort();
  }

  async sleep(ms: number): Promise<void> {
    if (ms > 0) await this.#clock.sleep(ms, this.#controller.signal);
    this.#controller = new AbortController();
  }
}
