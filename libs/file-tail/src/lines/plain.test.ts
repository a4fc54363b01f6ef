import { expect, test } from "vitest";
import { createCutter, cutByReads, cutWhole, windowOf } from "./cutting.test-helper.ts";
import { LineBatch } from "../line-batch.ts";

const oneByOne = { sizes: [], readBytesMax: 1, batchLinesMax: 1 };

test("a line ends with \\n or \\r\\n, and its offsets are those of the file's bytes", () => {
  const { events, texts, consumed } = cutWhole("one\r\ntwö\nthree", {}, "growing");
  expect(texts).toEqual(["one", "twö"]);
  expect(events).toMatchObject([
    { offset: 0, nextOffset: 5, truncated: false, joined: false },
    { offset: 5, nextOffset: 10 },
  ]);
  expect(consumed).toBe(10);
});

test("a line without its end waits, also when nothing follows for long, until nothing will ever follow", () => {
  expect(cutWhole("one\ntwo", {}, "growing").consumed).toBe(4);
  expect(cutWhole("one\ntwo", {}, "idle").texts).toEqual(["one"]);
  expect(cutWhole("one\ntwo").texts).toEqual(["one", "two"]);
});

test("empty_line: an empty line is passed over, and the next one keeps its offset", () => {
  const { texts, events, consumed } = cutWhole("a\n\n\r\nb\n");
  expect(texts).toEqual(["a", "b"]);
  expect(events[1]).toMatchObject({ offset: 5, nextOffset: 7 });
  expect(consumed).toBe(7);
});

test("empty_lines_only: a file of nothing but empty lines is read to its end without an event", () => {
  expect(cutWhole("\n\r\n\n", {}, "growing")).toMatchObject({ texts: [], consumed: 4, isPending: false });
});

test("exceed_buffer: a line that is longer than a read is whole, for the window grows", () => {
  const long = "x".repeat(500);
  expect(cutByReads(Buffer.from(`${long}\nshort\n`), {}, { ...oneByOne, readBytesMax: 16 }).texts).toEqual([long, "short"]);
});

test("a line over the limit is cut on a character's boundary, flagged and told", () => {
  const { texts, events, overlong, consumed } = cutWhole("aüüü\nb\n", { lineBytesMax: 4 });
  expect(texts).toEqual(["aü", "b"]);
  expect(events).toMatchObject([
    { truncated: true, nextOffset: 8 },
    { truncated: false, offset: 8 },
  ]);
  expect(overlong).toEqual([{ path: "/logs/a.log", offset: 0, lineBytes: 8, isSkipped: false }]);
  expect(consumed).toBe(10);
});

test("a line over the limit is skipped, counted and told where that is asked for", () => {
  const { texts, counts, overlong } = cutWhole("aaaaa\nb\n", { lineBytesMax: 4, overlong: "skip" });
  expect(texts).toEqual(["b"]);
  expect(counts.skipped).toBe(1);
  expect(overlong).toEqual([{ path: "/logs/a.log", offset: 0, lineBytes: 6, isSkipped: true }]);
});

test("a line of exactly the limit is whole, whatever ends it", () => {
  for (const end of ["\n", "\r\n", ""]) expect(cutWhole(`aaaa${end}`, { lineBytesMax: 4 }).events).toMatchObject([{ truncated: false }]);
});

test("a line far over the limit is taken by its beginning while its end is searched piece by piece", () => {
  const { texts, overlong, consumed } = cutByReads(Buffer.from(`${"x".repeat(1000)}\nb\n`), { lineBytesMax: 8 }, oneByOne);
  expect(texts).toEqual(["xxxxxxxx", "b"]);
  expect(overlong).toMatchObject([{ offset: 0, lineBytes: 1001 }]);
  expect(consumed).toBe(1003);
});

test("null bytes: they are bytes of a line like any others", () => {
  expect(cutWhole("a\0b\n\0\n").texts).toEqual(["a\0b", "\0"]);
});

test("utf8: characters of any length are left alone, also where reads cut them in two", () => {
  const text = "日本語 ñ 😀 Здравствуйте\n文\n";
  expect(cutByReads(Buffer.from(text), {}, oneByOne).texts).toEqual(["日本語 ñ 😀 Здравствуйте", "文"]);
});

test("bom_utf8: a byte order mark at the beginning is no part of the first line", () => {
  const { texts, events } = cutWhole("\ufeffone\n\ufefftwo\n");
  expect(texts).toEqual(["one", "\ufefftwo"]);
  expect(events[0]).toMatchObject({ offset: 3, nextOffset: 7 });
  expect(cutByReads(Buffer.from("\ufeffone\n"), {}, oneByOne).texts).toEqual(["one"]);
});

test("a file of nothing but a byte order mark has no line", () => {
  expect(cutWhole("\ufeff", {}, "growing")).toMatchObject({ texts: [], consumed: 3 });
});

test("decode_error: bytes that are no UTF-8 become U+FFFD and are counted, line by line", () => {
  const bytes = Buffer.concat([Buffer.from("good ü\nbad "), Buffer.from([0xff, 0xc3]), Buffer.from("\nbad "), Buffer.from([0x80, 0x0a])]);
  const { texts, counts, events } = cutWhole(bytes);
  expect(texts).toEqual(["good ü", "bad \ufffd\ufffd", "bad \ufffd"]);
  expect(counts.undecodable).toBe(2);
  expect(events[2]).toMatchObject({ offset: 15, nextOffset: 21 });
});

test("text that grew over the limit by what could not be decoded is cut too", () => {
  const { texts, events } = cutWhole(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0a]), { lineBytesMax: 4 });
  expect(texts).toEqual(["\ufffd"]);
  expect(events).toMatchObject([{ truncated: true, nextOffset: 5 }]);
});

test("a full batch takes no more, and the rest is offered again", () => {
  const { cutter } = createCutter({});
  const batch = new LineBatch({ linesMax: 2, bytesMax: 100 });
  expect(cutter.cut(windowOf(Buffer.from("a\nb\nc\n"), 0, "growing"), batch).consumed).toBe(4);
  expect(batch.count).toBe(2);
});
