/** Growing, jittered waiting times between attempts. */
export interface BackOff {
  /** The next waiting time in ms. */
  next(): number;
  /** Back to the shortest: an attempt succeeded. */
  reset(): void;
}

/** Limits of a back-off. */
export interface BackOffOptions {
  /** Shortest waiting time, ms, above 0. */
  readonly minMs: number;
  /** Longest waiting time, ms, at least `minMs`. */
  readonly maxMs: number;
  /** Uniform in [0, 1); Math.random by default. */
  readonly random?: () => number;
}

/**
 * Capped exponential back-off with full jitter: the n-th time is uniform between `minMs` and min(`maxMs`, `minMs`·2ⁿ), so
 * that many clients of one failed server do not come back together, and never below `minMs`, so that none spins.
 */
export function backOff({ minMs, maxMs, random = Math.random }: BackOffOptions): BackOff {
  if (!(minMs > 0 && maxMs >= minMs)) throw new RangeError(`a back-off needs 0 < minMs <= maxMs, got ${minMs} and ${maxMs}`);
  let capMs = minMs;
  return {
    next() {
      capMs = Math.min(maxMs, capMs * 2);
      return minMs + random() * (capMs - minMs);
    },
    reset() {
      capMs = minMs;
    },
  };
}
