import { expect, test } from "vitest";
import type { MultilineOptions } from "../types.ts";
import { cutByReads, cutWhole } from "./cutting.test-helper.ts";

type Pattern = Omit<Extract<MultilineOptions, { type: "pattern" }>, "type">;

function cut(text: string, multiline: MultilineOptions, state: "growing" | "idle" | "final" = "final") {
  return cutWhole(text, { parsers: [{ multiline }] }, state);
}

function texts(text: string, pattern: Pattern) {
  return cut(text, { type: "pattern", ...pattern }).texts;
}

const indented: Pattern = { pattern: "^[ \\t]", match: "after" };

test("multiline java_log: a stack trace belongs to the line before it", () => {
  const lines = [
    "2026-11-23 10:00:00 ERROR [main] Failed",
    "java.lang.IllegalStateException: no connection",
    "\tat com.example.Main.run(Main.java:12)",
    "\t... 3 more",
    "Caused by: java.io.IOException",
    "",
    "\tat com.example.Pool.take(Pool.java:7)",
  ];
  const next = "2026-11-23 10:00:01 INFO [main] Retrying";
  const options = { pattern: "^\\d{4}-\\d{2}-\\d{2} ", negate: true, match: "after" } as const;
  expect(texts(`${lines.join("\n")}\n${next}\n`, options)).toEqual([lines.join("\n"), next]);
});

test("multiline c_style: a line that ends with a backslash goes on in the next one", () => {
  const first = "#define A \\\n  1 + \\\n  2";
  const { texts: found, events } = cut(`${first}\nint b;\nc \\\n`, { type: "pattern", pattern: "\\\\$", match: "before" });
  expect(found).toEqual([first, "int b;", "c \\"]);
  expect(events[0]).toMatchObject({ offset: 0, nextOffset: first.length + 1, joined: true });
});

test("an event ends with a line that no other one can follow, without waiting for the next", () => {
  expect(cut("a \\\nb\n", { type: "pattern", pattern: "\\\\$", match: "before" }, "growing").texts).toEqual(["a \\\nb"]);
  expect(cut("a\nb\nc\n", { type: "count", count: 2 }, "growing")).toMatchObject({ texts: ["a\nb"], isPending: true });
});

test("lines that match, or that do not, follow the one before them or go before the next one", () => {
  expect(texts("a\n b\n c\nd\n", indented)).toEqual(["a\n b\n c", "d"]);
  expect(texts("-a\n - b\n-c\n", { pattern: "^-", negate: true, match: "after" })).toEqual(["-a\n - b", "-c"]);
  expect(texts("a\\\nb\nc\n", { pattern: "\\\\$", match: "before" })).toEqual(["a\\\nb", "c"]);
  expect(texts("a\nb;\nc;\n", { pattern: ";$", negate: true, match: "before" })).toEqual(["a\nb;", "c;"]);
});

test("a line that matches the flush pattern ends its event, also when it is the first", () => {
  const options = { pattern: "Start", negate: true, match: "after", flushPattern: "End" } as const;
  const given = "Start\nid: 1\nEnd\nStart End\nbetween\nStart\nEnd\n";
  expect(texts(given, options)).toEqual(["Start\nid: 1\nEnd", "Start End", "between", "Start\nEnd"]);
});

test("so many lines as are to be counted are one event", () => {
  const { texts: found } = cut("a\nb\n\nc\nd\n", { type: "count", count: 2 });
  expect(found).toEqual(["a\nb", "c", "d"]);
});

test("consecutive lines that match are one event, and every other one is one by itself", () => {
  const { texts: found } = cut("{a\n{b\nc\nd\n{e\n", { type: "while", pattern: "^\\{" });
  expect(found).toEqual(["{a\n{b", "c", "d", "{e"]);
  expect(cut("a\nb\n{c\n", { type: "while", pattern: "^\\{", negate: true }).texts).toEqual(["a\nb", "{c"]);
});

test("multiline max_lines: what is over the limit is the next event, and nothing is discarded", () => {
  const { texts: found, events } = cut("a\n 1\n 2\n 3\nb\n", { type: "pattern", ...indented, linesMax: 2 });
  expect(found).toEqual(["a\n 1", " 2\n 3", "b"]);
  expect(events.every(({ truncated }) => !truncated)).toBe(true);
});

test("multiline max_bytes: what is over the limit is the next event, and nothing is discarded", () => {
  const { texts: found } = cut("abcd\n 12\n 34\n 56\n", { type: "pattern", ...indented, bytesMax: 12 });
  expect(found).toEqual(["abcd\n 12\n 34", " 56"]);
});

test("multiline max_bytes: a single line that is longer is an event as it is", () => {
  expect(cut("abcdef\n 1\n", { type: "pattern", ...indented, bytesMax: 4 }).texts).toEqual(["abcdef", " 1"]);
});

test("multiline timeout: an event whose next line does not come is taken when nothing followed for long", () => {
  const given = { type: "pattern", ...indented } as const;
  expect(cut("a\n b\n c", given, "growing")).toMatchObject({ texts: [], consumed: 0, isPending: true });
  const { texts: found, events, consumed, isPending } = cut("a\n b\n c", given, "idle");
  expect(found).toEqual(["a\n b"]);
  expect(events).toMatchObject([{ offset: 0, nextOffset: 5, joined: true }]);
  expect({ consumed, isPending }).toEqual({ consumed: 5, isPending: false });
});

test("every event is named by its end too, for it may end elsewhere when it is read again", () => {
  const { events } = cut("a\nb\n", { type: "pattern", ...indented });
  expect(events.map(({ joined }) => joined)).toEqual([true, true]);
});

test("lines are joined by \\n whatever ended them", () => {
  const options = { parsers: [{ multiline: { type: "pattern", ...indented } as const }] };
  expect(cutWhole("a\r\n b\r\n c\n", options).texts).toEqual(["a\n b\n c"]);
  expect(cutWhole("a\0 b\0", { ...options, delimiter: "\0" }).texts).toEqual(["a\n b"]);
  expect(cutWhole(Buffer.from("a\n ü\n", "utf16le"), { ...options, encoding: "utf-16le" }).texts).toEqual(["a\n ü"]);
});

test("empty lines belong to the event that they stand in, and are none by themselves", () => {
  const { texts: found, events } = cut("\n\na\n\n b\n", { type: "pattern", pattern: "^( |$)", match: "after" });
  expect(found).toEqual(["a\n\n b"]);
  expect(events).toMatchObject([{ offset: 2 }]);
  expect(cut("\n\n", { type: "count", count: 2 })).toMatchObject({ texts: [], consumed: 2 });
});

test("a line over the limit is an event by itself, and ends the one before it as soon as it is seen", () => {
  const options = { parsers: [{ multiline: { type: "pattern", ...indented } as const }], lineBytesMax: 8 };
  const whole = cutWhole(`a\n b\n ${"x".repeat(50)}\n c\nd\n`, options);
  expect(whole.texts).toEqual(["a\n b", " xxxxxxx", " c", "d"]);
  expect(whole.events.map(({ truncated }) => truncated)).toEqual([false, true, false, false]);
  expect(cutWhole(`a\n b\n ${"x".repeat(50)}`, options, "growing")).toMatchObject({ texts: ["a\n b"], consumed: 5, isPending: false });
});

test("an event of the largest size is whole however few bytes a read has", () => {
  const options = { parsers: [{ multiline: { type: "pattern", ...indented, bytesMax: 64 } as const }], lineBytesMax: 16 };
  const event = `${"a".repeat(16)}\n ${"b".repeat(15)}\n ${"c".repeat(15)}\n ${"d".repeat(12)}`;
  expect(event.length).toBe(64);
  const { texts: found } = cutByReads(Buffer.from(`${event}\n${event}\n`), options, { sizes: [], readBytesMax: 5, batchLinesMax: 1 });
  expect(found).toEqual([event, event]);
});

test("multiline max_bytes: it bounds the bytes of the file too, which a window has to hold", () => {
  const bytes = Buffer.from(" a\r\n".repeat(60), "utf16le");
  const options = { parsers: [{ multiline: { type: "pattern", ...indented, bytesMax: 128 } as const }], lineBytesMax: 16 };
  const whole = cutWhole(bytes, { ...options, encoding: "utf-16le" });
  expect(whole.events[0]).toMatchObject({ offset: 0, nextOffset: 128 });
  expect(cutByReads(bytes, { ...options, encoding: "utf-16le" }, { sizes: [], readBytesMax: 3, batchLinesMax: 2 }).events).toEqual(
    whole.events,
  );
});
