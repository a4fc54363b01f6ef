import { manualClock } from "@gatelog/testkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Batcher } from "./batcher.ts";

function createBatcher(limits: Partial<{ itemsMax: number; bytesMax: number; waitMsMax: number }> = {}) {
  const clock = manualClock();
  const batcher = new Batcher<string>({ itemsMax: 3, bytesMax: 100, waitMsMax: 50, sizeOf: (item) => item.length, clock, ...limits });
  return { batcher, clock };
}

test("a batch is handed on when it has the most items", async () => {
  const { batcher } = createBatcher();
  for (const item of ["a", "b", "c"]) await batcher.add(item);
  await expect(batcher.next()).resolves.toEqual(["a", "b", "c"]);
});

test("a batch never passes its bytes, but one larger item goes alone", async () => {
  const { batcher } = createBatcher({ itemsMax: 10, bytesMax: 4 });
  await batcher.add("aaa");
  await batcher.add("bbb");
  const third = batcher.add("cccccccc");
  await expect(batcher.next()).resolves.toEqual(["aaa"]);
  await third;
  await expect(batcher.next()).resolves.toEqual(["bbb"]);
  await expect(batcher.next()).resolves.toEqual(["cccccccc"]);
});

test("an incomplete batch is handed on when its oldest item has waited long enough", async () => {
  const { batcher, clock } = createBatcher();
  const next = batcher.next();
  await clock.advance(1000);
  await batcher.add("a");
  await clock.advance(49);
  await batcher.add("b");
  expect(batcher.held.items).toBe(2);
  await clock.advance(1);
  await expect(next).resolves.toEqual(["a", "b"]);
});

test("adding waits while a full batch has not been taken", async () => {
  const { batcher, clock } = createBatcher();
  for (const item of ["a", "b", "c"]) await batcher.add(item);
  let added = false;
  const fourth = batcher.add("d").then(() => (added = true));
  await clock.advance(1000);
  expect(added).toBe(false);
  await batcher.next();
  await fourth;
  expect(batcher.held).toEqual({ items: 1, bytes: 1 });
});

test("closing hands on what is left and then ends; nothing can be added", async () => {
  const { batcher } = createBatcher();
  await batcher.add("a");
  batcher.close();
  await expect(batcher.next()).resolves.toEqual(["a"]);
  await expect(batcher.next()).resolves.toBeUndefined();
  await expect(batcher.add("b")).rejects.toThrow("closed");
});

test("closing wakes who waits", async () => {
  const { batcher } = createBatcher();
  const next = batcher.next();
  batcher.close();
  await expect(next).resolves.toBeUndefined();
});

test("an abort ends the wait and keeps the items", async () => {
  const { batcher } = createBatcher();
  await batcher.add("a");
  const controller = new AbortController();
  const next = batcher.next(controller.signal);
  controller.abort();
  await expect(next).resolves.toBeUndefined();
  expect(batcher.held.items).toBe(1);
});

test("whatever is added comes out once, in order, within the limits", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 12 }), { maxLength: 50 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 20 }),
      async (items, itemsMax, bytesMax) => {
        const { batcher } = createBatcher({ itemsMax, bytesMax });
        const adding = (async () => {
          for (const item of items) await batcher.add(item);
          batcher.close();
        })();
        const out: string[] = [];
        for (let batch = await batcher.next(); batch !== undefined; batch = await batcher.next()) {
          expect(batch.length).toBeLessThanOrEqual(itemsMax);
          const bytes = batch.reduce((sum, item) => sum + item.length, 0);
          expect(batch.length === 1 || bytes <= bytesMax).toBe(true);
          out.push(...batch);
        }
        await adding;
        expect(out).toEqual(items);
      },
    ),
  );
});
