import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createMasker, Redactions } from "@gatelog/masking";
import { BodyTap } from "./body-tap.ts";
import { bodyText } from "./body-text.ts";
import { CaptureBudget } from "./capture-budget.ts";

const maskers = { default: createMasker(), strict: createMasker({ profile: "strict" }) };

interface BodyOptions {
  readonly type?: string;
  readonly coding?: string;
  readonly kept?: number;
  readonly max?: number;
  readonly binary?: "omitted" | "base64";
  readonly profile?: "default" | "strict";
}

function textOf(body: Buffer | string, options: BodyOptions = {}) {
  const { type = "application/json", coding, kept = 65_536, max = kept, binary = "omitted", profile = "default" } = options;
  const tap = new BodyTap(kept, new CaptureBudget(100_000_000));
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += 7000) tap.add(bytes.subarray(at, at + 7000));
  const masking = { masker: maskers[profile], redactions: new Redactions(), path: "body" };
  return bodyText(tap, { contentType: type, contentEncoding: coding }, { bodyBytesMax: max, binary }, masking);
}

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
    expect(textOf("x", { coding: "__proto__" })).toEqual({ encoding: "omitted" });
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
    expect(textOf(Buffer.from([0xff, 0xc0]), { type: "text/plain; charset=klingon" })).toEqual({ encoding: "omitted" });
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

  test.each([
    ["utf-16le without a byte order mark", "", utf16(false)],
    ["utf-16be without a byte order mark", "", utf16(true)],
    ["utf-16le that claims to be UTF-8", "; charset=utf-8", utf16(false)],
    ["utf-16le with a byte order mark", "", (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(false)(text)])],
    ["UTF-8 with a byte order mark", "", (text: string) => Buffer.from(`\uFEFF${text}`)],
    ["UTF-8 that claims to be utf-16", "; charset=utf-16le", (text: string) => Buffer.from(text)],
  ])("in %s is decoded and masked", (_, parameter, encode) => {
    const type = `application/json${parameter}`;
    const bytes = encode('{"名":"值","password":"tr0ub4dor"}');
    expect(textOf(bytes, { type })).toEqual({ content: '{"名":"值","password":"***"}' });
    const cut = textOf(bytes, { type, kept: bytes.length - 6, max: 100 });
    expect(cut).toEqual({ content: expect.stringMatching(/^\{"名":"值","password":"\*\*\*"?/), truncated: true });
  });

  test("in GBK that nobody declared, or that the XML declaration names, is decoded", () => {
    const gbk = Buffer.from([0xc4, 0xe3, 0xba, 0xc3]);
    expect(textOf(Buffer.concat([Buffer.from('{"a":"'), gbk, Buffer.from('"}')]))).toEqual({ content: '{"a":"你好"}' });
    const declaration = '<?xml version="1.0" encoding="GBK"?><a>';
    expect(textOf(Buffer.concat([Buffer.from(declaration), gbk, Buffer.from("</a>")]), { type: "text/xml" })).toEqual({
      content: `${declaration}你好</a>`,
    });
  });

  test("in UTF-32 or UTF-7, which nobody reads, is left out", () => {
    const utf32 = Buffer.concat(Array.from('{"password":"x"}', (char) => Buffer.from([char.charCodeAt(0), 0, 0, 0])));
    expect(textOf(utf32)).toEqual({ encoding: "omitted" });
    expect(textOf("+AHA-assword=x", { type: "text/plain; charset=utf-7" })).toEqual({ encoding: "omitted" });
  });

  test("that is no text is kept as base64 where the rule says so, cut to whole groups", () => {
    const bytes = Buffer.from([0, 1, 2, 255, 254, 253, 7]);
    expect(textOf(bytes, { type: "image/png", binary: "base64" })).toEqual({ content: bytes.toString("base64"), encoding: "base64" });
    const cut = textOf(bytes, { type: "image/png", binary: "base64", max: 9 });
    expect(cut).toEqual({ content: bytes.subarray(0, 6).toString("base64"), encoding: "base64", truncated: true });
    expect(textOf("text", { binary: "base64" })).toEqual({ content: "text" });
    expect(textOf(bytes, { type: "image/png", binary: "base64", profile: "strict" })).toEqual({ encoding: "omitted" });
  });
});

function utf16(isBigEndian: boolean): (text: string) => Buffer {
  return (text) => {
    const bytes = Buffer.from(text, "utf16le");
    return isBigEndian ? bytes.swap16() : bytes;
  };
}
