import { expect, test } from "vitest";
import { AdaptiveConcurrency } from "./concurrency.ts";

const kib = 1024;

/** Requests that wait for one another as a saturating caller has them: as many as are let in, each with the same outcome. */
async function rounds(
  concurrency: AdaptiveConcurrency,
  count: number,
  outcome: { durationMs: number; isOverloaded?: boolean },
): Promise<number> {
  let done = 0;
  const worker = async () => {
    while (done < count) {
      done++;
      await concurrency.acquire();
      await Promise.resolve();
      concurrency.release({ bytes: 512 * kib, isOverloaded: false, ...outcome });
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  return concurrency.limit;
}

test("there are more requests in flight while the cluster keeps pace, up to the most", async () => {
  const concurrency = new AdaptiveConcurrency(6);
  expect(concurrency.limit).toBe(2);
  expect(await rounds(concurrency, 400, { durationMs: 20 })).toBe(6);
  expect(concurrency.inFlight).toBe(0);
});

test("there are half as many after the cluster asked for less, and never none", async () => {
  const concurrency = new AdaptiveConcurrency(8);
  await rounds(concurrency, 400, { durationMs: 20 });
  for (const expected of [4, 2, 1, 1]) {
    await concurrency.acquire();
    concurrency.release({ durationMs: 5, bytes: kib, isOverloaded: true });
    expect(concurrency.limit).toBe(expected);
  }
});

test("there are fewer while requests take much longer than they did", async () => {
  const concurrency = new AdaptiveConcurrency(8);
  await rounds(concurrency, 400, { durationMs: 20 });
  await rounds(concurrency, 40, { durationMs: 200 });
  expect(concurrency.limit).toBeLessThan(8);
});

test("one that is used by one request at a time stays as it is", async () => {
  const concurrency = new AdaptiveConcurrency(8);
  for (let request = 0; request < 100; request++) {
    await concurrency.acquire();
    concurrency.release({ durationMs: 20, bytes: 512 * kib, isOverloaded: false });
  }
  expect(concurrency.limit).toBe(2);
});

test("no more are let in than there may be, also where one that waits is aborted", async () => {
  const concurrency = new AdaptiveConcurrency(2);
  let inFlight = 0;
  let most = 0;
  const work = async () => {
    await concurrency.acquire();
    most = Math.max(most, ++inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    inFlight--;
    concurrency.release(undefined);
  };
  await Promise.all(Array.from({ length: 50 }, work));
  expect(most).toBe(2);
  expect(concurrency.inFlight).toBe(0);
});
