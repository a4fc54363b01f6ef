import { setTimeout as sleep } from "node:timers/promises";

/** How long to wait for a condition, and what it was, for the message when it does not come true. */
export interface WaitOptions {
  readonly deadlineMs?: number;
  readonly intervalMs?: number;
  readonly what?: string;
}

/**
 * Polls `probe` until it returns something truthy, and returns that.
 *
 * **Errors**: after `deadlineMs` (default 15,000) an Error that names the condition and the last failure of the probe.
 */
export async function waitFor<T>(probe: () => T | Promise<T>, options: WaitOptions = {}): Promise<NonNullable<T>> {
  const { deadlineMs = 15_000, intervalMs = 25, what = "the condition" } = options;
  const end = performance.now() + deadlineMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > end) throw new Error(`${what} did not come true within ${deadlineMs} ms`, { cause: lastError });
    await sleep(intervalMs);
  }
}
