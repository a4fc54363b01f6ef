import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteQueue } from "./byte-queue.ts";

test("what is taken is what was pushed, whatever the sizes, and is never written to again", () => {
  const sizes = fc.oneof(
    fc.integer({ min: 0, max: 20 }),
    fc.integer({ min: 16_000, max: 17_000 }),
    fc.integer({ min: 60_000, max: 70_000 }),
  );
  const step = fc.record({ push: sizes, take: sizes, isPeek: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const queue = new ByteQueue();
      let written = 0;
      let read = 0;
      const kept: { bytes: Buffer; copy: Buffer }[] = [];
      const next = (count: number) => Buffer.from(Array.from({ length: count }, () => (written++ * 31) % 251));
      const expected = (index: number) => ((read + index) * 31) % 251;
      for (const { push, take, isPeek } of steps) {
        queue.push(next(push));
        const isThere = written - read >= take;
        expect(queue.holds(take)).toBe(isThere);
        if (isThere && take >= 5) {
          const bytes = [0, 1, 2, 3].map((index) => expected(take - 5 + index));
          expect(queue.uint32At(take - 5)).toBe(Buffer.from(bytes).readUInt32BE(0));
          expect(queue.byteAt(take - 1)).toBe(expected(take - 1));
        }
        if (isPeek) continue;
        const bytes = queue.take(take);
        expect(bytes === undefined).toBe(!isThere);
        if (bytes === undefined) continue;
        for (const [index, byte] of bytes.entries()) if (byte !== expected(index)) throw new Error(`byte ${read + index} differs`);
        kept.push({ bytes, copy: Buffer.from(bytes) });
        read += take;
        expect(queue.length).toBe(written - read);
      }
      for (const { bytes, copy } of kept) expect(bytes.equals(copy)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("bytes that come one by one are kept in few pieces", () => {
  const queue = new ByteQueue();
  for (let count = 0; count < 100_000; count += 1) queue.push(Buffer.from([count & 0xff]));
  expect(queue.pieces).toBeLessThanOrEqual(100_000 / (16 * 1024) + 2);
  const bytes = queue.take(100_000);
  expect(bytes?.every((byte, index) => byte === (index & 0xff))).toBe(true);
});
