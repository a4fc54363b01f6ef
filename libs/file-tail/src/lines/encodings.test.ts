import { expect, test } from "vitest";
import { cutByReads, cutWhole } from "./cutting.test-helper.ts";

const oneByOne = { sizes: [], readBytesMax: 1, batchLinesMax: 1 };
const utf16le = (text: string) => Buffer.from(text, "utf16le");
const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();

test("bom_utf16le: a byte order mark at the beginning is no part of the first line", () => {
  const { texts, events } = cutWhole(utf16le("\ufeffeins\r\nzwei\n"), { encoding: "utf-16le" });
  expect(texts).toEqual(["eins", "zwei"]);
  expect(events).toMatchObject([
    { offset: 2, nextOffset: 14 },
    { offset: 14, nextOffset: 24 },
  ]);
});

test("bom_utf16be: a byte order mark at the beginning is no part of the first line", () => {
  const { texts, events } = cutWhole(utf16be("\ufeffeins\r\nzwei\n"), { encoding: "utf-16be" });
  expect(texts).toEqual(["eins", "zwei"]);
  expect(events[0]).toMatchObject({ offset: 2, nextOffset: 14 });
});

test("UTF-16 surrogates: a pair is one character, also where reads cut it in two", () => {
  const bytes = utf16le("a😀b\n😀\n");
  expect(cutByReads(bytes, { encoding: "utf-16le" }, oneByOne).texts).toEqual(["a😀b", "😀"]);
});

test("UTF-16 surrogates: a lone one becomes U+FFFD and is counted", () => {
  const { texts, counts } = cutWhole(utf16be("a\ud83db\nc\n"), { encoding: "utf-16be" });
  expect(texts).toEqual(["a\ufffdb", "c"]);
  expect(counts.undecodable).toBe(1);
});

test("UTF-16 surrogates: a line over the limit is not cut within a pair", () => {
  const { texts, counts } = cutWhole(utf16le("a😀b\n"), { encoding: "utf-16le", lineBytesMax: 5 });
  expect(texts).toEqual(["a"]);
  expect(counts.undecodable).toBe(0);
});

test("a line of UTF-16 does not end within characters that hold the bytes of a line end", () => {
  // U+0A0A, U+0D0A and U+0A00 have the byte 0A on either side.
  const text = "ਊഊ\u0a00\u000d\u0a00ĊĀ";
  expect(cutWhole(utf16le(`${text}\nx\n`), { encoding: "utf-16le" }).texts).toEqual([text, "x"]);
  expect(cutWhole(utf16be(`${text}\nx\n`), { encoding: "utf-16be" }).texts).toEqual([text, "x"]);
});

test("a line of UTF-16 far over the limit ends where the file's characters do, not where a piece's bytes do", () => {
  const bytes = utf16le(`${"ਊ\u0a00".repeat(50)}\nx\n`);
  const { texts, consumed } = cutByReads(bytes, { encoding: "utf-16le", lineBytesMax: 8 }, { ...oneByOne, readBytesMax: 3 });
  expect(texts).toEqual(["ਊ\u0a00", "x"]);
  expect(consumed).toBe(bytes.length);
});

test("a half character at the end of UTF-16 becomes U+FFFD when nothing will follow", () => {
  const bytes = Buffer.concat([utf16le("a\nb"), Buffer.from([0x63])]);
  expect(cutWhole(bytes, { encoding: "utf-16le" })).toMatchObject({ texts: ["a", "b\ufffd"], counts: { undecodable: 1 } });
});

test("GBK and GB18030 are read as UTF-8, at the offsets of the file's bytes", () => {
  // "日志中文" in GBK, and in GB18030 a character of four bytes, U+3401.
  const bytes = Buffer.from("c8d5d6bed6d0cec40a61620a", "hex");
  expect(cutWhole(bytes, { encoding: "gbk" })).toMatchObject({ texts: ["日志中文", "ab"], events: [{ nextOffset: 9 }, { offset: 9 }] });
  expect(cutWhole(Buffer.from("8139ef310ac4e3", "hex"), { encoding: "gb18030" }).texts).toEqual(["㐂", "你"]);
});

test("Big5: characters whose second byte is a letter of ASCII are read as UTF-8", () => {
  // "許功蓋", whose second bytes are \, \ and \, and "一".
  const bytes = Buffer.from("b35ca55cbb5c0d0aa4400a", "hex");
  const { texts, events } = cutWhole(bytes, { encoding: "big5" });
  expect(texts).toEqual(["許功蓋", "一"]);
  expect(events).toMatchObject([{ nextOffset: 8 }, { offset: 8, nextOffset: 11 }]);
});

test("Big5: a delimiter that is also a second byte ends no line within a character", () => {
  const bytes = Buffer.from("b35ca55c5cbb5c", "hex");
  expect(cutWhole(bytes, { encoding: "big5", delimiter: "\\" }).texts).toEqual(["許功", "蓋"]);
  const long = Buffer.concat([...Array.from({ length: 200 }, () => bytes.subarray(0, 4)), Buffer.from("5ca4405c", "hex")]);
  const { texts } = cutByReads(long, { encoding: "big5", delimiter: "\\", lineBytesMax: 5 }, oneByOne);
  expect(texts).toEqual(["許", "一"]);
});

test("latin1 has a character for every byte", () => {
  expect(cutWhole(Buffer.from([0xe9, 0x74, 0xe9, 0x20, 0xff, 0x0a]), { encoding: "latin1" })).toMatchObject({
    texts: ["été ÿ"],
    counts: { undecodable: 0 },
  });
});

test("decode_error: bytes that are not of the encoding become U+FFFD and are counted, and the next line is not touched", () => {
  const { texts, counts } = cutWhole(Buffer.from("61c40ac4e30aff620a", "hex"), { encoding: "gbk" });
  expect(texts).toEqual(["a\ufffd", "你", "\ufffdb"]);
  expect(counts.undecodable).toBe(2);
});

test("text that is longer in UTF-8 than the limit is cut, although the file's bytes are not", () => {
  const { texts, events, overlong } = cutWhole(Buffer.from("c4e3c4e30a", "hex"), { encoding: "gbk", lineBytesMax: 4 });
  expect(texts).toEqual(["你"]);
  expect(events).toMatchObject([{ truncated: true, nextOffset: 5 }]);
  expect(overlong).toMatchObject([{ lineBytes: 5, isSkipped: false }]);
});

test("a delimiter of any characters ends a line, and the usual ones do not", () => {
  expect(cutWhole("a\nb\0c\r\n\0", { delimiter: "\0" }).texts).toEqual(["a\nb", "c\r\n"]);
  expect(cutWhole("a\rb\n\r", { delimiter: "\r" }).texts).toEqual(["a", "b\n"]);
  expect(cutWhole("a||EN||END||b||END|", { delimiter: "||END||" }).texts).toEqual(["a||EN", "b||END|"]);
  expect(cutWhole(utf16le("a。b。"), { delimiter: "。", encoding: "utf-16le" }).texts).toEqual(["a", "b"]);
});

test("multi_char_delimiter_split_across_buffer_boundary: it is found wherever reads cut it", () => {
  const bytes = Buffer.from("one||END||two||EN||END||three||END||");
  for (let readBytesMax = 1; readBytesMax <= bytes.length; readBytesMax += 1)
    expect(cutByReads(bytes, { delimiter: "||END||" }, { ...oneByOne, readBytesMax }).texts).toEqual(["one", "two||EN", "three"]);
});

test("multi_char_delimiter_split_across_buffer_boundary: it is found behind a line far over the limit too", () => {
  const bytes = Buffer.from(`${"x".repeat(100)}||END||two||END||`);
  for (let readBytesMax = 1; readBytesMax <= 20; readBytesMax += 1) {
    const { texts } = cutByReads(bytes, { delimiter: "||END||", lineBytesMax: 4 }, { ...oneByOne, readBytesMax });
    expect(texts).toEqual(["xxxx", "two"]);
  }
});
