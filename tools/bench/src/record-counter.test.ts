import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RecordCounter } from "./record-counter.ts";

let directory: string;
let counter: RecordCounter;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gatelog-counter-"));
  counter = new RecordCounter(directory, (name) => name.endsWith(".log"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);

test("records are counted on from where the last count ended, over all files", () => {
  writeFileSync(at("gw-1-a-1.log"), '{"n":1}\n{"n":2}\n');
  writeFileSync(at("other.txt"), "no log\n");
  expect(counter.count()).toBe(2);
  appendFileSync(at("gw-1-a-1.log"), '{"n":3}\n');
  writeFileSync(at("gw-1-a-2.log"), '{"n":4}\n');
  expect(counter.count()).toBe(4);
  expect(counter.last).toBe('{"n":4}');
});

test("a line counts once its end is there", () => {
  writeFileSync(at("a.log"), '{"n":1}\n{"n":');
  expect(counter.count()).toBe(1);
  appendFileSync(at("a.log"), "2}\n");
  expect(counter.count()).toBe(2);
  expect(counter.last).toBe('{"n":2}');
});

test("marks are no records", () => {
  writeFileSync(at("a.log"), '{"v":1,"type":"mark","seq":0}\n{"v":1,"id":"x"}\n{"v":1,"type":"mark","seq":1}\n');
  expect(counter.count()).toBe(1);
  expect(counter.last).toBe('{"v":1,"id":"x"}');
});

test("a line that is longer than what is read at once counts once", () => {
  writeFileSync(at("a.log"), `${"x".repeat(3_000_000)}\n${"y".repeat(10)}\n`);
  expect(counter.count()).toBe(2);
});

test("of each series only the newest file is kept, and the count stays", () => {
  for (const name of ["gw-a-9.log", "gw-a-10.log", "gw-b-1.log"]) writeFileSync(at(name), "{}\n");
  expect(counter.count()).toBe(3);
  counter.removeFinished();
  expect(["gw-a-9.log", "gw-a-10.log", "gw-b-1.log"].map((name) => existsSync(at(name)))).toEqual([false, true, true]);
  expect(counter.count()).toBe(3);
});
