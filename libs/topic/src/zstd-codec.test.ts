import { Buffer } from "node:buffer";
import { expect, it } from "vitest";
import { compressionProblem, zstdCodec } from "./zstd-codec.ts";

/** `printf '日志平台 %.0s' 1 2 3 4 5 6 7 8 | zstd`: one frame with a checksum. */
const frame = Buffer.from("KLUv/QRYpQAAaOaXpeW/l+W5s+WPsCABAAjT/AK/nw5V", "base64");

it("reads what zstd wrote", async () => {
  expect((await zstdCodec.decompress(frame)).toString()).toBe("日志平台 ".repeat(8));
});

it("does not take a torn frame for a message", async () => {
  await expect(zstdCodec.decompress(frame.subarray(0, 20))).rejects.toThrow();
});

it("writes where this Node can, and says elsewhere which one could", async () => {
  const text = Buffer.from("日志平台 ".repeat(100));
  const problem = compressionProblem("zstd");
  if (problem === undefined) expect(await zstdCodec.decompress(await zstdCodec.compress({ buffer: text }))).toEqual(text);
  else {
    expect(problem).toMatch(/^zstd needs Node 22\.15 or newer, and this is \d+\.\d+\.\d+: choose snappy or gzip, or run a newer Node$/);
    await expect(zstdCodec.compress({ buffer: text })).rejects.toThrow(problem);
  }
  expect(compressionProblem("snappy")).toBeUndefined();
});
