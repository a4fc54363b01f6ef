import type { ConsumedBatch } from "@gatelog/topic";
import { expect, test } from "vitest";
import { messagesOf } from "./db-sink.test-helper.ts";
import { ReadAhead } from "./read-ahead.ts";

const options = { seedTimeZone: "UTC", value: "raw" } as const;

/** A batch that counts how many of its messages were looked at. */
function batchOf(count: number): { readonly batch: ConsumedBatch; readonly seen: () => number } {
  let seen = 0;
  const messages = messagesOf(1, count).map((message, index) => {
    const { value } = message;
    return Object.defineProperty({ ...message, offset: String(index) }, "value", {
      get: () => {
        seen = Math.max(seen, index + 1);
        return value;
      },
    });
  });
  const batch = {
    topic: "kerry",
    partition: 0,
    messages,
    keepAlive: () => Promise.resolve(),
    isStale: () => false,
    isWantedBack: () => false,
  };
  return { batch, seen: () => seen };
}

test("messages are read while those before them are at work, and no more than are asked for", async () => {
  const { batch, seen } = batchOf(1000);
  const reader = new ReadAhead(batch, options);
  expect(reader.take(0, 100)).toHaveLength(100);
  expect(seen()).toBe(100);
  let end = () => {};
  const working = new Promise<void>((resolve) => (end = resolve));
  const reading = reader.during(() => working, 100, 300);
  await expect.poll(seen).toBe(400);
  end();
  await reading;
  expect(seen()).toBe(400);
  const next = reader.take(100, 350);
  expect(seen()).toBe(450);
  expect(next.map(({ message }) => message.offset)).toEqual(Array.from({ length: 350 }, (_, index) => String(100 + index)));
});

test("reading ends with the work, and what was not stored is taken again", async () => {
  const { batch, seen } = batchOf(1000);
  const reader = new ReadAhead(batch, options);
  const first = reader.take(0, 200);
  await expect(reader.during(() => Promise.reject(new Error("refused")), 200, 800)).rejects.toThrow("refused");
  expect(seen()).toBeLessThan(1000);
  expect(reader.take(0, 100)).toEqual(first.slice(0, 100));
  expect(reader.take(990, 10).map(({ message }) => message.offset)).toEqual(Array.from({ length: 10 }, (_, index) => String(990 + index)));
});
