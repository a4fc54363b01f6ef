import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BodyTap } from "./body-tap.ts";
import { CaptureBudget } from "./capture-budget.ts";
import { upTo } from "./test/set-up.ts";

test("a tap counts all that passes and keeps its beginning, however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(100), (chunks, keptBytesMax) => {
      const budget = new CaptureBudget(1_000_000);
      const tap = new BodyTap(keptBytesMax, budget);
      for (const chunk of chunks) tap.add(Buffer.from(chunk));
      const whole = Buffer.concat(chunks);
      expect([tap.bytes, tap.isCut]).toEqual([whole.length, whole.length > keptBytesMax]);
      expect(tap.kept().equals(whole.subarray(0, keptBytesMax))).toBe(true);
      expect(tap.kept().buffer.byteLength).toBeLessThanOrEqual(Math.max(Buffer.poolSize, keptBytesMax));
      tap.shed();
      expect(budget.usedBytes).toBe(0);
      tap.add(Buffer.from("more"));
      expect([tap.bytes, tap.kept().length]).toEqual([whole.length + 4, 0]);
    }),
  );
});

test("a body that comes byte by byte costs no more memory than one that comes at once", () => {
  const keptBytesMax = 65_536;
  const chunk = Buffer.from("x");
  const usedBytes = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const before = usedBytes();
  const taps = upTo(20).map(() => new BodyTap(keptBytesMax, new CaptureBudget(1_000_000)));
  for (const tap of taps) for (let count = 0; count < keptBytesMax; count++) tap.add(chunk);
  expect(usedBytes() - before).toBeLessThan(16 * taps.length * keptBytesMax);
  expect(taps.every((tap) => tap.kept().length === keptBytesMax)).toBe(true);
});

test("taps that share a budget never hold more than it, and say what they could not keep", () => {
  let refusals = 0;
  const budget = new CaptureBudget(10_000, () => refusals++);
  const taps = upTo(8).map(() => new BodyTap(4000, budget));
  for (const tap of taps) for (let count = 0; count < 30; count++) tap.add(Buffer.alloc(100, "x"));
  expect(budget.usedBytes).toBeLessThanOrEqual(10_000);
  expect(taps.every((tap) => tap.bytes === 3000)).toBe(true);
  expect(taps.filter((tap) => tap.isCut).length).toBe(refusals);
  expect(refusals).toBeGreaterThan(0);
  for (const tap of taps) tap.shed();
  expect(budget.usedBytes).toBe(0);
});

test("a chunk that is a small part of a large packet is copied, one that is most of it is kept as it is", () => {
  const tap = new BodyTap(100_000, new CaptureBudget(1_000_000));
  const packet = Buffer.alloc(60_000, "a");
  tap.add(packet.subarray(0, 100));
  expect(tap.kept().buffer).not.toBe(packet.buffer);
  const whole = new BodyTap(100_000, new CaptureBudget(1_000_000));
  whole.add(packet.subarray(200));
  expect(whole.kept().buffer).toBe(packet.buffer);
});
