import { describe, expect, test } from "vitest";
import { inflateZstd } from "./zstd.ts";

const text = `{"a":"${"日志".repeat(40)}","b":1}`;
/** Made by `zstd` 1.5 with `--no-check` from a file, from its standard input, and with `--check`. */
const frames = {
  "with its size": "KLUv/SD+3QAAoHsiYSI6IuaXpeW/lyIsImIiOjF9AQDnUCUJ",
  "without its size": "KLUv/QBY3QAAoHsiYSI6IuaXpeW/lyIsImIiOjF9AQDnUCUJ",
  "with a checksum": "KLUv/ST+3QAAoHsiYSI6IuaXpeW/lyIsImIiOjF9AQDnUCUJ1x1e3A==",
} as const;
/** The same of `--long=24`: a window of 16 MiB. */
const wideWindow = "KLUv/QBwRQAAEGFhAQA/BVg=";

const bytesOf = (base64: string) => Buffer.from(base64, "base64");
const plain = bytesOf(frames["with its size"]);
const repeatedBytes = 131_072;

/** A frame with a window of 2 MiB and blocks that each repeat one byte: four bytes become 128 KiB. */
function repeating(blocks: number): Buffer {
  const frame = Buffer.alloc(6 + 4 * blocks);
  frame.set([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]);
  for (let block = 0; block < blocks; block++) {
    frame.writeUIntLE((repeatedBytes << 3) | 2 | Number(block === blocks - 1), 6 + 4 * block, 3);
    frame[9 + 4 * block] = 0x61;
  }
  return frame;
}

describe("a zstd body", () => {
  test.each(Object.entries(frames))("%s is inflated", (_, base64) => {
    expect(inflateZstd(bytesOf(base64), 1000)).toEqual({ bytes: Buffer.from(text), isCut: false });
  });

  test("of a few bytes is inflated", () => {
    expect(inflateZstd(bytesOf("KLUv/SAFKQAAaGVsbG8="), 1000)).toEqual({ bytes: Buffer.from("hello"), isCut: false });
  });

  test("of a repeated byte is inflated", () => {
    expect(inflateZstd(repeating(2), 1_000_000)).toEqual({ bytes: Buffer.alloc(2 * repeatedBytes, "a"), isCut: false });
  });

  test("beyond the limit is its beginning", () => {
    expect(inflateZstd(plain, 10)).toEqual({ bytes: Buffer.from(text).subarray(0, 10), isCut: true });
  });

  test("that is cut anywhere is what is there, or unknown", () => {
    const body = repeating(3);
    for (let length = 0; length < body.length; length++) {
      const inflated = inflateZstd(body.subarray(0, length), 1_000_000);
      expect(inflated?.isCut ?? true).toBe(true);
      expect(inflated?.bytes.every((byte) => byte === 0x61) ?? true).toBe(true);
    }
    expect(inflateZstd(body.subarray(0, -4), 1_000_000)?.bytes.length).toBe(2 * repeatedBytes);
    for (let length = 0; length < plain.length; length++) {
      const { bytes, isCut } = inflateZstd(plain.subarray(0, length), 1000) ?? { bytes: Buffer.alloc(0), isCut: true };
      expect([isCut, Buffer.from(text).subarray(0, bytes.length).equals(bytes)]).toEqual([true, true]);
    }
  });

  test("of two frames is the first one, cut", () => {
    expect(inflateZstd(Buffer.concat([plain, plain]), 1000)).toEqual({ bytes: Buffer.from(text), isCut: true });
  });

  test("that asks for more than 8 MiB of window is not read", () => {
    expect(inflateZstd(bytesOf(wideWindow), 1000)).toBeUndefined();
    // One segment as large as the content that it claims, 16 MiB.
    const claimed = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 1, 0x41, 0, 0, ...Array<number>(8).fill(0x61)]);
    expect(inflateZstd(claimed, 1000)).toBeUndefined();
  });

  test("that inflates without end takes no more memory than its limit and its window", () => {
    const bomb = repeating(80_000);
    const before = process.memoryUsage().arrayBuffers;
    const inflated = inflateZstd(bomb, 200_000);
    expect(inflated).toEqual({ bytes: Buffer.alloc(200_000, "a"), isCut: true });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64_000_000);
  });

  test.each([
    ["nothing", ""],
    ["text", Buffer.from("hello, world").toString("base64")],
    ["a magic number alone", "KLUv/Q=="],
    ["a reserved block type", "KLUv/SAFLwAAaGVsbG8="],
    ["garbage behind a magic number", "KLUv/f//////////////////////"],
  ])("that is %s is unknown", (_, base64) => {
    expect(inflateZstd(bytesOf(base64), 1000)).toBeUndefined();
  });
});
