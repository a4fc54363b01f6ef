import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BodyTap } from "./body-tap.ts";
import { bodyText } from "./body-text.ts";

const asIs = (text: string) => text;

function textOf(body: Buffer | string, options: { type?: string; coding?: string; kept?: number; max?: number } = {}) {
  const { type = "application/json", coding, kept = 65_536, max = kept } = options;
  const tap = new BodyTap(kept);
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += 7000) tap.add(bytes.subarray(at, at + 7000));
  return bodyText(tap, { contentType: type, contentEncoding: coding }, max, asIs);
}

describe("a tap", () => {
  test("counts all and keeps a copy of the beginning", () => {
    const tap = new BodyTap(5);
    const chunk = Buffer.from("abc");
    for (let count = 0; count < 3; count++) tap.add(chunk);
    chunk.fill("x");
    expect([tap.bytes, tap.kept().toString(), tap.isCut]).toEqual([9, "abcab", true]);
    tap.shed();
    tap.add(chunk);
    expect([tap.bytes, tap.kept().length]).toEqual([12, 0]);
  });
});

describe("the text of a body", () => {
  test("is the text, cut between characters", () => {
    expect(textOf("")).toEqual({});
    expect(textOf('{"名":"值"}')).toEqual({ content: '{"名":"值"}' });
    for (let kept = 1; kept < 14; kept++) {
      const { content = "", truncated } = textOf("aé日😀é日", { kept, type: "text/plain" });
      expect("aé日😀é日".startsWith(content)).toBe(true);
      expect(Buffer.byteLength(content)).toBeGreaterThan(kept - 4);
      expect(truncated).toBe(true);
    }
    expect(textOf("aé日😀é日", { kept: 15, type: "text/plain" })).toEqual({ content: "aé日😀é日" });
  });

  test.each([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
    ["br", brotliCompressSync],
    ["identity", (text: string) => Buffer.from(text)],
  ] as const)("is decoded from %s, complete and cut", (coding, compress) => {
    const text = Array.from({ length: 4000 }, (_, index) => `${index}:日志`).join(",");
    expect(textOf(compress(text), { coding })).toEqual({ content: text });
    const cut = textOf(compress(text), { coding, kept: 2000 });
    expect(cut.truncated).toBe(true);
    expect(text.startsWith(cut.content ?? "-")).toBe(true);
    expect(cut.content?.length).toBeGreaterThan(200);
  });

  test("of two codings is decoded in their order, of more or unknown ones left out", () => {
    expect(textOf(brotliCompressSync(gzipSync("text")), { coding: "gzip, br" })).toEqual({ content: "text" });
    expect(textOf("x", { coding: "gzip, br, gzip" })).toEqual({ encoding: "omitted" });
    expect(textOf("x", { coding: "zstd" })).toEqual({ encoding: "omitted" });
    expect(textOf("not gzip", { coding: "gzip" })).toEqual({ encoding: "omitted" });
  });

  test("that inflates without end is cut within bounds", () => {
    const bomb = gzipSync(Buffer.alloc(60_000_000, "a"));
    const startMs = performance.now();
    const result = textOf(bomb, { coding: "gzip" });
    expect(result.truncated).toBe(true);
    expect(result.content).toMatch(/^a+$/);
    expect(result.content?.length).toBeLessThanOrEqual(65_536);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  test("in another charset is decoded; in an unknown one only if it looks like text", () => {
    expect(textOf(Buffer.from([0xc4, 0xe3, 0xba, 0xc3]), { type: "text/plain; charset=GBK" })).toEqual({ content: "你好" });
    expect(textOf(Buffer.from([0xc4, 0xe3, 0xba, 0xc3]), { type: "text/plain; charset=GBK", kept: 3 })).toEqual({
      content: "你",
      truncated: true,
    });
    expect(textOf("abc", { type: "text/plain; charset=klingon" })).toEqual({ content: "abc" });
    expect(textOf(Buffer.from([0xff, 0xfe]), { type: "text/plain; charset=klingon" })).toEqual({ encoding: "omitted" });
  });

  test.each(["image/png", "application/octet-stream", "multipart/form-data; boundary=x", "application/pdf", "video/mp4"])(
    "is left out for %s",
    (type) => {
      expect(textOf("text all the same", { type })).toEqual({ encoding: "omitted" });
    },
  );

  test.each([
    "application/vnd.api+json",
    "application/soap+xml; charset=utf-8",
    "text/event-stream",
    "application/x-www-form-urlencoded",
    "image/svg+xml",
  ])("is kept for %s", (type) => {
    expect(textOf("text", { type })).toEqual({ content: "text" });
  });

  test("of no known type is kept where it looks like text", () => {
    expect(textOf("日志", { type: "" })).toEqual({ content: "日志" });
    expect(textOf("日志", { type: "application/x-own" })).toEqual({ content: "日志" });
    expect(textOf(Buffer.from([0, 1, 2]), { type: "" })).toEqual({ encoding: "omitted" });
    expect(textOf(Buffer.from([0xff, 0xd8, 0xff]), { type: "application/x-own" })).toEqual({ encoding: "omitted" });
  });
});
