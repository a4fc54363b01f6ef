import type { Clock } from "@gatelog/pipeline";

/** Sleeps, but not past the first abort of any of the signals. Leaves no listener behind: the signals may live for months. */
export async function sleepUnless(clock: Clock, ms: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  const woken = new AbortController();
  const wake = () => woken.abort();
  for (const signal of signals) {
    if (signal?.aborted === true) wake();
    signal?.addEventListener("abort", wake, { once: true });
  }
  await clock.sleep(ms, woken.signal);
  for (const signal of signals) signal?.removeEventListener("abort", wake);
}
