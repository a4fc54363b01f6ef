import { execFile } from "node:child_process";
import { EventEmitter } from "node:events";
import type { FSWatcher } from "node:fs";
import { appendFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { manualClock, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DirectoryHints, type HintOptions } from "./hint.ts";

interface Hint {
  readonly path: string | undefined;
  readonly isChange: boolean;
}

let root: string;
let seen: Hint[];
let failures: unknown[];
let hints: DirectoryHints | undefined;
let remove: () => Promise<void>;
beforeEach(async () => {
  const directory = await temporaryDirectory("gatelog-hints-");
  root = directory.path;
  seen = [];
  failures = [];
  remove = () => directory.remove();
});
afterEach(async () => {
  hints?.close();
  await remove();
});

function start(options: Partial<HintOptions> = {}): DirectoryHints {
  hints = new DirectoryHints({
    onHint: (path, isChange) => seen.push({ path, isChange }),
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return hints;
}

function hinted(path: string | undefined, isChange: boolean): Promise<unknown> {
  return waitFor(() => seen.some((hint) => hint.path === path && hint.isChange === isChange), { what: `a hint at ${path}` });
}

/** A kernel that has room for so many watches. */
class Kernel {
  room: number;
  readonly watched: string[] = [];
  readonly watchers: EventEmitter[] = [];

  constructor(room: number) {
    this.room = room;
  }

  readonly watch = (path: string): FSWatcher => {
    if (this.watched.length >= this.room) throw Object.assign(new Error("no space left on device, watch"), { code: "ENOSPC" });
    this.watched.push(path);
    const close = () => this.watched.splice(this.watched.indexOf(path), 1);
    const watcher = Object.assign(new EventEmitter(), { close });
    this.watchers.push(watcher);
    return watcher as unknown as FSWatcher;
  };
}

async function directories(count: number): Promise<string[]> {
  const paths = Array.from({ length: count }, (_, index) => join(root, `d${index}`));
  for (const path of paths) await mkdir(path);
  return paths;
}

test("a file that comes, grows and goes is hinted at by its path, and only its growth as a change", async () => {
  const log = join(root, "app.log");
  start().watch([root]);
  await writeFile(log, "");
  await hinted(log, false);
  await appendFile(log, "a line\n");
  await hinted(log, true);
  seen = [];
  await rm(log);
  await hinted(log, false);
});

test("a directory that comes is hinted at without a path, for files may be in it already", async () => {
  start().watch([root]);
  seen = [];
  await mkdir(join(root, "new"));
  await hinted(undefined, false);
});

test("what begins to be watched asks for one more scan, for something may have come since the last one", () => {
  const watching = start();
  watching.watch([root]);
  expect(seen).toEqual([{ path: undefined, isChange: false }]);
  watching.watch([root]);
  expect(seen).toHaveLength(1);
});

test("a directory that is deleted and made again is watched again", async () => {
  const directory = join(root, "logs");
  await mkdir(directory);
  const watching = start();
  watching.watch([root, directory]);
  await rm(directory, { recursive: true });
  await waitFor(() => watching.count === 1, { what: "the watch of the deleted directory to be given up" });
  await mkdir(directory);
  watching.watch([root, directory]);
  await writeFile(join(directory, "app.log"), "");
  await hinted(join(directory, "app.log"), false);
  expect(failures).toEqual([]);
});

test("a directory below one that was exchanged is watched anew, though nothing tells of it", async () => {
  const directory = join(root, "release", "logs");
  await mkdir(directory, { recursive: true });
  const watching = start();
  watching.watch([directory]);
  await rename(join(root, "release"), join(root, "release.old"));
  await mkdir(directory, { recursive: true });
  watching.watch([directory]);
  await writeFile(join(directory, "app.log"), "");
  await hinted(join(directory, "app.log"), false);
});

test("what is not named any more is not watched any more, and what is gone is no failure", async () => {
  const [one = "", other = ""] = await directories(2);
  const watching = start();
  watching.watch([one, other]);
  expect(watching.count).toBe(2);
  watching.watch([other, join(root, "gone")]);
  expect(watching.count).toBe(1);
  expect(failures).toEqual([]);
});

// The kernel's bound is one of the whole system, which a test does not lower: a kernel without room is put in front of it.
test("ENOSPC: a kernel that has no room is told of once, asked again after a minute, and told of again when it happens again", async () => {
  const kernel = new Kernel(2);
  const clock = manualClock();
  const paths = await directories(4);
  const watching = start({ clock, watchDirectory: kernel.watch });
  for (let scan = 0; scan < 5; scan += 1) watching.watch(paths);
  expect(watching.count).toBe(2);
  expect(failures).toMatchObject([{ code: "ENOSPC" }]);
  kernel.room = 4;
  await clock.advance(59_000);
  watching.watch(paths);
  expect(watching.count).toBe(2);
  await clock.advance(1_000);
  watching.watch(paths);
  expect(watching.count).toBe(4);
  kernel.room = 0;
  watching.watch([]);
  watching.watch(paths);
  expect(failures).toMatchObject([{ code: "ENOSPC" }, { code: "ENOSPC" }]);
});

test("a watch that fails later is told of, given up and made again, and nothing is thrown", async () => {
  const kernel = new Kernel(10);
  const clock = manualClock();
  const paths = await directories(2);
  const watching = start({ clock, watchDirectory: kernel.watch });
  watching.watch(paths);
  kernel.watchers[0]?.emit("error", Object.assign(new Error("lost"), { code: "EIO" }));
  expect(watching.count).toBe(1);
  expect(failures).toMatchObject([{ code: "EIO" }]);
  await clock.advance(60_000);
  watching.watch(paths);
  expect(kernel.watched.toSorted()).toEqual(paths.toSorted());
});

test("no more directories are watched than allowed, which is told", async () => {
  const watching = start({ limits: { watchesMax: 3 } });
  watching.watch(await directories(5));
  expect(watching.count).toBe(3);
  expect(failures).toMatchObject([{ message: expect.stringContaining("more than 3 directories") }]);
});

test("EMFILE: a process without file descriptors neither scans nor watches, calls nothing missing, says so once, and recovers", async () => {
  await mkdir(join(root, "below"));
  await writeFile(join(root, "below", "app.log"), "a line\n");
  const helper = join(import.meta.dirname, "descriptors-exhausted.test-helper.ts");
  const command = 'ulimit -n 512 && exec "$0" --import tsx "$@"';
  const { stdout } = await promisify(execFile)("sh", ["-c", command, process.execPath, helper, root]);
  const during = { files: 0, unknown: [root], code: "EMFILE", watches: 0, failures: ["EMFILE"] };
  expect(JSON.parse(stdout)).toEqual({
    during: [during, during],
    after: { files: 1, unknown: [], watches: 1, failures: ["EMFILE"] },
  });
});
