/** Time as a dependency, so that back-off and timeouts can be tested without waiting. */
export interface Clock {
  /** Milliseconds since the epoch. Wall clock: may jump. */
  now(): number;
  /** Milliseconds of a monotonic clock with an arbitrary start. */
  monotonicMs(): number;
  /** Resolves after `ms`, however long that is, or at once when `signal` aborts (it never rejects: the caller looks at the signal). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    // Where the signal aborts, what is left takes no time.
    let leftMs = ms;
    while (leftMs > timerMsMax) {
      await timer(timerMsMax, signal);
      leftMs = signal?.aborted === true ? 0 : leftMs - timerMsMax;
    }
    await timer(leftMs, signal);
  },
};

/** A timer of Node that is set for longer fires at once. */
const timerMsMax = 2 ** 31 - 1;

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timeout);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timeout = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
