import { rmSync, writeFileSync } from "node:fs";
import { appendFile, copyFile, cp, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture, gateOf } from "./fixture.test-helper.ts";
import type { FileTailLimits } from "./limits.ts";
import type { FileTailEvent, TailLine } from "./types.ts";

/** What the random walks of `model/` found, each as small as it could be made. */
let fixture: Fixture;
let log: string;
/** Places that named two lines. */
let shared: string[];
beforeEach(async () => {
  shared = [];
  fixture = await createFixture();
  log = join(fixture.logs, "app.log");
});
afterEach(() => fixture.remove());

/** More bytes than files are known by. */
const banner = `${"=".repeat(1100)}\n`;

function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join("");
}

/** The lines that came, without banners, in the order of their numbers. */
function numbers(): number[] {
  const texts = fixture.texts().filter((text) => text.startsWith("line "));
  return texts.map((text) => Number(text.slice("line ".length))).sort((a, b) => a - b);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

test("while one delivery hangs and another one was refused, new files are still found and held", async () => {
  const gate = gateOf();
  const outcomes = [() => gate.promise, () => Promise.reject(new Error("refused"))];
  fixture.onDeliver = () => outcomes.shift()?.() ?? Promise.resolve();
  await writeFile(log, lines(1, 2));
  await fixture.start({ limits: { batchLinesMax: 1, deliveriesMax: 2 } });
  await waitFor(() => outcomes.length === 0);
  const late = join(fixture.logs, "late.log");
  await writeFile(late, lines(3, 4));
  await fixture.looksAround();
  await rm(late);
  gate.open();
  await waitFor(() => new Set(numbers()).size === 4, { what: "the lines of the deleted file" });
});

test("a stop reads a file that was written anew, in place and larger, a moment before", async () => {
  await writeFile(log, banner + lines(1, 3));
  await fixture.start({ hints: false, limits: { scanIntervalMs: 60_000, pollIntervalMsMin: 60_000, pollIntervalMsMax: 60_000 } });
  await fixture.arrived(4);
  await writeFile(log, banner + lines(4, 9));
  await fixture.stop();
  expect(numbers()).toEqual(upTo(9));
});

test("a new file that begins as another one did, of which that much was once read at once, is read whole", async () => {
  await writeFile(log, banner);
  await fixture.start();
  await fixture.arrived(1);
  await appendFile(log, lines(1, 50));
  await fixture.arrived(51);
  await truncate(log);
  await fixture.event("fileTruncated");
  await writeFile(join(fixture.logs, "web.log"), banner + lines(51, 52));
  await writeFile(join(fixture.logs, "app-1.log"), banner + lines(53, 54));
  await waitFor(() => numbers().length >= 54, { what: "the lines of the new files" });
  await fixture.stop();
  expect(numbers()).toEqual(upTo(54));
});

test("with one handle for all, the rest of a copy that no pattern matches is read when the handle is free", async () => {
  await writeFile(log, lines(1, 10));
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  const inputs = [{ id: "test", paths: [log] }];
  await fixture.start({ inputs, limits: { openFilesMax: 1, batchLinesMax: 1, deliveriesMax: 1, readBytesMax: 8, copyWaitMs: 5000 } });
  await fixture.looksAround();
  await copyFile(log, `${log}.1`);
  await truncate(log);
  await appendFile(log, lines(11, 20));
  await fixture.looksAround();
  gate.open();
  await waitFor(() => numbers().length >= 20, { what: "the lines of the copy" });
  await fixture.stop();
  expect(numbers()).toEqual(upTo(20));
});

test("a file that is deleted when it was to give up its handle to another one is read to its end", async () => {
  await writeFile(log, lines(1, 5));
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await fixture.start({ limits: { openFilesMax: 1, batchLinesMax: 1, deliveriesMax: 1, readBytesMax: 8 } });
  await waitFor(() => fixture.tail().status().openFiles === 1);
  await writeFile(join(fixture.logs, "web.log"), lines(6, 9));
  // Longer than a file may keep its handle while others wait for one.
  const until = performance.now() + 1200;
  await waitFor(() => performance.now() > until);
  await fixture.looksAround();
  await rm(log);
  gate.open();
  await waitFor(() => numbers().length >= 9, { what: "the lines of the deleted file" });
  await fixture.stop();
  expect(numbers()).toEqual(upTo(9));
});

test("a renamed file that was read is not taken for a copy of a later one that began alike", async () => {
  const inputs = [{ id: "test", paths: [log] }];
  await writeFile(log, banner + lines(1, 5));
  await fixture.start({ inputs });
  await fixture.arrived(6);
  await fixture.stop();
  await rename(log, `${log}.old`);
  await writeFile(log, banner);
  await fixture.start({ inputs });
  await fixture.arrived(7);
  await truncate(log);
  await fixture.event("fileTruncated");
  await fixture.looksAround();
  await appendFile(log, lines(6, 7));
  await waitFor(() => numbers().length >= 7);
  await fixture.stop();
  expect(numbers()).toEqual(upTo(7));
});

test("another file that begins with a deleted one's unfinished last line comes with its whole first line", async () => {
  await writeFile(log, `${banner}line`);
  await fixture.start();
  await fixture.arrived(1);
  await rm(log);
  await fixture.arrived(2);
  await writeFile(join(fixture.logs, "web.log"), banner + lines(1, 3));
  await waitFor(() => numbers().length >= 3, { what: "the lines of the new file" });
  expect(numbers()).toEqual(upTo(3));
});

test("stop reads a file that was renamed when it was to be opened", async () => {
  await fixture.start({ hints: false });
  await writeFile(log, lines(1, 3));
  await fixture.looksAround();
  await rename(log, join(fixture.logs, "app-1.log"));
  await appendFile(join(fixture.logs, "app-1.log"), lines(4, 5));
  await fixture.stop();
  expect(numbers()).toEqual(upTo(5));
});

test("a file that is written anew, shorter than it was with its unfinished line, is read", async () => {
  const limits = { scanIntervalMs: 300, pollIntervalMsMin: 300, pollIntervalMsMax: 300 };
  await fixture.start({ hints: false, limits });
  await writeFile(log, `${lines(1, 1)}line ${"x".repeat(2000)}`);
  await fixture.arrived(1);
  await fixture.looksAround();
  await writeFile(log, lines(2, 9));
  await waitFor(() => numbers().length >= 9, { what: "the lines of the new content" });
  expect(numbers()).toEqual(upTo(9));
});

test("a small file that was compressed under the next number is not read again", async () => {
  const rotated = `${log}.2`;
  await writeFile(rotated, lines(1, 3));
  await fixture.start({ inputs: [{ id: "test", paths: [`${log}*`] }] });
  await fixture.arrived(3);
  await writeFile(`${log}.3.gz`, gzipSync(lines(1, 3)));
  await rm(rotated);
  await fixture.looksAround();
  await writeFile(log, lines(4, 4));
  await fixture.arrived(4);
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual(upTo(4));
});

test("what is unread of a small file that was renamed and compressed while nothing ran is read from the compressed one", async () => {
  await writeFile(log, lines(1, 3));
  await fixture.start();
  await fixture.arrived(3);
  await fixture.stop();
  await rename(log, join(fixture.logs, "app-1.log"));
  await writeFile(join(fixture.logs, "app-1.log.gz"), gzipSync(lines(1, 5)));
  await rm(join(fixture.logs, "app-1.log"));
  await fixture.start();
  await fixture.arrived(5);
  await fixture.looksAround();
  expect(numbers()).toEqual(upTo(5));
});

test("a copy that no pattern matches is not taken for the rest of a deleted file whose last line had no end", async () => {
  const inputs = [{ id: "test", paths: [log] }];
  await writeFile(log, "line");
  await fixture.start({ inputs });
  await fixture.looksAround();
  await rm(log);
  await fixture.arrived(1);
  await fixture.event("fileClosed");
  await writeFile(`${log}.1`, lines(1, 3));
  await fixture.looksAround();
  await fixture.looksAround();
  await fixture.stop();
  expect(fixture.texts()).toEqual(["line"]);
});

test("of two that begin with the same banner, a copy is told to be of the one whose lines it holds", async () => {
  const inputs = [{ id: "test", paths: [`${log}*`] }];
  await writeFile(log, banner);
  await fixture.start({ inputs });
  await fixture.arrived(1);
  await appendFile(log, lines(1, 100));
  await fixture.arrived(101);
  await writeFile(log, banner + lines(101, 110));
  await fixture.arrived(112);
  await fixture.stop();
  await copyFile(log, `${log}.1`);
  await writeFile(log, banner + lines(111, 112));
  await fixture.start({ inputs });
  await waitFor(() => numbers().length >= 112, { what: "the new lines" });
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual(upTo(112));
});

test("stop reads a file that replaced another one and was renamed since", async () => {
  await fixture.start({ hints: false, limits: { closeInactiveMs: 20 } });
  await writeFile(log, lines(1, 2));
  await fixture.arrived(2);
  await fixture.event("fileClosed");
  await writeFile(`${log}.new`, lines(3, 9));
  await rename(`${log}.new`, log);
  await rename(log, join(fixture.logs, "app-1.log"));
  await writeFile(log, "");
  await fixture.stop();
  expect(numbers()).toEqual(upTo(9));
});

test("stop reads a new file although compressed ones that are not looked at yet hold all the handles", async () => {
  const inputs = [{ id: "test", paths: [join(fixture.logs, "*")] }];
  const large = gzipSync(Buffer.alloc(300_000_000));
  await writeFile(join(fixture.logs, "a.gz"), large);
  await fixture.start({ inputs, hints: false, limits: { openFilesMax: 1 } });
  await waitFor(() => fixture.tail().status().openFiles === 1);
  await writeFile(log, lines(1, 3));
  await fixture.stop();
  expect(numbers()).toEqual(upTo(3));
});

test("a small file that was compressed and shifted twice while nothing ran is not read again", async () => {
  const inputs = [{ id: "test", paths: [`${log}*`] }];
  await writeFile(`${log}.1`, lines(1, 3));
  await fixture.start({ inputs });
  await fixture.arrived(3);
  await fixture.stop();
  await rm(`${log}.1`);
  await writeFile(`${log}.3.gz`, gzipSync(lines(1, 3)));
  await writeFile(log, lines(4, 4));
  await fixture.start({ inputs });
  await fixture.arrived(4);
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual(upTo(4));
});

/** Fails as soon as one place names two lines, refused ones too. */
function watchNames(answer: () => Promise<void>): (batch: readonly TailLine[]) => Promise<void> {
  const taken = new Map<string, string>();
  return (batch) => {
    for (const { bytes, offset, file } of batch) {
      const place = `${Buffer.from(file.generation).toString("hex")}@${offset}`;
      const text = Buffer.from(bytes).toString();
      if (taken.has(place) && taken.get(place) !== text) shared.push(`${taken.get(place)}, ${text}`);
      taken.set(place, text);
    }
    return answer();
  };
}

test("a copy is not taken for one of what was refused and begins with the same banner", async () => {
  const other = join(fixture.logs, "other.log");
  const inputs = [{ id: "test", paths: [log, other] }];
  await writeFile(log, banner + lines(1, 100));
  let isRefusing = true;
  fixture.onDeliver = watchNames(() => (isRefusing ? Promise.reject(new Error("refused")) : Promise.resolve()));
  await writeFile(other, banner);
  await fixture.start({ inputs, limits: { scanIntervalMs: 50 } });
  await fixture.event("deliveryRejected");
  await writeFile(log, banner + lines(101, 110));
  // Which of the two depends on whether it is looked at while it is empty.
  const isSeen = () => fixture.events.some(({ type }) => type === "fileTruncated" || type === "fileReplaced");
  await waitFor(isSeen, { what: "the file that was written anew" });
  await writeFile(`${log}.1`, banner + lines(201, 210));
  await fixture.looksAround();
  isRefusing = false;
  await waitFor(() => numbers().includes(110), { what: "the new lines" });
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).not.toContain(201);
  expect(shared).toEqual([]);
});

test("a file that is written anew behind the same banner while its lines are refused begins a new generation", async () => {
  await writeFile(log, banner + lines(1, 100));
  let isRefusing = true;
  fixture.onDeliver = watchNames(() => (isRefusing ? Promise.reject(new Error("refused")) : Promise.resolve()));
  await fixture.start({ hints: false });
  await fixture.event("deliveryRejected");
  await writeFile(log, banner + lines(101, 400));
  isRefusing = false;
  await waitFor(() => numbers().includes(400), { what: "the new lines" });
  await fixture.stop();
  expect(shared).toEqual([]);
});

test("what a file that grew is known by is on disk before its lines are handed on", async () => {
  fixture.onDeliver = watchNames(() => Promise.resolve());
  const limits = { registryFlushMs: 60_000 };
  await writeFile(log, "li");
  await fixture.start({ limits });
  await fixture.looksAround();
  await appendFile(log, "ne 1\nline 2\n");
  await fixture.arrived(2);
  // As a crash leaves it.
  const image = `${fixture.registryDir}-crashed`;
  await cp(fixture.registryDir, image, { recursive: true });
  await fixture.stop();
  await writeFile(log, lines(3, 9));
  await fixture.start({ limits, registryDir: image });
  await fixture.arrived(9);
  await fixture.stop();
  expect(numbers()).toEqual(upTo(9));
  expect(shared).toEqual([]);
});

test("a small file that was compressed when a new one already had its inode is not read again", async () => {
  const inputs = [{ id: "test", paths: [`${log}*`] }];
  const limits = { openFilesMax: 1, closeInactiveMs: 20 };
  await writeFile(`${log}.1`, lines(1, 3));
  await fixture.start({ inputs, limits });
  await fixture.arrived(3);
  await fixture.event("fileClosed");
  const compressed = join(fixture.logs, "compressed");
  await writeFile(compressed, gzipSync(lines(1, 3)));
  await rm(`${log}.1`);
  await writeFile(log, lines(4, 9));
  await rename(compressed, `${log}.1.gz`);
  await waitFor(() => numbers().length >= 9, { what: "the lines of the new file" });
  await fixture.looksAround();
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual(upTo(9));
});

test("stop reads a renamed file with one handle for it and for the one that took its name", async () => {
  await writeFile(log, lines(1, 3));
  await fixture.start({ hints: false, limits: { openFilesMax: 1, closeInactiveMs: 20 } });
  await fixture.arrived(3);
  await fixture.event("fileClosed");
  const rotated = join(fixture.logs, "app-1.log");
  await writeFile(`${rotated}.new`, lines(4, 6));
  await rename(log, join(fixture.logs, "app-2.log"));
  await writeFile(log, lines(7, 9));
  await rename(`${rotated}.new`, rotated);
  await fixture.stop();
  expect(numbers()).toEqual(upTo(9));
});

test("unfinished lines of rotated files that no pattern matches do not keep handles from the rest of a copy", async () => {
  const inputs = [{ id: "test", paths: [log] }];
  await writeFile(log, `${lines(1, 3)}line`);
  await fixture.start({ inputs, limits: { openFilesMax: 1, copyWaitMs: 5000 } });
  await fixture.arrived(3);
  await rename(log, `${log}.1`);
  await fixture.event("fileClosed");
  await writeFile(log, lines(4, 6));
  await fixture.arrived(6);
  await fixture.stop();
  await copyFile(log, `${log}.2`);
  await appendFile(`${log}.2`, lines(7, 9));
  await writeFile(log, lines(10, 11));
  await fixture.start({ inputs, limits: { openFilesMax: 1, copyWaitMs: 5000 } });
  await waitFor(() => numbers().length >= 11, { what: "the lines of the copy" });
  expect(numbers()).toEqual(upTo(11));
});

test("a copy that no pattern matches is not taken for the rest of a file of which nothing but the same banner was read", async () => {
  const inputs = [{ id: "test", paths: [log] }];
  await writeFile(log, banner);
  await fixture.start({ inputs });
  await fixture.arrived(1);
  await rm(log);
  await fixture.event("fileClosed");
  await writeFile(log, banner + lines(1, 30));
  await fixture.arrived(32);
  await fixture.stop();
  await copyFile(log, `${log}.1`);
  await writeFile(log, banner + lines(31, 33));
  await fixture.start({ inputs });
  await waitFor(() => numbers().length >= 33, { what: "the new lines" });
  await fixture.looksAround();
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual(upTo(33));
});

test.each([
  ["that matches", "app-1.log"],
  ["that no pattern matches", "app.log.1"],
])("what is unread of a small copy %s and was made before its original grew is read from it", async (_, name) => {
  await writeFile(log, lines(1, 5));
  const outcomes = [() => Promise.resolve(), () => gate.promise];
  const gate = gateOf();
  fixture.onDeliver = () => outcomes.shift()?.() ?? Promise.resolve();
  await fixture.start({ limits: { batchLinesMax: 2, deliveriesMax: 1, copyWaitMs: 5000 } });
  await waitFor(() => outcomes.length === 0);
  await copyFile(log, join(fixture.logs, name));
  await appendFile(log, lines(6, 6));
  await fixture.looksAround();
  await truncate(log);
  await fixture.looksAround();
  gate.open();
  await waitFor(() => numbers().includes(5), { what: "the lines of the copy" });
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers().filter((number) => number <= 5)).toEqual(upTo(5));
});

test("the rest of a file that got a name of another kind while nothing ran is read, for its inode tells it", async () => {
  const inputs = [{ id: "test", paths: [log] }];
  await writeFile(log, lines(1, 2));
  await fixture.start({ inputs });
  await fixture.arrived(2);
  await fixture.stop();
  await appendFile(log, lines(3, 4));
  await rename(log, join(fixture.logs, "kept-2026"));
  await fixture.start({ inputs });
  await fixture.arrived(4);
  expect(numbers()).toEqual(upTo(4));
});

test("of two files that were called alike, a copy is told to be of the one whose head is known further", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await writeFile(log, "li");
  await fixture.start();
  await fixture.looksAround();
  await rm(log);
  await writeFile(log, lines(1, 3));
  await fixture.looksAround();
  // As a crash leaves it: nothing of the one or the other is acknowledged.
  const image = `${fixture.registryDir}-crashed`;
  await cp(fixture.registryDir, image, { recursive: true });
  gate.open();
  await fixture.stop();
  const [place] = fixture.delivered.filter(({ text }) => text === "line 1").map((line) => line.place);
  fixture.delivered.length = 0;
  await copyFile(log, join(fixture.logs, "app-1.log"));
  await writeFile(log, lines(4, 9));
  await fixture.start({ registryDir: image });
  await waitFor(() => numbers().length >= 9, { what: "all lines" });
  expect(fixture.delivered.find(({ text }) => text === "line 1")?.place).toBe(place);
});

test("a copy that was seen half made is looked at again when its original was truncated", async () => {
  // The copy waits for however long a busy machine needs for the lines.
  const waits = { scanIntervalMs: 60_000, copyWaitMs: 60_000 };
  const limits = { ...waits, pollIntervalMsMin: 20, pollIntervalMsMax: 20, batchLinesMax: 1, readBytesMax: 64 };
  const copy = join(fixture.logs, "app-1.log");
  const text = lines(1, 400);
  await writeFile(log, text);
  await writeFile(copy, text.slice(0, 2040));
  await fixture.start({ hints: false, limits });
  await fixture.event("copyWaiting");
  await fixture.arrived(400);
  await appendFile(copy, text.slice(2040));
  await truncate(log);
  await fixture.event("copyRecognised");
  await fixture.stop();
  expect(numbers()).toEqual(upTo(400));
});

test("of a copy and its compressed form it is the copy that goes on with what was read, whichever is looked at first", async () => {
  await writeFile(log, lines(1, 5));
  await fixture.start();
  await fixture.arrived(5);
  await rm(log);
  await fixture.event("fileClosed");
  const gate = await holdTheOnlyHandle();
  await writeFile(join(fixture.logs, "app-1.log.gz"), gzipSync(lines(1, 5)));
  await fixture.looksAround();
  await writeFile(join(fixture.logs, "app-1.log"), lines(1, 5));
  await fixture.looksAround();
  gate.open();
  await fixture.event("copyRecognised");
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual(upTo(5));
});

test("a compressed file whose original went a moment ago is not taken for the rest of one of which only a word is known", async () => {
  await writeFile(log, "line");
  await fixture.start();
  await fixture.looksAround();
  await fixture.stop();
  await rm(log);
  await writeFile(log, lines(1, 5));
  await fixture.start();
  await fixture.arrived(5);
  await rename(log, join(fixture.logs, "app-1.log"));
  await fixture.looksAround();
  const gate = await holdTheOnlyHandle({ scanIntervalMs: 500 });
  await writeFile(join(fixture.logs, "app-1.log.gz"), gzipSync(lines(1, 5)));
  await fixture.looksAround();
  await rm(join(fixture.logs, "app-1.log"));
  gate.open();
  await fixture.looksAround();
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual(upTo(5));
});

test("a small copy of a file that got its name while nothing ran is not read again", async () => {
  const before = join(fixture.logs, "before.log");
  await writeFile(before, lines(1, 5));
  await fixture.start();
  await fixture.arrived(5);
  await fixture.stop();
  await rename(before, log);
  await copyFile(log, join(fixture.logs, "app-1.log"));
  await writeFile(log, lines(6, 7));
  await fixture.start();
  await waitFor(() => numbers().includes(7), { what: "the new lines" });
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual(upTo(7));
});

test("a file that is written anew, longer than it was by less than a line, is read", async () => {
  await writeFile(log, `${lines(1, 2)}unfinished`);
  await fixture.start();
  await fixture.arrived(2);
  await fixture.looksAround();
  // In one go: nobody sees it empty.
  writeFileSync(log, `${lines(3, 4)}unfinished, too`);
  await fixture.arrived(4);
  expect(numbers()).toEqual(upTo(4));
});

test("stop hands on what waits for the rest of its event in a file to which no link leads any more", async () => {
  const [first, second] = [join(fixture.logs, "1"), join(fixture.logs, "2")];
  await writeFile(first, lines(1, 3));
  await writeFile(second, lines(4, 5));
  await symlink(first, log);
  const multiline = { type: "count", count: 2, flushMs: 60_000 } as const;
  const inputs = [{ id: "test", paths: [log], symlinks: true, parsers: [{ multiline }] }];
  await fixture.start({ inputs, limits: { closeRemovedMs: 60_000 } });
  await fixture.arrived(1);
  await symlink(second, `${log}.tmp`);
  await rename(`${log}.tmp`, log);
  await fixture.arrived(2);
  await fixture.stop();
  expect(fixture.texts()).toEqual(["line 1\nline 2", "line 4\nline 5", "line 3"]);
});

test("a copy is told by its original's name of that time, though that was renamed since, with something else in it", async () => {
  const inputs = [{ id: "test", paths: [join(fixture.logs, "app.log*")] }];
  await writeFile(log, lines(1, 5));
  await fixture.start({ inputs });
  await fixture.arrived(5);
  await fixture.stop();
  await copyFile(log, `${log}.8`);
  await writeFile(log, lines(6, 8));
  await rename(log, `${log}.9`);
  // As after a crash before anything was read: what is remembered is remembered once more.
  for (let start = 1; start <= 2; start += 1) {
    await fixture.start({ inputs });
    await waitFor(() => numbers().includes(8), { what: "the new lines" });
    await fixture.looksAround();
    await fixture.stop();
  }
  expect(numbers()).toEqual(upTo(8));
});

test("a copy waits for what its original was renamed to, though that goes before it can be opened", async () => {
  const inputs = [{ id: "test", paths: [join(fixture.logs, "app.log*")] }];
  await writeFile(log, lines(1, 5));
  await fixture.start({ inputs });
  await fixture.arrived(5);
  await fixture.stop();
  await copyFile(log, `${log}.8`);
  await writeFile(log, lines(6, 8));
  await rename(log, `${log}.9`);
  const onEvent = (event: FileTailEvent) => {
    fixture.events.push(event);
    if (event.type === "fileFound" && event.path.endsWith(".9")) rmSync(event.path);
  };
  await fixture.start({ inputs, onEvent });
  await fixture.event("copyRecognised");
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual(upTo(5));
});

test("another file with the same banner is not taken, after a restart, for the rest of what was refused and then replaced", async () => {
  fixture.onDeliver = () => Promise.reject(new Error("refused"));
  await writeFile(log, banner + lines(1, 30));
  await fixture.start({ limits: { batchLinesMax: 5 } });
  await fixture.event("deliveryRejected");
  writeFileSync(log, banner + lines(31, 33));
  await fixture.event("fileReplaced");
  fixture.onDeliver = () => Promise.resolve();
  await waitFor(() => numbers().includes(33), { what: "the new lines" });
  await fixture.stop();
  await writeFile(`${log}.1`, banner + lines(40, 70));
  await fixture.start();
  await fixture.looksAround();
  await fixture.looksAround();
  await fixture.stop();
  expect(numbers()).toEqual([31, 32, 33]);
});

/** Starts anew, with one handle, which a file has whose lines are under way until the gate opens. */
async function holdTheOnlyHandle(limits: Partial<FileTailLimits> = {}): Promise<{ readonly open: () => void }> {
  await fixture.stop();
  const gate = gateOf();
  let isHeld = false;
  fixture.onDeliver = ([first]) => {
    isHeld ||= first?.file.path.endsWith("other.log") === true;
    return isHeld ? gate.promise : Promise.resolve();
  };
  await writeFile(join(fixture.logs, "other.log"), "other\n");
  const inputs = [{ id: "test", paths: [join(fixture.logs, "*.log")], closeEof: true }];
  await fixture.start({ inputs, hints: false, limits: { openFilesMax: 1, ...limits } });
  await waitFor(() => isHeld);
  return gate;
}
