import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";

/** Whoever waits for an exclusive lock holds up all that come after it, so that the wait is short, and tried again. */
const lockTimeoutMs = 300;
const attemptsMax = 10;
const pauseMs = 500;
/** SQLSTATE of a wait that took longer than lock_timeout, and of a deadlock. */
const lockErrors = new Set<unknown>(["55P03", "40P01"]);

/**
 * One transaction whose locks exclude writers.
 *
 * **Guarantee**: inserts wait for it 0.3 s at most at a time. **Errors**: as the work; lock_not_available when it was tried ten times.
 */
export async function withShortLock(client: ClientBase, work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query("BEGIN");
      await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
      await work();
      await client.query("COMMIT");
      return;
    } catch (error) {
      // A connection that is gone cannot be rolled back, and need not be.
      await client.query("ROLLBACK").catch(() => {});
      if (attempt >= attemptsMax || !lockErrors.has((error as { code?: unknown }).code)) throw error;
    }
    await sleep(pauseMs);
  }
}
