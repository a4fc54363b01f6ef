import type { Clock } from "@gatelog/pipeline";

export interface StallWatchOptions {
  readonly clock: Clock;
  /** How long nothing may happen that ought to. */
  readonly stallMs: number;
  /** Events that were read and are not acknowledged. */
  readonly inFlightEvents: () => number;
  /** Looks at all directories so far; they go on whatever else happens. */
  readonly scans: () => number;
}

/** Notices a tailer that is alive and of no use: it waits for an acknowledgement that does not come, or does not look any more. */
export class StallWatch {
  readonly #options: StallWatchOptions;
  #deliveredAtMs: number;
  #scannedAtMs: number;
  #scans = 0;

  constructor(options: StallWatchOptions) {
    this.#options = options;
    this.#deliveredAtMs = options.clock.monotonicMs();
    this.#scannedAtMs = this.#deliveredAtMs;
  }

  noteDelivery(): void {
    this.#deliveredAtMs = this.#options.clock.monotonicMs();
  }

  /** Why there is no progress, or undefined. */
  problem(): string | undefined {
    const { clock, stallMs, inFlightEvents, scans } = this.#options;
    const nowMs = clock.monotonicMs();
    if (scans() !== this.#scans) this.#scannedAtMs = nowMs;
    this.#scans = scans();
    if (inFlightEvents() === 0) this.#deliveredAtMs = nowMs;
    const unscannedMs = nowMs - this.#scannedAtMs;
    if (unscannedMs >= stallMs) return `no directory was looked at for ${Math.round(unscannedMs / 1000)} s: restart the tailer`;
    const undeliveredMs = nowMs - this.#deliveredAtMs;
    if (undeliveredMs < stallMs) return undefined;
    return `${inFlightEvents()} events wait for their acknowledgement for ${Math.round(undeliveredMs / 1000)} s: look at the receiver`;
  }
}
