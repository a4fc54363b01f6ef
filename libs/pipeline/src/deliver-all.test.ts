import { manualClock } from "@gatelog/testkit";
import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { backOff } from "./back-off.ts";
import type { Sink } from "./contract.ts";
import { deliverAll, type DeliverAllOptions } from "./deliver-all.ts";
import { DeliveryError, PartialDeliveryError, type RejectedItem } from "./delivery-error.ts";

const refused = new DeliveryError("GATELOG_TEST_REFUSED", "value too long", { permanent: true });
const failed = new DeliveryError("GATELOG_TEST_DOWN", "connection refused", { permanent: false });

function sinkThat<T>(write: Sink<T>["write"]): Sink<T> {
  return { start: async () => {}, write, stop: async () => {} };
}

/** Options whose waits return at once and whose dead letters are kept in a list. */
function collect<T>(overrides: Partial<DeliverAllOptions<T>> = {}) {
  const dead: T[] = [];
  const clock = manualClock({ autoAdvance: true });
  const options: DeliverAllOptions<T> = {
    clock,
    backOff: backOff({ minMs: 10, maxMs: 100, random: () => 0 }),
    deadLetter: async ({ item }: RejectedItem<T>) => void dead.push(item),
    signal: new AbortController().signal,
    ...overrides,
  };
  return { options, dead, clock };
}

/** Stores batches that hold none of the refused numbers, and remembers every write. */
function storeRefusing(isRefused: (item: number) => boolean) {
  const stored: number[] = [];
  const writes: (readonly number[])[] = [];
  const sink = sinkThat<number>(async (batch) => {
    writes.push(batch);
    if (batch.some(isRefused)) throw refused;
    stored.push(...batch);
  });
  return { sink, stored, writes };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

test("an empty batch is delivered without a write", async () => {
  const { sink, writes } = storeRefusing(() => false);
  await deliverAll(sink, [], collect<number>().options);
  expect(writes).toEqual([]);
});

test("a transient failure is retried with back-off until it succeeds", async () => {
  let failures = 5;
  const sink = sinkThat<number>(async () => {
    if (failures-- > 0) throw failed;
  });
  const onRetry = vi.fn();
  const { options, dead, clock } = collect<number>({ onRetry, backOff: backOff({ minMs: 10, maxMs: 100, random: () => 1 }) });
  await deliverAll(sink, [1, 2], options);
  expect(clock.slept).toEqual([20, 40, 80, 100, 100]);
  expect(onRetry).toHaveBeenCalledTimes(5);
  expect(dead).toEqual([]);
});

test("an error that is no DeliveryError is taken for transient", async () => {
  let failures = 3;
  const sink = sinkThat<number>((_batch) => {
    // Not even a rejected promise: a sink that throws at once.
    if (failures-- > 0) throw new TypeError("a bug in a driver");
    return Promise.resolve();
  });
  const { options, dead } = collect<number>();
  await deliverAll(sink, [1], options);
  expect(dead).toEqual([]);
});

test("one refused item among a thousand is found by halves and the rest is delivered in order", async () => {
  const { sink, stored, writes } = storeRefusing((item) => item === 617);
  const { options, dead, clock } = collect<number>();
  await deliverAll(sink, numbers(1000), options);
  expect(dead).toEqual([617]);
  expect(stored).toEqual(numbers(1000).filter((item) => item !== 617));
  expect(writes.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(1000)) + 1);
  expect(clock.slept).toEqual([]);
});

test("any mixture of transient failures and refused items ends with every item stored or dead-lettered, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(500), { maxLength: 60 }),
      fc.array(fc.boolean(), { maxLength: 40 }),
      fc.integer({ min: 1, max: 200 }),
      async (refusedItems, failures, size) => {
        const { sink, stored } = storeRefusing((item) => refusedItems.includes(item));
        const plan = [...failures];
        const flaky = sinkThat<number>(async (batch, signal) => {
          if (plan.shift() === true) throw failed;
          await sink.write(batch, signal);
        });
        const { options, dead } = collect<number>();
        await deliverAll(flaky, numbers(size), options);
        expect(dead).toEqual(numbers(size).filter((item) => refusedItems.includes(item)));
        expect(stored).toEqual(numbers(size).filter((item) => !refusedItems.includes(item)));
      },
    ),
  );
});

test("a partial failure dead-letters what was refused and retries only what is undelivered", async () => {
  const writes: (readonly number[])[] = [];
  const sink = sinkThat<number>(async (batch) => {
    writes.push(batch);
    if (batch.length === 1) return;
    throw new PartialDeliveryError("GATELOG_TEST_PARTIAL", "some failed", {
      rejected: [{ item: 2, error: refused }],
      undelivered: [4],
    });
  });
  const onDeadLetter = vi.fn();
  const { options, dead, clock } = collect<number>({ onDeadLetter });
  await deliverAll(sink, [1, 2, 3, 4], options);
  expect(writes).toEqual([[1, 2, 3, 4], [4]]);
  expect(dead).toEqual([2]);
  expect(onDeadLetter).toHaveBeenCalledExactlyOnceWith({ item: 2, error: refused });
  expect(clock.slept).toHaveLength(1);
});

test("a dead-letter store that fails holds the delivery back and loses nothing", async () => {
  const { sink, stored } = storeRefusing((item) => item === 1);
  let failures = 3;
  const kept: number[] = [];
  const { options, clock } = collect<number>({
    deadLetter: async ({ item }) => {
      if (failures-- > 0) throw new Error("no space is left");
      kept.push(item);
    },
  });
  await deliverAll(sink, [0, 1, 2], options);
  expect({ stored, kept }).toEqual({ stored: [0, 2], kept: [1] });
  expect(clock.slept).toHaveLength(3);
});

test("after a hundred refusals in a row over many batches the output pauses instead of dead-lettering the world", async () => {
  const state = { refuses: true };
  const { sink, stored } = storeRefusing(() => state.refuses);
  const onPaused = vi.fn(() => {
    // The operator mends the store after the third attempt.
    if (onPaused.mock.calls.length === 3) state.refuses = false;
  });
  const { options, dead } = collect<number>({ onPaused });
  for (let from = 0; from < 150; from += 10)
    await deliverAll(
      sink,
      numbers(10).map((item) => from + item),
      options,
    );
  expect(dead).toEqual(numbers(100));
  expect(stored).toEqual(numbers(150).slice(100));
  expect(onPaused).toHaveBeenCalledTimes(3);
  expect(onPaused).toHaveBeenCalledWith(refused);
});

test("a success between refusals starts the row over", async () => {
  const { sink, stored } = storeRefusing((item) => item % 2 === 1);
  const onPaused = vi.fn();
  const { options, dead } = collect<number>({ onPaused, consecutiveDeadLettersMax: 2 });
  await deliverAll(sink, numbers(400), options);
  expect(onPaused).not.toHaveBeenCalled();
  expect([dead.length, stored.length]).toEqual([200, 200]);
});

test("a bulk answer that refuses everything pauses after the hundredth item and writes the rest again", async () => {
  const state = { refuses: true };
  const stored: number[] = [];
  const sink = sinkThat<number>(async (batch) => {
    if (!state.refuses) return void stored.push(...batch);
    throw new PartialDeliveryError("GATELOG_TEST_PARTIAL", "all failed", {
      rejected: batch.map((item) => ({ item, error: refused })),
      undelivered: [],
    });
  });
  const { options, dead } = collect<number>({ onPaused: () => void (state.refuses = false) });
  await deliverAll(sink, numbers(1000), options);
  expect(dead).toEqual(numbers(100));
  expect(stored).toEqual(numbers(1000).slice(100));
});

test("an abort during a wait gives the delivery up at once", async () => {
  const controller = new AbortController();
  const clock = manualClock();
  const sink = sinkThat<number>(async () => {
    throw failed;
  });
  const { options } = collect<number>({ clock, signal: controller.signal });
  const delivery = deliverAll(sink, [1], options);
  await vi.waitUntil(() => clock.sleepers === 1);
  controller.abort();
  await expect(delivery).rejects.toMatchObject({ code: "GATELOG_PIPELINE_ABORTED", permanent: false });
});

test("an abort gives up a write that never ends, and one that fails because of the abort is not dead-lettered", async () => {
  const controller = new AbortController();
  const started = vi.fn();
  const deaf = sinkThat<number>(async () => {
    started();
    await new Promise(() => {});
  });
  const { options, dead } = collect<number>({ signal: controller.signal });
  const obedient = sinkThat<number>((_batch, signal) => {
    return new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(refused)));
  });
  const deliveries = [deliverAll(deaf, [1], options), deliverAll(obedient, [1], options)];
  await vi.waitUntil(() => started.mock.calls.length === 1);
  controller.abort();
  for (const delivery of deliveries) await expect(delivery).rejects.toMatchObject({ code: "GATELOG_PIPELINE_ABORTED" });
  expect(dead).toEqual([]);
});

test("a signal that has aborted already prevents the first write", async () => {
  const { sink, writes } = storeRefusing(() => false);
  await expect(deliverAll(sink, [1], collect<number>({ signal: AbortSignal.abort() }).options)).rejects.toMatchObject({
    code: "GATELOG_PIPELINE_ABORTED",
  });
  expect(writes).toEqual([]);
});

test("a batch of a hundred thousand refused items needs neither recursion nor more than its slices", async () => {
  const { sink } = storeRefusing(() => true);
  const { options, dead } = collect<number>({ consecutiveDeadLettersMax: Infinity });
  await deliverAll(sink, numbers(100_000), options);
  expect(dead).toHaveLength(100_000);
});
