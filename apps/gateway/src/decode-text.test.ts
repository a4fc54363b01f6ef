import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutToBytes, decodeText, looksLikeText, type TextForm } from "./decode-text.ts";
import { encodeText, textEncodings } from "./test/encode-text.ts";

const whole: TextForm = { charset: undefined, isXml: false, isCut: false };
const text = fc.string({ unit: fc.constantFrom(...Array.from('abc{}":,01日志张三的')), minLength: 1, maxLength: 60 });

describe("text", () => {
  test("in each charset comes back where the charset is named", () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...textEncodings), (content, encoding) => {
        const charset = encoding.split(" ")[0] ?? "";
        expect(decodeText(encodeText(`{${content}`, encoding), { ...whole, charset: charset === "utf-8" ? undefined : charset })).toBe(
          `{${content}`,
        );
      }),
    );
  });

  test("that is cut between any two bytes comes back as its beginning, without half a character", () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...textEncodings), fc.nat(), (content, encoding, at) => {
        const bytes = encodeText(`{"a":1,${content}`, encoding);
        const charset = encoding.split(" ")[0] ?? "";
        const cut = bytes.subarray(0, 12 + (at % Math.max(1, bytes.length - 12)));
        const decoded = decodeText(cut, { ...whole, charset: charset === "utf-8" ? undefined : charset, isCut: true });
        expect(`{"a":1,${content}`.startsWith(decoded ?? "-")).toBe(true);
      }),
    );
  });

  test("of any bytes in any charset never throws", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom("gbk", "utf-16le", "klingon", "", "utf-7"),
        fc.boolean(),
        (bytes, charset, isCut) => {
          decodeText(Buffer.from(bytes), { charset, isXml: true, isCut });
        },
      ),
    );
  });

  test("is cut to so many bytes between characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(60), (content, bytesMax) => {
        const cut = cutToBytes(content, bytesMax);
        expect(content.startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytesMax);
        if (Buffer.byteLength(content) > bytesMax) expect(Buffer.byteLength(cut)).toBeGreaterThan(bytesMax - 4);
      }),
    );
  });

  test("looks like text where it is UTF-8 without NUL, cut or not", () => {
    expect([Buffer.from("日志"), Buffer.from("日志").subarray(0, 4), Buffer.alloc(0)].map(looksLikeText)).toEqual([true, true, true]);
    expect([Buffer.from("a\0"), Buffer.from([0xff, 0x41]), Buffer.from([0xe6, 0x41])].map(looksLikeText)).toEqual([false, false, false]);
  });
});
