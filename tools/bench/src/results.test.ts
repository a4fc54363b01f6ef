import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeCommit, describeMachine } from "./machine.ts";
import { writeResults, type Results } from "./results.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "gatelog-results-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const results: Results = {
  name: "gateway",
  commit: describeCommit(),
  machine: describeMachine(),
  rounds: 3,
  ratios: { throughputVsOriginal: 1.7 },
  figures: { rssMiB: 120, memory: { idle: 70 } },
};

test("results are one JSON object by the bench's name, also in a directory that is not there yet", () => {
  const file = writeResults(results, join(directory, "new"));
  expect(file).toBe(join(directory, "new/gateway.json"));
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(results);
});

test("results say on what they were measured", () => {
  expect(results.commit).toMatch(/^(?:[0-9a-f]{12}\+?|unknown)$/);
  expect(results.machine).toMatchObject({ cores: expect.any(Number) as number, node: process.versions.node });
});
