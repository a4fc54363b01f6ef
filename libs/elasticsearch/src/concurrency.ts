/** What became of a request, as far as the number of requests in flight is concerned. */
export interface RequestOutcome {
  readonly durationMs: number;
  readonly bytes: number;
  /** The cluster asked for less (429), or did not answer in time. */
  readonly isOverloaded: boolean;
}

/** Time that a request takes beside that for its bytes, as bytes: small requests are not slow ones. */
const fixedCostBytes = 128 * 1024;
/** So much longer than before, a request is slow. */
const slowFactor = 2;
/** Share of the newest round in what is remembered of the cluster's speed. */
const freshShare = 0.3;

/**
 * How many requests may be on their way to one cluster: one more after each round that was limited by it and went well, half after the cluster asked
 * for less, one less when requests take much longer than they did.
 *
 * **Guarantee**: never below 1 nor above `max`.
 */
export class AdaptiveConcurrency {
  readonly #max: number;
  #limit: number;
  #inFlight = 0;
  readonly #waiting: (() => void)[] = [];
  /** Milliseconds per byte that are usual. */
  #usual: number | undefined;
  #round = emptyRound();

  constructor(max: number) {
    this.#max = max;
    this.#limit = Math.min(2, max);
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when one more request may be sent. */
  async acquire(): Promise<void> {
    if (this.#inFlight < this.#limit) {
      this.#inFlight++;
      return;
    }
    this.#round.wasFull = true;
    // Whoever lets it in counts it.
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A request ended. Undefined: it says nothing about the cluster, for it was aborted. */
  release(outcome: RequestOutcome | undefined): void {
    this.#inFlight--;
    if (outcome !== undefined) this.#note(outcome);
    while (this.#inFlight < this.#limit && this.#waiting.length > 0) {
      this.#inFlight++;
      this.#waiting.shift()?.();
    }
  }

  #note({ durationMs, bytes, isOverloaded }: RequestOutcome): void {
    if (isOverloaded) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#round = emptyRound();
      return;
    }
    this.#round.requests++;
    this.#round.durationMs += durationMs;
    this.#round.bytes += bytes + fixedCostBytes;
    if (this.#round.requests >= this.#limit * 2) this.#endRound();
  }

  #endRound(): void {
    const { durationMs, bytes, wasFull } = this.#round;
    const now = durationMs / bytes;
    const usual = this.#usual ?? now;
    if (now > usual * slowFactor) this.#limit = Math.max(1, this.#limit - 1);
    else if (wasFull) this.#limit = Math.min(this.#max, this.#limit + 1);
    this.#usual = usual + (now - usual) * freshShare;
    this.#round = emptyRound();
  }
}

function emptyRound() {
  return { requests: 0, durationMs: 0, bytes: 0, wasFull: false };
}
