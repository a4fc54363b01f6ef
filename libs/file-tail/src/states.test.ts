import { appendFile, link, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture, gateOf } from "./fixture.test-helper.ts";
import type { TailInput } from "./types.ts";

let fixture: Fixture;
let log: string;
beforeEach(async () => {
  fixture = await createFixture();
  log = join(fixture.logs, "app.log");
});
afterEach(() => fixture.remove());

const input = (options: Partial<TailInput> = {}) => ({ inputs: [{ id: "test", paths: [join(fixture.logs, "*.log")], ...options }] });
const closed = () => waitFor(() => fixture.tail().status().openFiles === 0, { what: "all files are closed" });
const hourMs = 3_600_000;

/** As if it were written to so long ago. */
async function age(path: string, ms: number): Promise<void> {
  const at = (Date.now() - ms) / 1000;
  await utimes(path, at, at);
}

test("tail_files: with startAt end, what is there at the very first scan is left out, and nothing else", async () => {
  await writeFile(log, "old 1\nold 2\n");
  await fixture.start(input({ startAt: "end" }));
  await fixture.event("fileFound");
  await appendFile(log, "new 1\n");
  await fixture.arrived(1);
  await writeFile(join(fixture.logs, "late.log"), "late 1\n");
  await fixture.arrived(2);
  await fixture.stop();
  await appendFile(log, "new 2\n");
  await writeFile(join(fixture.logs, "offline.log"), "offline 1\n");
  await fixture.start(input({ startAt: "end" }));
  await fixture.arrived(4);
  await fixture.stop();
  expect(fixture.texts().toSorted()).toEqual(["late 1", "new 1", "new 2", "offline 1"]);
});

test("with startAt end, a file that did not grow before the restart keeps its place, and its identity", async () => {
  await writeFile(log, "old 1\nold 2\n");
  await fixture.start(input({ startAt: "end" }));
  await fixture.event("fileFound");
  await fixture.stop();
  await appendFile(log, "new 1\n");
  await fixture.start(input({ startAt: "end" }));
  await fixture.arrived(1);
  await fixture.stop();
  await writeFile(log, "another content, as long as the other one was\n");
  await fixture.start(input({ startAt: "end" }));
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["new 1", "another content, as long as the other one was"]);
});

test("ignore_older_files: old files are read when they grow, from there on, also over a restart; known ones keep their place", async () => {
  const known = join(fixture.logs, "known.log");
  await writeFile(known, "known 1\n");
  await fixture.start(input());
  await fixture.arrived(1);
  await fixture.stop();
  await appendFile(known, "known 2\n");
  await age(known, hourMs);
  await writeFile(log, "old\n");
  await age(log, hourMs);
  await fixture.start(input({ ignoreOlderMs: hourMs / 2 }));
  await fixture.arrived(2);
  await waitFor(() => fixture.tail().status().backlogBytes === 0);
  await fixture.stop();
  await appendFile(log, "new 1\n");
  await fixture.start(input({ ignoreOlderMs: hourMs / 2 }));
  await fixture.arrived(3);
  await appendFile(log, "new 2\n");
  await fixture.arrived(4);
  expect(fixture.texts()).toEqual(["known 1", "known 2", "new 1", "new 2"]);
});

test("clean_inactive: what is old and delivered is forgotten, and not read again while the process lives", async () => {
  await writeFile(log, "old 1\n");
  await age(log, 2 * hourMs);
  const options = { ...input({ cleanInactiveMs: hourMs }), limits: { closeInactiveMs: 60 } };
  await fixture.start(options);
  await fixture.arrived(1);
  await closed();
  await appendFile(log, "new 1\n");
  await fixture.arrived(2);
  await age(log, 2 * hourMs);
  await closed();
  await fixture.stop();
  expect(fixture.texts()).toEqual(["old 1", "new 1"]);
  expect(new Set(fixture.delivered.map(({ place }) => place.split("@")[0])).size).toBe(2);
  // Nothing is remembered of it over a start.
  await fixture.start(options);
  await fixture.arrived(4);
});

test("close_eof: a file is closed at its end, and opened again when it grows", async () => {
  await writeFile(log, "1\n");
  await fixture.start(input({ closeEof: true }));
  for (let count = 1; count <= 3; count += 1) {
    await fixture.arrived(count);
    await closed();
    await appendFile(log, `${count + 1}\nunfinished`);
    await fixture.arrived(count + 1);
    await appendFile(log, "\n");
    await fixture.arrived(count + 2);
    fixture.delivered.length = count + 1;
  }
  expect(await fixture.event("fileClosed")).toMatchObject({ reason: "read" });
});

test("close_renamed: a renamed file is closed once it is read to its end, and no sooner", async () => {
  const gate = gateOf();
  await writeFile(log, "1\n");
  await fixture.start(input({ closeRenamed: true }));
  await fixture.arrived(1);
  fixture.onDeliver = () => gate.promise;
  await appendFile(log, "2\n");
  await rename(log, join(fixture.logs, "app-1.log"));
  await fixture.event("fileRenamed");
  expect(fixture.tail().status().openFiles).toBe(1);
  gate.open();
  await fixture.arrived(2);
  await closed();
  expect(await fixture.event("fileClosed")).toMatchObject({ reason: "renamed" });
});

test("close_renamed: the last line of a deleted file comes without its end all the same", async () => {
  await writeFile(log, "1\nlast");
  await fixture.start(input({ closeRenamed: true }));
  await fixture.arrived(1);
  await rm(log);
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["1", "last"]);
});

test("close_removed: a deleted file is closed once it is delivered", async () => {
  await writeFile(log, "1\n");
  await fixture.start(input());
  await fixture.arrived(1);
  await rm(log);
  await closed();
  expect(await fixture.event("fileClosed")).toMatchObject({ reason: "removed" });
  await waitFor(() => fixture.tail().status().files === 0);
});

test("DataAddedAfterCloseInactive, close_inactive_file_rotation_and_removal: a closed file is read on under its next name, and a new one of its name too", async () => {
  await writeFile(log, "1\n");
  await fixture.start({ ...input(), limits: { closeInactiveMs: 40 } });
  await fixture.arrived(1);
  await closed();
  await rename(log, join(fixture.logs, "app-1.log"));
  await writeFile(log, "2\n");
  await fixture.arrived(2);
  await appendFile(join(fixture.logs, "app-1.log"), "3\n");
  await fixture.arrived(3);
  await closed();
  await rm(join(fixture.logs, "app-1.log"));
  await appendFile(log, "4\n");
  await fixture.arrived(4);
  expect(fixture.texts()).toEqual(["1", "2", "3", "4"]);
});

test("TrackMovedAwayFiles: a closed file that grows and is moved out of the patterns between two scans is read to its end", async () => {
  await writeFile(log, "1\n");
  await fixture.start({ ...input(), hints: false, limits: { closeInactiveMs: 20, scanIntervalMs: 400 } });
  await fixture.arrived(1);
  await closed();
  await appendFile(log, "2\n");
  await rename(log, `${log}.1`);
  await writeFile(log, "3\n");
  await fixture.arrived(3);
  expect(fixture.texts().toSorted()).toEqual(["1", "2", "3"]);
});

test("two names of one file are read once, whichever of them goes", async () => {
  await writeFile(log, "1\n");
  const other = join(fixture.logs, "other.log");
  await link(log, other);
  await fixture.start(input());
  await fixture.arrived(1);
  await rm(log);
  await appendFile(other, "2\n");
  await fixture.arrived(2);
  await fixture.stop();
  expect(fixture.texts()).toEqual(["1", "2"]);
  expect(new Set(fixture.delivered.map(({ place }) => place.split("@")[0])).size).toBe(1);
});

test("a file that two inputs match belongs to the first of them", async () => {
  await writeFile(log, "1\n");
  const paths = [join(fixture.logs, "*.log")];
  await fixture.start({
    inputs: [
      { id: "first", paths },
      { id: "second", paths },
    ],
  });
  await fixture.arrived(1);
  await appendFile(log, "2\n");
  await fixture.arrived(2);
  await fixture.stop();
  expect(fixture.texts()).toEqual(["1", "2"]);
});

test("symlink_and_file: a file and a link to it are read once", async () => {
  await writeFile(log, "1\n");
  await symlink(log, join(fixture.logs, "a-link.log"));
  await fixture.start(input({ symlinks: true }));
  await fixture.arrived(1);
  await appendFile(log, "2\n");
  await fixture.arrived(2);
  await fixture.stop();
  expect(fixture.texts()).toEqual(["1", "2"]);
});

test("symlink_rotated: a link that leads elsewhere: the old file is finished, the new one read", async () => {
  const [first, second] = [join(fixture.logs, "1.data"), join(fixture.logs, "2.data")];
  await writeFile(first, "1\n");
  await writeFile(second, "3\n");
  await symlink(first, log);
  await fixture.start({ ...input({ symlinks: true }), limits: { closeRemovedMs: 1000 } });
  await fixture.arrived(1);
  await appendFile(first, "2\n");
  await symlink(second, `${log}.next`);
  await rename(`${log}.next`, log);
  await fixture.arrived(3);
  await appendFile(second, "4\n");
  await fixture.arrived(4);
  await fixture.stop();
  expect(fixture.texts().toSorted()).toEqual(["1", "2", "3", "4"]);
});

test("symlink_removed: what a removed link led to is read to its end", async () => {
  const target = join(fixture.logs, "1.data");
  await writeFile(target, "1\n");
  await symlink(target, log);
  await fixture.start(input({ symlinks: true }));
  await fixture.arrived(1);
  await appendFile(target, "2\n");
  await rm(log);
  await fixture.arrived(2);
  await closed();
});

test("symlinks_enabled: without the option links are not followed", async () => {
  const target = join(fixture.logs, "1.data");
  await writeFile(target, "no\n");
  await symlink(target, join(fixture.logs, "link.log"));
  await writeFile(log, "yes\n");
  await fixture.start(input());
  await fixture.arrived(1);
  await fixture.stop();
  expect(fixture.texts()).toEqual(["yes"]);
});

test("deletedBytesMax: deleted files that are held open are given up over the bound, oldest first, and told as lost", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  const paths = [1, 2, 3].map((index) => join(fixture.logs, `${index}.log`));
  await fixture.start({ ...input(), limits: { deliveriesMax: 1, deletedBytesMax: 25_000 } });
  await writeFile(log, "busy\n");
  await waitFor(() => fixture.tail().status().openFiles === 1);
  for (const [index, path] of paths.entries()) {
    await writeFile(path, `${"x".repeat(9_999)}\n`);
    await waitFor(() => fixture.tail().status().openFiles === index + 2);
  }
  for (const path of paths) await rm(path);
  expect(await fixture.event("fileClosed")).toMatchObject({ path: paths[0], reason: "deletedBytes" });
  await waitFor(() => fixture.tail().status().deletedOpenFiles === 2);
  expect(fixture.tail().status().deletedOpenBytes).toBe(20_000);
  expect(await fixture.event("fileLost")).toMatchObject({ path: paths[0], unreadBytes: 10_000 });
  gate.open();
  await fixture.arrived(3);
});

test("a full registry forgets what is gone before new files have to wait", async () => {
  const limits = { filesMax: 3, copyWaitMs: 50 };
  await fixture.start({ ...input(), limits });
  for (let index = 1; index <= 6; index += 1) {
    await writeFile(log, `${index}\n`);
    await fixture.arrived(index);
    await rm(log);
    await waitFor(() => fixture.tail().status().files === 0);
  }
  expect(fixture.tail().status().looseGenerations).toBeLessThanOrEqual(3);
  for (let index = 1; index <= 4; index += 1) await writeFile(join(fixture.logs, `${index}.log`), "there\n");
  await fixture.arrived(9);
  expect(await fixture.event("registryFull")).toMatchObject({ filesMax: 3 });
  await rm(join(fixture.logs, "1.log"));
  await rm(join(fixture.logs, "2.log"));
  await fixture.arrived(10);
  expect(fixture.events.filter(({ type }) => type === "registryFull")).toHaveLength(1);
});

test("harvester_limit: files that are written to all the time let others have their turns", async () => {
  const busy = [1, 2].map((index) => join(fixture.logs, `busy-${index}.log`));
  for (const path of busy) await writeFile(path, "busy\n".repeat(200_000));
  for (let index = 1; index <= 5; index += 1) await writeFile(join(fixture.logs, `quiet-${index}.log`), `quiet ${index}\n`);
  let isDone = false;
  const seen = new Set<string>();
  fixture.onDeliver = async (batch) => {
    for (const { bytes } of batch) if (bytes.length > 4) seen.add(Buffer.from(bytes).toString());
    // There is always more of the busy ones.
    if (!isDone) for (const path of busy) await appendFile(path, "busy\n".repeat(1000));
  };
  await fixture.start({ ...input(), limits: { openFilesMax: 2, batchLinesMax: 500 } });
  await waitFor(() => seen.size === 5, { what: "every file has its turn", deadlineMs: 30_000 });
  isDone = true;
  expect((await stat(busy[0] ?? "")).size).toBeGreaterThan(0);
});
