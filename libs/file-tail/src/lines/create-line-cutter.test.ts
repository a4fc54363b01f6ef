import { expect, test } from "vitest";
import type { ParserOptions } from "../types.ts";
import { createCutter, cutWhole } from "./cutting.test-helper.ts";

function refusalOf(options: object): string {
  try {
    createCutter(options);
  } catch (error) {
    expect(error).toMatchObject({ code: "GATELOG_FILE_TAIL_LINES" });
    return (error as Error).message;
  }
  throw new Error("the options were taken");
}

const multiline: ParserOptions = { multiline: { type: "count", count: 2 } };

test("of the events those are taken that one pattern matches and none of the others does", () => {
  const { texts, counts, consumed } = cutWhole("ERR a\nWARN b\nERR dbg\n\ninfo\n", {
    includeLines: ["^ERR", "^WARN"],
    excludeLines: ["dbg"],
  });
  expect(texts).toEqual(["ERR a", "WARN b"]);
  expect(counts.excluded).toBe(2);
  expect(consumed).toBe(27);
});

test("patterns match an event's text, whatever it was made of", () => {
  const parsers: ParserOptions[] = [{ ndjson: { messageKey: "m" } }, multiline];
  expect(cutWhole('{"m":"a"}\n{"m":"ü"}\n{"m":"b"}\n', { parsers, includeLines: ["^a\\nü$"] }).texts).toEqual(["a\nü"]);
  expect(cutWhole(Buffer.from("a\nü\n", "utf16le"), { encoding: "utf-16le", excludeLines: ["^ü$"] }).texts).toEqual(["a"]);
});

test("a pattern that RE2 does not know is refused by its option's name", () => {
  expect(refusalOf({ includeLines: ["a", "(?=b)"] })).toContain("includeLines[1]");
  expect(refusalOf({ excludeLines: ["("] })).toContain("excludeLines[0]");
  const pattern = { type: "pattern", pattern: "[", match: "after" } as const;
  expect(refusalOf({ parsers: [{ ndjson: {} }, { multiline: pattern }] })).toContain("parsers[1].multiline.pattern");
  expect(refusalOf({ parsers: [{ multiline: { ...pattern, pattern: "a", flushPattern: "\\1" } }] })).toContain(
    "parsers[0].multiline.flushPattern",
  );
});

test("a delimiter is 1 to 16 bytes of the encoding", () => {
  expect(refusalOf({ delimiter: "" })).toContain("delimiter has 0 bytes");
  expect(refusalOf({ delimiter: "123456789", encoding: "utf-16be" })).toContain("delimiter has 18 bytes");
  expect(refusalOf({ delimiter: "。", encoding: "gbk" })).toContain("delimiter");
  expect(refusalOf({ delimiter: "。", encoding: "latin1" })).toContain("delimiter");
  expect(cutWhole("aé".repeat(2), { delimiter: "é" }).texts).toEqual(["a", "a"]);
});

test("what names nothing known is refused", () => {
  expect(refusalOf({ encoding: "ebcdic" })).toContain("encoding ebcdic");
  expect(refusalOf({ overlong: "drop" })).toContain("overlong");
  expect(refusalOf({ parsers: [{}] })).toContain("parsers[0]");
  expect(refusalOf({ parsers: [{ syslog: {} }] })).toContain("parsers[0] names syslog");
  expect(refusalOf({ parsers: [{ multiline: { type: "lines" } }] })).toContain("parsers[0].multiline.type");
  expect(refusalOf({ parsers: [{ multiline: { type: "pattern", pattern: "a", match: "around" } }] })).toContain("multiline.match");
});

test("parsers that make no sense in their order are refused", () => {
  expect(refusalOf({ parsers: [multiline, multiline] })).toContain("parsers[1].multiline is the second one");
  expect(refusalOf({ parsers: [{ ndjson: {} }, { container: {} }] })).toContain("parsers[1].container has to be the first");
  expect(refusalOf({ parsers: [{ container: {} }, { container: {} }] })).toContain("parsers[1].container");
});

test("limits that no event can keep are refused", () => {
  for (const name of ["linesMax", "bytesMax", "flushMs", "count"])
    expect(refusalOf({ parsers: [{ multiline: { type: "count", count: 2, [name]: 0 } }] })).toContain(`parsers[0].multiline.${name}`);
  expect(refusalOf({ parsers: [{ multiline: { type: "count", count: 3, linesMax: 2 } }] })).toContain("count is over linesMax");
});

test("only what may wait for more has a time after which it does not", () => {
  const idleFlushMs = (parsers: ParserOptions[]) => createCutter({ parsers }).cutter.idleFlushMs;
  expect(idleFlushMs([])).toBeUndefined();
  expect(idleFlushMs([{ ndjson: {} }])).toBeUndefined();
  expect(idleFlushMs([{ container: {} }])).toBe(5000);
  expect(idleFlushMs([{ container: {} }, { multiline: { type: "count", count: 2, flushMs: 100 } }])).toBe(100);
});
