import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeliveryError } from "@gatelog/pipeline";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { eventOf } from "../filters/filters.test-helper.ts";
import { FileSink } from "./file-sink.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const opened: FileSink[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((sink) => sink.stop()));
  await directory.remove();
});

function sinkOf(path: string, more: { readonly rotateBytesMax?: number; readonly filesMax?: number } = {}): FileSink {
  const sink = new FileSink({ path, format: "raw", rotateBytesMax: 1024 * 1024, filesMax: 3, ...more }, "outputs[0].file");
  opened.push(sink);
  return sink;
}

const at = (name: string) => join(directory.path, name);
const textOf = (name: string) => readFileSync(at(name), "utf8");

it("goes on behind the last whole line that a killed one left", async () => {
  writeFileSync(at("events"), "whole\nha");
  const sink = sinkOf(at("events"));
  await sink.start();
  await sink.write([eventOf("next")]);
  expect(textOf("events")).toBe("whole\nnext\n");
});

it("keeps so many files, and overwrites the oldest", async () => {
  const sink = sinkOf(at("events"), { rotateBytesMax: 10 });
  await sink.start();
  for (const line of ["line 1", "line 2", "line 3", "line 4"]) await sink.write([eventOf(line)]);
  expect(["events", "events.1", "events.2"].map(textOf)).toEqual(["line 4\n", "line 3\n", "line 2\n"]);
  expect(() => textOf("events.3")).toThrow(/ENOENT/);
});

it("says at start, in one sentence, that its file cannot be written", async () => {
  mkdirSync(at("events"));
  await expect(sinkOf(at("events")).start()).rejects.toThrow(/^outputs\[0\]\.file\.path: .*events cannot be written: .*EISDIR/);
  writeFileSync(at("file"), "");
  await expect(sinkOf(at("file/events")).start()).rejects.toThrow(/^outputs\[0\]\.file\.path: cannot write in the directory/);
});

it("says that the disk is full, and tries again", async () => {
  const sink = sinkOf("/dev/full");
  const failure: unknown = await sink.write([eventOf("line")]).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DeliveryError);
  expect(failure).toMatchObject({ code: "GATELOG_PROCESSOR_OUTPUT_FILE_FAILED", permanent: false });
  expect(sink.status().reason).toMatch(/^\/dev\/full cannot be written: /);
});
