import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLineGenerator, writeFileSet } from "./lines.ts";
import { measureReadLimit } from "./read-limit.ts";
import { buildPrograms } from "./programs.ts";
import { findSentAt, readSentAt, writeSentAt } from "./sent-at.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "gatelog-lines-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const generated = (count: number) => {
  const generate = createLineGenerator();
  return Array.from({ length: count }, generate);
};

test("lines are in the article's format, about 400 bytes long, varied, and the same each time", () => {
  const lines = generated(2000);
  const bytes = lines.map((line) => Buffer.byteLength(line));
  const mean = bytes.reduce((sum, each) => sum + each, 0) / lines.length;
  expect(mean).toBeGreaterThan(380);
  expect(mean).toBeLessThan(420);
  expect(new Set(lines).size).toBe(lines.length);
  expect(generated(2000)).toEqual(lines);
});

test("a line holds the seven fields in their order, as strings, and a JSON body in the request", () => {
  const [line = ""] = generated(1);
  const record = JSON.parse(line) as Record<string, string>;
  expect(Object.keys(record)).toEqual([
    "status",
    "requestTime",
    "responseTime",
    "requestURL",
    "method",
    "requestContent",
    "responseContent",
  ]);
  expect(record["requestTime"]).toMatch(/^2018-10-11 18:09:\d\d$/);
  expect(JSON.parse(record["requestContent"] ?? "")).toMatchObject({ sentAtMs: expect.any(Number) as number });
});

test("the time of a line is found, read and overwritten in the line and in the event that holds it", () => {
  const [line = ""] = generated(1);
  const bytes = Buffer.from(line);
  writeSentAt(bytes, findSentAt(bytes, 0, bytes.length), 1_700_000_000_123);
  expect(() => JSON.parse(bytes.toString()) as unknown).not.toThrow();
  const event = Buffer.from(JSON.stringify({ message: bytes.toString() }));
  for (const each of [bytes, event]) expect(readSentAt(each, findSentAt(each, 0, each.length))).toBe(1_700_000_000_123);
});

test("a time that lies behind the line is not taken for the line's", () => {
  const bytes = Buffer.from('{"a":1}\n{"sentAtMs":1700000000123}\n');
  expect(findSentAt(bytes, 0, 7)).toBe(-1);
});

test("a file set has so many lines in files of equal length, which the read limit finds", async () => {
  const files = writeFileSet(directory, { files: 10, lines: 1000 });
  expect(files).toMatchObject({ lines: 1000, bytes: files.names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0) });
  for (const name of files.names) expect(readFileSync(join(directory, name), "utf8").split("\n")).toHaveLength(101);
  const programs = await buildPrograms(join(directory, "programs"));
  expect(measureReadLimit(programs["read-limit"], files)).toMatchObject({ lines: 1000 });
  expect(() => measureReadLimit(programs["read-limit"], { ...files, lines: 1001 })).toThrow("counted 1000 of 1001 lines");
});
