import type { Clock } from "@gatelog/pipeline";
import type { InFlight } from "./in-flight.ts";

export interface StallWatchOptions {
  readonly clock: Clock;
  /** How long nothing may happen that ought to. */
  readonly stallMs: number;
  /** How often directories are looked at when all is well. */
  readonly scanIntervalMs: number;
  readonly inFlight: InFlight;
  /** Looks at all directories so far; they go on whatever else happens. */
  readonly scans: () => number;
  /** Called when it begins (with the reason) and when it is over. */
  readonly onChange: (problem: string | undefined) => void;
}

const lookMsMax = 5000;

/** Notices a tailer that is alive and of no use: it waits for an acknowledgement that does not come, or does not look any more. */
export class StallWatch {
  readonly #options: StallWatchOptions;
  readonly #stopping = new AbortController();
  #scannedAtMs: number;
  #scans = 0;
  #problem: string | undefined;

  constructor(options: StallWatchOptions) {
    this.#options = options;
    this.#scannedAtMs = options.clock.monotonicMs();
  }

  /** Why there is no progress, as far as was seen; undefined when there is. */
  get problem(): string | undefined {
    return this.#problem;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const { clock, stallMs, onChange } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const wasStalled = this.#problem !== undefined;
      this.#problem = this.#look();
      if (wasStalled !== (this.#problem !== undefined)) onChange(this.#problem);
      await clock.sleep(Math.min(stallMs / 10, lookMsMax), signal);
    }
  }

  #look(): string | undefined {
    const { clock, stallMs, scanIntervalMs, inFlight, scans } = this.#options;
    const nowMs = clock.monotonicMs();
    const count = scans();
    if (count !== this.#scans) this.#scannedAtMs = nowMs;
    this.#scans = count;
    const unscannedMs = nowMs - this.#scannedAtMs;
    if (unscannedMs >= stallMs + 2 * scanIntervalMs)
      return `no directory was looked at for ${secondsOf(unscannedMs)} s: restart the tailer`;
    const undeliveredMs = inFlight.withoutProgressMs;
    if (undeliveredMs < stallMs) return undefined;
    return `${inFlight.events} events wait for their acknowledgement for ${secondsOf(undeliveredMs)} s: look at the receiver`;
  }
}

function secondsOf(ms: number): number {
  return Math.round(ms / 1000);
}
