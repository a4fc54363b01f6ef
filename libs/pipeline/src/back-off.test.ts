import { expect, test } from "vitest";
import { backOff } from "./back-off.ts";

test("the longest possible wait doubles up to the cap, the shortest stays", () => {
  const longest = backOff({ minMs: 100, maxMs: 1000, random: () => 0.999_999_999 });
  expect(Array.from({ length: 6 }, () => Math.round(longest.next()))).toEqual([200, 400, 800, 1000, 1000, 1000]);
  const shortest = backOff({ minMs: 100, maxMs: 1000, random: () => 0 });
  expect(Array.from({ length: 6 }, () => shortest.next())).toEqual([100, 100, 100, 100, 100, 100]);
});

test("a success starts over", () => {
  const waits = backOff({ minMs: 100, maxMs: 1000, random: () => 0.5 });
  const first = waits.next();
  waits.next();
  waits.reset();
  expect(waits.next()).toBe(first);
});

test("it never leaves its limits, also after a thousand failures", () => {
  const waits = backOff({ minMs: 5, maxMs: 30_000 });
  for (let attempt = 0; attempt < 1000; attempt++) {
    const waitMs = waits.next();
    expect(waitMs).toBeGreaterThanOrEqual(5);
    expect(waitMs).toBeLessThanOrEqual(30_000);
  }
});

test("limits that would spin or contradict each other are refused", () => {
  expect(() => backOff({ minMs: 0, maxMs: 10 })).toThrow(RangeError);
  expect(() => backOff({ minMs: 20, maxMs: 10 })).toThrow(RangeError);
  expect(() => backOff({ minMs: Number.NaN, maxMs: 10 })).toThrow(RangeError);
});
