import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BodyTap } from "./body-tap.ts";
import { upTo } from "./test/set-up.ts";

test("a tap counts all that passes and keeps its beginning, however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(100), (chunks, keptBytesMax) => {
      const tap = new BodyTap(keptBytesMax);
      for (const chunk of chunks) tap.add(chunk);
      const whole = Buffer.concat(chunks);
      expect([tap.bytes, tap.isCut]).toEqual([whole.length, whole.length > keptBytesMax]);
      expect(tap.kept().equals(whole.subarray(0, keptBytesMax))).toBe(true);
      expect(tap.kept().buffer.byteLength).toBeLessThanOrEqual(Math.max(Buffer.poolSize, keptBytesMax));
      tap.shed();
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
  const taps = upTo(20).map(() => new BodyTap(keptBytesMax));
  for (const tap of taps) for (let count = 0; count < keptBytesMax; count++) tap.add(chunk);
  expect(usedBytes() - before).toBeLessThan(16 * taps.length * keptBytesMax);
  expect(taps.every((tap) => tap.kept().length === keptBytesMax)).toBe(true);
});
