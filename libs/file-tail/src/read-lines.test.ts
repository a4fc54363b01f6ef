import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ReadBatch } from "./batch.ts";
import { createLineCutter } from "./lines/create-line-cutter.ts";
import { readLines } from "./read-lines.ts";
import { TrackedFile } from "./tracked-file.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => (directory = await temporaryDirectory()));
afterEach(() => directory.remove());

test("a file that is shorter than at the last look is read to its end, and then there is nothing to read", async () => {
  const path = join(directory.path, "app.log");
  await writeFile(path, "line 1\nline 2\nlin");
  const { dev, ino, size, mtimeMs } = await stat(path);
  const file = new TrackedFile("test", { path, device: String(dev), inode: String(ino), size, modifiedMs: mtimeMs }, 0);
  await file.open();
  file.startGeneration("00".repeat(16));
  file.size = 10_000;
  const batch = new ReadBatch({ linesMax: 100, bytesMax: 10_000, windowBytesMax: 10_000 });
  const options = { cutter: createLineCutter({}, { lineBytesMax: 5000 }), readBytesMax: 64, state: "growing" } as const;
  for (let turn = 0; turn < 3 && file.hasUnread; turn += 1) await readLines(file, batch, options);
  expect(file.hasUnread).toBe(false);
  expect(batch.lines.toLines().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(["line 1", "line 2"]);
  await file.close();
});
