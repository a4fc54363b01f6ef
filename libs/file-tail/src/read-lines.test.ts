import { stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ReadBatch } from "./batch.ts";
import { CompressedFile } from "./compressed-file.ts";
import { createLineCutter } from "./lines/create-line-cutter.ts";
import { readLines } from "./read-lines.ts";
import { TrackedFile } from "./tracked-file.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let path: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory.path, "app.log");
});
afterEach(() => directory.remove());

async function openFile(kind: typeof TrackedFile): Promise<TrackedFile> {
  const { dev, ino, size, mtimeMs } = await stat(path);
  const file = new kind("test", { path, device: String(dev), inode: String(ino), size, modifiedMs: mtimeMs }, 0);
  await file.open();
  file.startGeneration("00".repeat(16));
  return file;
}

/** Is truncated by its writer as soon as its beginning was read after its end. */
class TruncatedFile extends TrackedFile {
  #isEndRead = false;

  override async readInto(...[buffer, at, length, position]: Parameters<TrackedFile["readInto"]>): Promise<number> {
    const filled = await super.readInto(buffer, at, length, position);
    if (position === 0 && length < this.size && this.#isEndRead) await truncate(path);
    this.#isEndRead ||= position + filled >= this.size;
    return filled;
  }
}

test("a file that is shorter than at the last look is read to its end, and then there is nothing to read", async () => {
  await writeFile(path, "line 1\nline 2\nlin");
  const file = await openFile(TrackedFile);
  file.size = 10_000;
  const batch = new ReadBatch({ linesMax: 100, bytesMax: 10_000, windowBytesMax: 10_000 });
  const options = { cutter: createLineCutter({}, { lineBytesMax: 5000 }), readBytesMax: 64, state: "growing" } as const;
  for (let turn = 0; turn < 3 && file.hasUnread; turn += 1) await readLines(file, batch, options);
  expect(file.hasUnread).toBe(false);
  expect(batch.lines.toLines().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(["line 1", "line 2"]);
  await file.close();
});

test("of a line over the limit whose file is truncated while it is taken, what stood before its end is known all the same", async () => {
  await writeFile(path, `${"x".repeat(300)}\n`);
  const file = await openFile(TruncatedFile);
  const batch = new ReadBatch({ linesMax: 100, bytesMax: 10_000, windowBytesMax: 10_000 });
  const options = { cutter: createLineCutter({}, { lineBytesMax: 64 }), readBytesMax: 64, state: "growing" } as const;
  for (let turn = 0; turn < 20 && batch.lines.count === 0; turn += 1) await readLines(file, batch, options);
  expect((await stat(path)).size).toBe(0);
  expect({ offset: file.readOffset, tailBytes: file.readTail?.length }).toEqual({ offset: 301, tailBytes: 301 });
  await file.close();
});

/** Counts how often the file is read from its beginning by whoever reads it in order. */
function countBeginnings({ handle }: TrackedFile): () => number {
  let count = 0;
  if (handle === undefined) throw new Error("the file is not open");
  const read = handle.read.bind(handle) as (...args: unknown[]) => Promise<unknown>;
  Object.assign(handle, {
    read: (...args: unknown[]) => {
      if (args[3] === 0) count += 1;
      return read(...args);
    },
  });
  return () => count;
}

test("a compressed file is inflated once more for its lines, however many of them are over the limit", async () => {
  const lineBytesMax = 50_000;
  const text = (index: number) => `${index} `.padEnd(index % 3 === 0 ? 100 : 300_000 + 7919 * index, "x");
  const texts = Array.from({ length: 30 }, (_, index) => text(index));
  await writeFile(path, gzipSync(`${texts.join("\n")}\n`));
  const file = await openFile(CompressedFile);
  await (file as CompressedFile).inspect({ offsetsOf: () => [], knownSizeOf: () => undefined }, () => Promise.resolve());
  (file as CompressedFile).takeOutcome();
  file.startGeneration("00".repeat(16));
  const beginnings = countBeginnings(file);
  const options = { cutter: createLineCutter({}, { lineBytesMax }), readBytesMax: 64 * 1024, state: "growing" } as const;
  const batch = new ReadBatch({ linesMax: 100, bytesMax: 8_000_000, windowBytesMax: 200_000 });
  for (let turn = 0; turn < 1000 && file.hasUnread; turn += 1) await readLines(file, batch, options);
  expect(batch.lines.toLines().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(texts.map((line) => line.slice(0, lineBytesMax)));
  expect(beginnings()).toBe(1);
  await file.close();
});
