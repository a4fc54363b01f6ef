import { array, assert, integer, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { type ChunkBounds, chunkAt } from "./chunks.ts";

function* chunksOf<T extends { readonly value: Uint8Array }>(messages: readonly T[], bounds: ChunkBounds): Generator<readonly T[]> {
  for (let from = 0; from < messages.length;) {
    const chunk = chunkAt(messages, from, bounds);
    yield chunk;
    from += chunk.length;
  }
}

const sized = (length: number) => ({ value: new Uint8Array(length) });

describe("chunks of messages", () => {
  test("are cut by rows and by bytes, and one that is too large goes alone", () => {
    const sizes = [...chunksOf([1, 1, 1, 50, 1, 9, 1].map(sized), { rowsMax: 2, bytesMax: 10 })].map((chunk) =>
      chunk.map(({ value }) => value.length),
    );
    expect(sizes).toEqual([[1, 1], [1], [50], [1, 9], [1]]);
  });

  test("hold every message once, in order, within the bounds", () => {
    assert(
      property(array(nat(30)), integer({ min: 1, max: 9 }), integer({ min: 1, max: 40 }), (sizes, rowsMax, bytesMax) => {
        const messages = sizes.map(sized);
        const chunks = [...chunksOf(messages, { rowsMax, bytesMax })];
        expect(chunks.flat()).toEqual(messages);
        for (const chunk of chunks) {
          const bytes = chunk.reduce((sum, { value }) => sum + value.length, 0);
          expect(chunk.length).toBeGreaterThan(0);
          expect(chunk.length).toBeLessThanOrEqual(rowsMax);
          expect(chunk.length === 1 || bytes <= bytesMax).toBe(true);
        }
      }),
    );
  });
});
