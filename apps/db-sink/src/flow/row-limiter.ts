import { type Clock, DeliveryError } from "@gatelog/pipeline";

/** How long one look lasts while nothing may be written, ms: so soon it is noticed that the quiet hours are over or the batch is wanted back. */
const lookMs = 1000;

export interface RowLimiterOptions {
  readonly clock: Clock;
  /** Rows per second at a time; Infinity for no limit, 0 for nothing. */
  readonly limitAt: (nowMs: number) => number;
}

/** Who is held back. */
export interface Waiting {
  /** Ends the waiting at once. */
  readonly signal: AbortSignal;
  /** Asked again and again: the waiting is in vain. */
  readonly isInVain: () => boolean;
}

/**
 * Holds rows back so that no more than the limit are written per second: a bucket of one second's rows.
 *
 * **Guarantee**: over any time, `limit × seconds + one second's rows + one transaction's` at most. Holds nothing but the caller.
 */
export class RowLimiter {
  readonly #clock: Clock;
  readonly #limitAt: (nowMs: number) => number;
  #tokens = 0;
  #filledMs: number;
  #heldBack = 0;

  constructor({ clock, limitAt }: RowLimiterOptions) {
    this.#clock = clock;
    this.#limitAt = limitAt;
    this.#filledMs = clock.monotonicMs();
  }

  /** Whether somebody waits for the limit now. */
  get isHoldingBack(): boolean {
    return this.#heldBack > 0;
  }

  /** Rows that one transaction may have at most, so that one second's do not come at once; Infinity where there is no limit. */
  rowsMax(): number {
    return Math.max(1, Math.ceil(this.#limit()));
  }

  /** Resolves when so many rows may be written. **Errors**: transient DeliveryError when the waiting ended before. */
  async take(rows: number, waiting: Waiting): Promise<void> {
    this.#heldBack++;
    try {
      for (let waitMs = this.#waitMs(); waitMs > 0; waitMs = this.#waitMs()) {
        if (waiting.signal.aborted || waiting.isInVain()) throw heldBack();
        await this.#clock.sleep(Math.min(waitMs, lookMs), waiting.signal);
      }
      // May go below zero: whoever comes next waits for that.
      this.#tokens -= rows;
    } finally {
      this.#heldBack--;
    }
  }

  /** Time until the bucket has something, at the limit of now. */
  #waitMs(): number {
    const limit = this.#limit();
    const nowMs = this.#clock.monotonicMs();
    const elapsedMs = nowMs - this.#filledMs;
    this.#filledMs = nowMs;
    if (limit === Infinity) {
      this.#tokens = 0;
      return 0;
    }
    this.#tokens = Math.min(limit, this.#tokens + (elapsedMs * limit) / 1000);
    if (limit === 0) return lookMs;
    // A fraction of a row is as good as one: else a limit below one row per second were none at all.
    return this.#tokens >= Math.min(1, limit) ? 0 : Math.ceil(((Math.min(1, limit) - this.#tokens) * 1000) / limit);
  }

  #limit(): number {
    return this.#limitAt(this.#clock.now());
  }
}

function heldBack(): DeliveryError {
  return new DeliveryError("GATELOG_DB_SINK_HELD_BACK", "the batch was held back by limits, and is wanted back or no longer ours", {
    permanent: false,
  });
}
