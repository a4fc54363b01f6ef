import { compressSync } from "snappy";
import { describe, expect, it } from "vitest";
import { decompressSnappy, snappyCodec } from "./snappy-codec.ts";

const text = Buffer.from("日志平台 Hello!Spring boot! ".repeat(500));

/** Framing as snappy-java's SnappyOutputStream writes it. */
function xerial(...blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from("82534e41505059000000000100000001", "hex");
  const framed = blocks.flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([header, ...framed]);
}

describe("the snappy codec", () => {
  it("reads back what it wrote", async () => {
    const compressed = await snappyCodec.compress({ buffer: text });
    expect(compressed.length).toBeLessThan(text.length / 4);
    expect(await snappyCodec.decompress(compressed)).toEqual(text);
  });

  it("reads one xerial block, written by hand byte by byte", async () => {
    // Snappy of "gatelog": length 7 as varint, then a literal of 7 bytes (tag (7 - 1) << 2).
    const block = Buffer.concat([Buffer.from([0x07, 0x18]), Buffer.from("gatelog")]);
    const bytes = Buffer.concat([Buffer.from("82534e4150505900000000010000000100000009", "hex"), block]);
    expect((await decompressSnappy(bytes)).toString()).toBe("gatelog");
  });

  it("reads several xerial blocks as one stream", async () => {
    const parts = [text.subarray(0, 5000), text.subarray(5000, 5001), text.subarray(5001)];
    expect(await decompressSnappy(xerial(...parts.map((part) => compressSync(part))))).toEqual(text);
  });

  it("reads xerial framing of nothing", async () => {
    expect(await decompressSnappy(xerial())).toHaveLength(0);
  });

  it.each([
    ["a torn block", xerial(compressSync(text)).subarray(0, -1)],
    ["a torn length", xerial(compressSync(text)).subarray(0, 18)],
    ["a negative length", Buffer.concat([xerial(), Buffer.from("ffffffff", "hex")])],
    ["bytes that are no snappy", Buffer.from("ffffffffffffffffffff", "hex")],
  ])("refuses %s", async (_what, bytes) => {
    await expect(decompressSnappy(bytes)).rejects.toThrow();
  });
});
