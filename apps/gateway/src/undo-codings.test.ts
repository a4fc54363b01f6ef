import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { storeAsZstd } from "./test/encode-text.ts";
import { undoCodings } from "./undo-codings.ts";

const compressors: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", storeAsZstd],
  ["identity", (bytes) => bytes],
];
const anyCoding = fc.constantFrom(...compressors);
const content = fc.uint8Array({ minLength: 1, maxLength: 400 }).map((bytes) => Buffer.from(bytes));

describe("what is undone", () => {
  test("is each coding and any two of them, in any spelling", () => {
    fc.assert(
      fc.property(content, anyCoding, anyCoding, (bytes, [first, compressFirst], [second, compressSecond]) => {
        const sent = compressSecond(compressFirst(bytes));
        expect(undoCodings(sent, ` ${first.toUpperCase()} ,${second}`, 10_000)).toEqual({ bytes, isCut: false });
      }),
    );
  });

  test("of a body that is cut anywhere is a beginning of it, or unknown", () => {
    fc.assert(
      fc.property(content, anyCoding, fc.nat(), (bytes, [name, compress], at) => {
        const sent = compress(bytes);
        const undone = undoCodings(sent.subarray(0, at % (sent.length + 1)), name, 10_000);
        if (undone !== undefined) expect(bytes.subarray(0, undone.bytes.length).equals(undone.bytes)).toBe(true);
      }),
    );
  });

  test("is at most so many bytes, and says that there were more", () => {
    const bytes = Buffer.alloc(5_000_000, "日志");
    for (const [name, compress] of compressors.filter(([coding]) => coding !== "identity")) {
      const undone = undoCodings(compress(bytes), name, 10_000);
      expect(undone?.isCut, name).toBe(true);
      expect(undone?.bytes.length, name).toBeLessThanOrEqual(10_000);
    }
  });

  test.each([undefined, ""])("of no coding is what came (%s)", (coding) => {
    expect(undoCodings(Buffer.from("x"), coding, 0)).toEqual({ bytes: Buffer.from("x"), isCut: false });
  });

  test.each(["gzip, gzip, gzip", "compress", "constructor", "aes128gcm", "gzip;q=1"])("of %s is unknown", (coding) => {
    expect(undoCodings(gzipSync("x"), coding, 1000)).toBeUndefined();
  });

  test("of any bytes never throws", () => {
    fc.assert(fc.property(content, anyCoding, (bytes, [name]) => void undoCodings(bytes, name, 100)));
  });
});
