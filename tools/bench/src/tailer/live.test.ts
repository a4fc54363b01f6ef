import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLineGenerator, writeLines } from "./lines.ts";
import { writeLive } from "./live.ts";
import { buildPrograms } from "./programs.ts";
import { findSentAt, readSentAt } from "./sent-at.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "gatelog-live-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("the live writer writes every line whole and with its time, over files that it renames", async () => {
  const programs = await buildPrograms(join(directory, "programs"));
  const logs = join(directory, "logs");
  const poolFile = join(directory, "pool.log");
  mkdirSync(logs);
  writeLines(poolFile, 50, createLineGenerator());
  const begin = Date.now();
  const options = { directory: logs, poolFile, linesPerSecond: 2000, seconds: 1, rotateMs: 200 };
  const report = await writeLive(programs["live-writer"], options);
  const names = readdirSync(logs).sort();
  expect(report.lines).toBe(2000);
  expect(report.rotations).toBeGreaterThan(0);
  expect(names).toEqual(["app.log", ...Array.from({ length: report.rotations }, (_, index) => `app.log.${index + 1}`)].sort());
  const lines = names.flatMap((name) => readFileSync(join(logs, name), "utf8").split("\n").slice(0, -1));
  expect(lines).toHaveLength(2000);
  for (const line of lines) {
    const bytes = Buffer.from(line);
    expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(readSentAt(bytes, findSentAt(bytes, 0, bytes.length))).toBeGreaterThanOrEqual(begin);
  }
});
