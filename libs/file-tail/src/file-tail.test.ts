import { appendFile, mkdir, open, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture, gateOf } from "./fixture.test-helper.ts";

let fixture: Fixture;
let log: string;
beforeEach(async () => {
  fixture = await createFixture();
  log = join(fixture.logs, "app.log");
});
afterEach(() => fixture.remove());

function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join("");
}

function numbered(from: number, to: number): string[] {
  return lines(from, to).trimEnd().split("\n");
}

test("lines that are there and lines that come are delivered, in order, with their byte offsets", async () => {
  await writeFile(log, "first\nzweité\r\n\n");
  await fixture.start();
  await fixture.arrived(2);
  await appendFile(log, "third\n");
  await fixture.arrived(3);
  expect(fixture.texts()).toEqual(["first", "zweité", "third"]);
  const [generation] = fixture.delivered[0]?.place.split("@") ?? [];
  expect(fixture.delivered.map(({ place }) => place)).toEqual([0, 6, 16].map((offset) => `${generation}@${offset}`));
});

test("a written line is delivered within a fraction of a second", async () => {
  await writeFile(log, "first\n");
  await fixture.start({ limits: { scanIntervalMs: 10_000, pollIntervalMsMin: 100, pollIntervalMsMax: 10_000 } });
  await fixture.arrived(1);
  const times: number[] = [];
  for (let round = 2; round < 12; round += 1) {
    const started = performance.now();
    await appendFile(log, "more\n");
    await fixture.arrived(round);
    times.push(performance.now() - started);
  }
  expect(times.sort((a, b) => a - b)[5]).toBeLessThan(200);
});

test("without hints the poll alone finds what comes", async () => {
  await fixture.start({ hints: false });
  await writeFile(log, lines(1, 3));
  await fixture.arrived(3);
  await appendFile(log, lines(4, 5));
  await fixture.arrived(5);
  expect(fixture.texts()).toEqual(numbered(1, 5));
});

test("files_added_late: files and directories that appear later are read, also below a directory that was not there", async () => {
  const late = join(fixture.logs, "later", "deep");
  await fixture.start({ inputs: [{ id: "test", paths: [join(fixture.logs, "later/**/*.log")] }] });
  await fixture.event("scanFailed");
  await mkdir(late, { recursive: true });
  await writeFile(join(late, "a.log"), "found\n");
  await fixture.arrived(1);
  await writeFile(join(late, "b.log"), "found too\n");
  await fixture.arrived(2);
  await fixture.event("scanRecovered");
});

test("what is excluded or does not match is not read, and neither is the registry itself", async () => {
  await mkdir(fixture.registryDir);
  await writeFile(join(fixture.registryDir, "stray.log"), "no\n");
  await writeFile(join(fixture.logs, "app.txt"), "no\n");
  await writeFile(join(fixture.logs, "old.log"), "no\n");
  await writeFile(log, "yes\n");
  const root = join(fixture.logs, "..");
  await fixture.start({ inputs: [{ id: "test", paths: [join(root, "**/*.log")], exclude: [join(root, "**/old.log")] }] });
  await fixture.arrived(1);
  await fixture.stop();
  expect(fixture.texts()).toEqual(["yes"]);
});

test("rename rotation: the old file is read to its end through its handle, the new one from its beginning", async () => {
  await writeFile(log, lines(1, 10));
  await fixture.start({ limits: { closeRemovedMs: 10_000 } });
  await fixture.arrived(10);
  const writer = await open(log, "a");
  await rename(log, `${log}.1`);
  await writeFile(log, lines(21, 30));
  // A writer that was not told yet goes on writing to the renamed file.
  await writer.write(lines(11, 20));
  await writer.close();
  await fixture.arrived(30);
  expect(fixture.texts().sort()).toEqual(numbered(1, 30).sort());
});

test("rename rotation to a name that matches too: the file keeps its identity", async () => {
  await writeFile(log, lines(1, 3));
  await fixture.start();
  await fixture.arrived(3);
  await rename(log, join(fixture.logs, "app-1.log"));
  await fixture.event("fileRenamed");
  await appendFile(join(fixture.logs, "app-1.log"), lines(4, 5));
  await fixture.arrived(5);
  await fixture.stop();
  expect(fixture.texts()).toEqual(numbered(1, 5));
  expect(fixture.delivered.at(-1)?.path).toBe(join(fixture.logs, "app-1.log"));
});

test("rotating_file_with_restart: a file that was renamed while nothing ran is continued under its new name", async () => {
  await writeFile(log, lines(1, 3));
  await fixture.start();
  await fixture.arrived(3);
  await fixture.stop();
  await appendFile(log, lines(4, 5));
  await rename(log, join(fixture.logs, "app-1.log"));
  await writeFile(log, lines(6, 7));
  await fixture.start();
  await fixture.arrived(7);
  await fixture.stop();
  expect(fixture.texts().sort()).toEqual(numbered(1, 7));
});

test("restart_continue: after a stop nothing is delivered twice and nothing is left out", async () => {
  await writeFile(log, lines(1, 100));
  for (let start = 1; start <= 4; start += 1) {
    await fixture.start();
    await fixture.arrived(start * 100);
    await fixture.stop();
    await appendFile(log, lines(start * 100 + 1, start * 100 + 100));
  }
  expect(fixture.texts()).toEqual(numbered(1, 400));
  expect(new Set(fixture.delivered.map(({ place }) => place.split("@")[0])).size).toBe(1);
});

test("stop reads to the end, waits for what is under way, and says that nothing is undelivered", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await writeFile(log, lines(1, 5000));
  await fixture.start();
  await waitFor(() => fixture.tail().status().openFiles === 1);
  const stopped = fixture.stop();
  gate.open();
  await stopped;
  expect(fixture.texts()).toEqual(numbered(1, 5000));
  expect(fixture.tail().status()).toMatchObject({ hasUndelivered: false, backlogBytes: 0 });
});

test("partial_line: a line without its end waits, also over a restart, and is delivered once as a whole", async () => {
  await writeFile(log, "whole\nhal");
  await fixture.start();
  await fixture.arrived(1);
  await appendFile(log, "f a li");
  await fixture.stop();
  expect(fixture.texts()).toEqual(["whole"]);
  await fixture.start();
  await appendFile(log, "ne\nnext\n");
  await fixture.arrived(3);
  expect(fixture.texts()).toEqual(["whole", "half a line", "next"]);
});

test("a line that is written byte by byte is delivered once it is whole", async () => {
  await fixture.start();
  for (const byte of Buffer.from("ein Wört\r\nund noch eins\n")) await appendFile(log, Buffer.from([byte]));
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["ein Wört", "und noch eins"]);
});

test("truncation: what is written after it is a new generation, from its first byte", async () => {
  await writeFile(log, lines(1, 10));
  await fixture.start();
  await fixture.arrived(10);
  await truncate(log, 0);
  await fixture.event("fileTruncated");
  await appendFile(log, lines(11, 12));
  await fixture.arrived(12);
  expect(fixture.texts()).toEqual(numbered(1, 12));
  expect(new Set(fixture.delivered.map(({ place }) => place)).size).toBe(12);
});

test("truncation while nothing ran is seen at the next start", async () => {
  await writeFile(log, lines(1, 10));
  await fixture.start();
  await fixture.arrived(10);
  await fixture.stop();
  await writeFile(log, "new 1\n");
  await fixture.start();
  await fixture.arrived(11);
  expect(fixture.texts().at(-1)).toBe("new 1");
});

test("a file that was truncated and written to a larger size unseen is recognised by its head", async () => {
  await writeFile(log, lines(1, 3));
  await fixture.start();
  await fixture.arrived(3);
  await fixture.stop();
  await writeFile(log, lines(101, 110));
  await fixture.start();
  await fixture.arrived(13);
  expect(fixture.texts().slice(3)).toEqual(numbered(101, 110));
  expect(fixture.events.some((event) => event.type === "fileReplaced")).toBe(true);
});

test("inode reuse: another file with the inode of a deleted one is read from its beginning, also when it is as long", async () => {
  await fixture.start({ limits: { closeRemovedMs: 10 } });
  const inodes = new Set<number>();
  let count = 0;
  // The file system gives an inode again sooner or later; on most it is the next one.
  for (let round = 1; round <= 10; round += 1) {
    await writeFile(log, `file ${round % 10}\n`);
    count += 1;
    await fixture.arrived(count);
    inodes.add((await stat(log)).ino);
    await rm(log);
    await waitFor(() => fixture.tail().status().files === 0);
  }
  expect(new Set(fixture.texts()).size).toBe(10);
  expect(new Set(fixture.delivered.map(({ place }) => place.split("@")[0])).size).toBe(10);
});

test("inode reuse: another file with the inode of a deleted one is read although it begins with the same bytes, live and after a restart", async () => {
  const other = join(fixture.logs, "other.log");
  await fixture.start({ limits: { closeRemovedMs: 10 } });
  let count = 0;
  // Written to twice, so that it shows whether the file system tells when a file was created.
  for (const text of ["one\n", "two\n"]) {
    await appendFile(other, text);
    await fixture.arrived((count += 1));
  }
  for (let round = 1; round <= 6; round += 1) {
    await writeFile(log, "the same banner\n");
    await fixture.arrived((count += 1));
    await rm(log);
    if (round % 3 !== 0) await waitFor(() => fixture.tail().status().files === 1);
    else {
      await fixture.stop();
      await writeFile(log, "the same banner\n");
      await fixture.start({ limits: { closeRemovedMs: 10 } });
      await fixture.arrived((count += 1));
      await rm(log);
      await waitFor(() => fixture.tail().status().files === 1);
    }
  }
  expect(fixture.texts().filter((text) => text === "the same banner")).toHaveLength(8);
});

test("a file that is overwritten in place with as many bytes is another generation, open or closed", async () => {
  await writeFile(log, "content 1\n");
  await fixture.start({ limits: { closeInactiveMs: 150 } });
  await fixture.arrived(1);
  await writeFile(log, "content 2\n");
  await fixture.arrived(2);
  await waitFor(() => fixture.tail().status().openFiles === 0);
  await writeFile(log, "content 3\n");
  await fixture.arrived(3);
  await fixture.stop();
  await writeFile(log, "content 4\n");
  await fixture.start();
  await fixture.arrived(4);
  expect(fixture.texts()).toEqual([1, 2, 3, 4].map((index) => `content ${index}`));
});

test("deletion with unread bytes: the open handle is read to its end, the last line even without its line end", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await writeFile(log, `${lines(1, 9000)}the end`);
  await fixture.start();
  await waitFor(() => fixture.tail().status().openFiles === 1);
  await rm(log);
  gate.open();
  await fixture.arrived(9001);
  expect(fixture.texts()).toEqual([...numbered(1, 9000), "the end"]);
  await waitFor(() => fixture.tail().status().openFiles === 0);
});

test("the last line of a deleted file is delivered at the stop too, and no other one without its line end", async () => {
  const kept = join(fixture.logs, "kept.log");
  await writeFile(log, "whole\nlast");
  await writeFile(kept, "also whole\nnot yet");
  await fixture.start({ limits: { closeRemovedMs: 60_000 } });
  await fixture.arrived(2);
  await rm(log);
  await fixture.stop();
  expect(fixture.texts().toSorted()).toEqual(["also whole", "last", "whole"]);
});

test("an unfinished line of a file that was moved away is told as lost", async () => {
  await writeFile(log, "whole\nhalf");
  await fixture.start();
  await fixture.arrived(1);
  await rename(log, join(fixture.logs, "moved.away"));
  expect(await fixture.event("fileLost")).toMatchObject({ unreadBytes: 4 });
});

test("file_disappear_appear: a deleted file's name, used again, is another file", async () => {
  await writeFile(log, lines(1, 2));
  await fixture.start();
  await fixture.arrived(2);
  await rm(log);
  await writeFile(log, lines(3, 4));
  await fixture.arrived(4);
  expect(fixture.texts()).toEqual(numbered(1, 4));
});

test("an over-long line is cut on a character boundary, flagged, and the next line is whole", async () => {
  const limits = { lineBytesMax: 100, readBytesMax: 64 };
  await writeFile(log, `${"é".repeat(51)}\n${"x".repeat(100)}\n${"y".repeat(5000)}\nshort\n${"日".repeat(40)}\n`);
  await fixture.start({ limits });
  await fixture.arrived(5);
  expect(fixture.delivered.map(({ text, truncated }) => [text, truncated])).toEqual([
    ["é".repeat(50), true],
    ["x".repeat(100), false],
    ["y".repeat(100), true],
    ["short", false],
    ["日".repeat(33), true],
  ]);
  expect(fixture.events.filter((event) => event.type === "lineOverlong")).toHaveLength(3);
});

test("an endless line costs neither memory nor the lines of other files, and is delivered when it ends", async () => {
  await writeFile(log, "x".repeat(3_000_000));
  await writeFile(join(fixture.logs, "other.log"), "other\n");
  await fixture.start();
  await fixture.arrived(1);
  expect(fixture.texts()).toEqual(["other"]);
  await appendFile(log, "end\nnext\n");
  await fixture.arrived(3);
  expect(fixture.delivered[1]).toMatchObject({ truncated: true });
  expect(fixture.delivered[1]?.text).toHaveLength(1024 * 1024);
  expect(fixture.delivered[2]?.text).toBe("next");
});

test("fair_reads: a large backlog does not keep a small file waiting", async () => {
  await writeFile(log, lines(1, 200_000));
  await writeFile(join(fixture.logs, "small.log"), "small\n");
  const gate = gateOf();
  let batches = 0;
  fixture.onDeliver = () => {
    batches += 1;
    return batches > 3 ? gate.promise : Promise.resolve();
  };
  await fixture.start({ limits: { readBytesMax: 4096 } });
  await waitFor(() => batches > 3);
  expect(fixture.texts()).toContain("small");
  gate.open();
});

test("harvester_limit: no more files are open than allowed, and all are read", async () => {
  for (let index = 1; index <= 20; index += 1) await writeFile(join(fixture.logs, `${index}.log`), `line ${index}\n`);
  let openFilesMax = 0;
  fixture.onDeliver = () => {
    openFilesMax = Math.max(openFilesMax, fixture.tail().status().openFiles);
    return Promise.resolve();
  };
  await fixture.start({ limits: { openFilesMax: 3 } });
  await fixture.arrived(20);
  expect(openFilesMax).toBeLessThanOrEqual(3);
  for (let index = 21; index <= 40; index += 1) await appendFile(join(fixture.logs, `${index - 20}.log`), `line ${index}\n`);
  await fixture.stop();
  expect(fixture.texts().sort()).toEqual(numbered(1, 40).sort());
});

test("files that end in unfinished lines do not take each other's handles in turn", async () => {
  for (let index = 1; index <= 9; index += 1) await writeFile(join(fixture.logs, `${index}.log`), `line ${index}\nunfinished`);
  await fixture.start({ limits: { openFilesMax: 3 } });
  await fixture.arrived(9);
  const closed = () => fixture.events.filter((event) => event.type === "fileClosed").length;
  await waitFor(() => closed() >= 6);
  const passes = 30;
  for (let index = 1; index <= passes; index += 1) {
    await appendFile(log, `pass ${index}\n`);
    await fixture.arrived(9 + index);
  }
  // In turn they would change hands several times in each pass.
  expect(closed()).toBeLessThan(6 + passes);
  for (let index = 1; index <= 9; index += 1) await appendFile(join(fixture.logs, `${index}.log`), " no more\n");
  await fixture.arrived(48);
  await fixture.stop();
  expect(fixture.texts().filter((text) => text === "unfinished no more")).toHaveLength(9);
});

test("a file that does not grow is closed, and read on when it grows", async () => {
  await writeFile(log, "first\n");
  await fixture.start({ limits: { closeInactiveMs: 40 } });
  await fixture.arrived(1);
  await waitFor(() => fixture.tail().status().openFiles === 0);
  await appendFile(log, "second\n");
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["first", "second"]);
});

test("a delivery that is rejected is read again, with the same places", async () => {
  await writeFile(log, lines(1, 10));
  let calls = 0;
  const seen: string[] = [];
  fixture.onDeliver = (batch) => {
    calls += 1;
    seen.push(...batch.map((line) => `${Buffer.from(line.file.generation).toString("hex")}@${line.offset}`));
    return calls < 3 ? Promise.reject(new Error("not now")) : Promise.resolve();
  };
  await fixture.start();
  await fixture.arrived(10);
  expect(fixture.texts()).toEqual(numbered(1, 10));
  expect(new Set(seen).size).toBe(10);
  expect(fixture.events.filter((event) => event.type === "deliveryRejected")).toHaveLength(2);
});

test("what was given up at stop is told, and comes again at the next start with the same places", async () => {
  await writeFile(log, lines(1, 10));
  const places: string[] = [];
  fixture.onDeliver = (batch) => {
    places.push(...batch.map((line) => `${Buffer.from(line.file.generation).toString("hex")}@${line.offset}`));
    return Promise.reject(new Error("given up"));
  };
  await fixture.start();
  await waitFor(() => places.length >= 10);
  await fixture.stop();
  expect(fixture.tail().status().hasUndelivered).toBe(true);
  fixture.onDeliver = () => Promise.resolve();
  await fixture.start();
  await fixture.arrived(10);
  expect(fixture.delivered.map(({ place }) => place)).toEqual(places.slice(0, 10));
});

test("while nothing can be delivered, files that are created and deleted are not lost", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await fixture.start({ limits: { deliveriesMax: 1 } });
  await writeFile(log, lines(1, 2));
  await waitFor(() => fixture.tail().status().openFiles === 1);
  const other = join(fixture.logs, "short-lived.log");
  await writeFile(other, lines(3, 4));
  await waitFor(() => fixture.tail().status().openFiles === 2);
  await rm(other);
  gate.open();
  await fixture.arrived(4);
  expect(fixture.texts().sort()).toEqual(numbered(1, 4));
});

test("a directory that cannot be looked at is unknown, not empty: its files are remembered", async () => {
  const directory = join(fixture.logs, "mount");
  const away = join(fixture.logs, "away");
  await mkdir(directory);
  await writeFile(join(directory, "a.log"), lines(1, 3));
  const inputs = [{ id: "test", paths: [join(directory, "*.log")] }];
  await fixture.start({ inputs, limits: { cleanRemovedMs: 1 } });
  await fixture.arrived(3);
  await fixture.stop();
  await rename(directory, away);
  await fixture.start({ inputs, limits: { cleanRemovedMs: 1 } });
  await fixture.event("scanFailed");
  await fixture.stop();
  await rename(away, directory);
  await fixture.start({ inputs });
  await appendFile(join(directory, "a.log"), lines(4, 5));
  await fixture.arrived(5);
  await fixture.stop();
  expect(fixture.texts()).toEqual(numbered(1, 5));
});

test("clean_removed: what is gone for long is forgotten, and the registry does not grow with it", async () => {
  await fixture.start({ limits: { cleanRemovedMs: 100, closeRemovedMs: 10 } });
  for (let index = 1; index <= 5; index += 1) {
    await writeFile(log, lines(index, index));
    await fixture.arrived(index);
    await rm(log);
    await waitFor(() => fixture.tail().status().files === 0);
  }
  await fixture.stop();
  expect(fixture.texts()).toEqual(numbered(1, 5));
});

test("backlog is what is on disk and not acknowledged", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await writeFile(log, lines(1, 10));
  await fixture.start();
  await waitFor(() => fixture.tail().status().backlogBytes === lines(1, 10).length);
  gate.open();
  await waitFor(() => fixture.tail().status().backlogBytes === 0);
});
