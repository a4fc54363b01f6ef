import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("a sleep that is longer than any timer of the machine does not end at once, but when it is told to", async () => {
  const stop = new AbortController();
  let isAwake = false;
  const asleep = systemClock.sleep(30 * 24 * 3_600_000, stop.signal).then(() => (isAwake = true));
  // A timer that is too long fires after one millisecond.
  for (let look = 0; look < 5; look += 1) await systemClock.sleep(5);
  expect(isAwake).toBe(false);
  stop.abort();
  await asleep;
});

test("a sleep whose signal is aborted already, or aborts meanwhile, ends at once and rejects nothing", async () => {
  await systemClock.sleep(60_000, AbortSignal.abort());
  const stop = new AbortController();
  const asleep = systemClock.sleep(60_000, stop.signal);
  stop.abort();
  await asleep;
});
