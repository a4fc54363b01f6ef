import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { chmod, link, mkdir, open, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compileGlob } from "./glob.ts";
import { isUnknown, Scanner, type ScanOptions, type ScanResult } from "./scan.ts";

let root: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  const directory = await temporaryDirectory("gatelog-scan-");
  // The directories of this user alone are not everybody's.
  await chmod(directory.path, 0o755);
  root = directory.path;
  remove = () => directory.remove();
});
afterEach(() => remove());

interface Patterns extends Partial<Omit<ScanOptions, "globs" | "excluded">> {
  readonly excluded?: readonly string[];
}

function scannerOf(patterns: readonly string[], { excluded = [], ...options }: Patterns = {}): Scanner {
  const compile = (pattern: string) => compileGlob(join(root, pattern));
  return new Scanner({ globs: patterns.map(compile), excluded: excluded.map(compile), ...options });
}

function scan(patterns: readonly string[], options?: Patterns): Promise<ScanResult> {
  return scannerOf(patterns, options).scan();
}

/** The paths that were found, from the root on. */
function found({ files }: ScanResult): string[] {
  return files.map(({ path }) => relative(root, path)).toSorted();
}

async function put(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), path);
  }
}

/** Runs as a user who may not do everything, so that modes count; the root of the test is everybody's. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

test("a file is returned with its exact identity, its size and its time", async () => {
  await put("app.log");
  const status = await stat(join(root, "app.log"), { bigint: true });
  const { files } = await scan(["*.log"]);
  expect(files).toMatchObject([
    {
      path: join(root, "app.log"),
      device: String(status.dev),
      inode: String(status.ino),
      size: 7,
      modifiedMs: statSync(join(root, "app.log")).mtimeMs,
    },
  ]);
});

test("only regular files are taken, and none of what does not match", async () => {
  await put("app.log", "app.txt", "dir/app.log", ".hidden.log");
  await mkdir(join(root, "directory.log"));
  execFileSync("mkfifo", [join(root, "pipe.log")]);
  expect(found(await scan(["*.log"]))).toEqual([".hidden.log", "app.log"]);
});

test("patterns of several levels and alternatives find their files, each once", async () => {
  await put("a/x/1.log", "a/y/2.log", "b/x/3.log", "b/4.log", "5.log");
  expect(found(await scan(["*/x/*.log"]))).toEqual(["a/x/1.log", "b/x/3.log"]);
  expect(found(await scan(["**/*.log", "b/*.log", "b/4.log"]))).toEqual(["5.log", "a/x/1.log", "a/y/2.log", "b/4.log", "b/x/3.log"]);
  expect(found(await scan(["{a/y,b}/*.log"]))).toEqual(["a/y/2.log", "b/4.log"]);
  expect(found(await scan(["[ab]/?/[0-9].log"]))).toEqual(["a/x/1.log", "a/y/2.log", "b/x/3.log"]);
});

test("a pattern without wildcards is looked at by its path, and one whose name looks like a pattern too", async () => {
  await put("app.log", "app(1).log", "other/app@host+1.log");
  expect(found(await scan(["app.log", "gone.log"]))).toEqual(["app.log"]);
  expect(found(await scan(["app(1).log", "other/app@host+1.log"]))).toEqual(["app(1).log", "other/app@host+1.log"]);
});

test("what is excluded is left out, and a directory that is excluded is not entered", async () => {
  await put("app.log", "old/app.log", "new/app.log", "new/debug.log");
  const { directories, ...result } = await scan(["**/*.log"], { excluded: ["old", "**/debug.log"] });
  expect(found({ directories, ...result })).toEqual(["app.log", "new/app.log"]);
  expect(directories.toSorted()).toEqual([root, join(root, "new")]);
  expect(found(await scan(["**/*.log"], { excluded: ["old/**"] }))).toEqual(["app.log", "new/app.log", "new/debug.log"]);
});

test("files_added_late: what comes, moves and goes between two scans is seen by the next one", async () => {
  await mkdir(join(root, "logs"));
  const scanner = scannerOf(["logs/**/*.log"]);
  expect(found(await scanner.scan())).toEqual([]);
  await put("logs/a.log", "logs/deep/er/b.log");
  expect(found(await scanner.scan())).toEqual(["logs/a.log", "logs/deep/er/b.log"]);
  await rename(join(root, "logs/deep"), join(root, "logs/other"));
  expect(found(await scanner.scan())).toEqual(["logs/a.log", "logs/other/er/b.log"]);
  await rm(join(root, "logs/other"), { recursive: true });
  // A file is where a directory was.
  await put("logs/other");
  expect(await scanner.scan()).toMatchObject({ isComplete: true, unknown: [] });
});

test("a first directory that is not there makes what is below it unknown, and nothing else", async () => {
  await put("b/app.log");
  const scanner = scannerOf(["a/*.log", "b/*.log"]);
  const result = await scanner.scan();
  expect(found(result)).toEqual(["b/app.log"]);
  expect(result).toMatchObject({ isComplete: false, unknown: [join(root, "a")], failures: 1, failure: { path: join(root, "a") } });
  const unknown = new Set(result.unknown);
  expect(["a", "a/x", "a/x/y.log", "ab", "b/app.log", "."].map((path) => isUnknown(join(root, path), unknown))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  await put("a/app.log");
  expect(await scanner.scan()).toMatchObject({ isComplete: true, unknown: [], failures: 0 });
});

test("a file where the first directory should be makes what is below it unknown", async () => {
  await put("a");
  expect(await scan(["a/*.log"])).toMatchObject({ isComplete: false, unknown: [join(root, "a")] });
});

test("EACCES: a directory that may not be read makes only what is below it unknown", async () => {
  await put("a/app.log", "b/app.log", "c/app.log");
  await chmod(join(root, "a"), 0);
  // Its names may be read, but not what they stand for.
  await chmod(join(root, "b"), 0o444);
  const result = await unprivileged(() => scan(["**/*.log"]));
  expect(found(result)).toEqual(["c/app.log"]);
  expect(result.isComplete).toBe(false);
  expect(result.unknown.toSorted()).toEqual([join(root, "a"), join(root, "b")]);
  expect(result.failure).toMatchObject({ error: { code: "EACCES" } });
  await chmod(join(root, "a"), 0o755);
  await chmod(join(root, "b"), 0o755);
});

test("symlinks are not followed unless the input says so", async () => {
  await put("real/app.log");
  await symlink(join(root, "real"), join(root, "linked"));
  await symlink(join(root, "real/app.log"), join(root, "current.log"));
  expect(found(await scan(["*.log", "l*/*.log", "current.log"]))).toEqual([]);
});

test("symlinks_enabled: links to files and to directories are followed; the path is the link's, the identity the file's", async () => {
  await put("real/app.log", "away/other.log");
  await mkdir(join(root, "logs"));
  await symlink(join(root, "real"), join(root, "logs/linked"));
  await symlink("../away/other.log", join(root, "logs/current.log"));
  const result = await scan(["logs/**/*.log"], { symlinks: true });
  expect(found(result)).toEqual(["logs/current.log", "logs/linked/app.log"]);
  const other = await stat(join(root, "away/other.log"), { bigint: true });
  expect(result.files).toContainEqual(
    expect.objectContaining({ path: join(root, "logs/current.log"), inode: String(other.ino), size: Number(other.size), isLinked: true }),
  );
  expect(result.directories).toContain(join(root, "logs/linked"));
  expect(found(await scan(["logs/current.log"], { symlinks: true }))).toEqual(["logs/current.log"]);
});

test("symlink_and_file: a file that is found under its own name too is returned once, under that name", async () => {
  await put("b.log");
  await symlink(join(root, "b.log"), join(root, "a.log"));
  expect(found(await scan(["*.log"], { symlinks: true }))).toEqual(["b.log"]);
});

test("a file of several hard links is returned once, under the name that is first in order", async () => {
  await put("b.log");
  await link(join(root, "b.log"), join(root, "c.log"));
  await link(join(root, "b.log"), join(root, "a.log"));
  expect(found(await scan(["*.log"]))).toEqual(["a.log"]);
});

test("symlink_rotated: a link that leads to another file is another file under the same path", async () => {
  await put("1.txt", "2.txt");
  const scanner = scannerOf(["*.log"], { symlinks: true });
  const inodes: (string | undefined)[] = [];
  for (const target of ["1.txt", "2.txt"]) {
    await symlink(target, join(root, "next"));
    await rename(join(root, "next"), join(root, "current.log"));
    inodes.push((await scanner.scan()).files[0]?.inode);
  }
  expect(inodes).toEqual(["1.txt", "2.txt"].map((name) => String(statSync(join(root, name)).ino)));
});

test("symlink_removed: a link that is removed, or leads to nothing, is not there, which is no failure", async () => {
  await put("1.txt");
  await symlink("1.txt", join(root, "current.log"));
  await symlink("nothing", join(root, "dangling.log"));
  await symlink("itself.log", join(root, "itself.log"));
  const scanner = scannerOf(["*.log"], { symlinks: true });
  expect(await scanner.scan()).toMatchObject({ files: [{ path: join(root, "current.log") }], isComplete: true, failures: 0 });
  await rm(join(root, "current.log"));
  expect(await scanner.scan()).toMatchObject({ files: [], isComplete: true, failures: 0 });
});

test("a link whose target may not be looked at is unknown, not gone", async () => {
  await put("secret/app.log", "other.log");
  await symlink(join(root, "secret/app.log"), join(root, "current.log"));
  await chmod(join(root, "secret"), 0);
  const result = await unprivileged(() => scan(["*.log"], { symlinks: true }));
  expect(found(result)).toEqual(["other.log"]);
  expect(result).toMatchObject({ isComplete: false, unknown: [join(root, "current.log")] });
  await chmod(join(root, "secret"), 0o755);
});

test("loops of links end: every file is found, and none for ever", async () => {
  await put("a/1.log", "b/2.log", "a/deep/3.log");
  await symlink(join(root, "b"), join(root, "a/to-b"));
  await symlink(join(root, "a"), join(root, "b/to-a"));
  await symlink(join(root, "a"), join(root, "a/deep/up"));
  const result = await scan(["a/**/*.log"], { symlinks: true });
  expect(found(result)).toEqual(["a/1.log", "a/deep/3.log", "a/to-b/2.log"]);
  expect(result).toMatchObject({ isComplete: true, failures: 0 });
});

test("links that make few directories look like countless ones end at a bound, which is told", async () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  for (const name of names) await put(`${name}/${name}.log`);
  for (const from of names) for (const to of names) await symlink(join(root, to), join(root, from, `to-${to}`));
  const result = await scan(["**/*.log"], { symlinks: true, limits: { directoriesMax: 500 } });
  expect(found(result)).toEqual(names.map((name) => `${name}/${name}.log`));
  expect(result).toMatchObject({
    isComplete: false,
    failure: { error: { message: expect.stringContaining("more than 500 directories") } },
  });
  expect(result.directories.length).toBe(500);
});

test("more files than allowed are told of, and nothing that was left out is called missing", async () => {
  await put(...Array.from({ length: 20 }, (_, index) => `${index}.log`));
  const result = await scan(["*.log"], { limits: { filesMax: 12 } });
  expect(result.files).toHaveLength(12);
  expect(result).toMatchObject({ isComplete: false, unknown: [root], failures: 8 });
});

test("a tree that is deeper than a walk goes is told of", async () => {
  const deep = Array.from({ length: 33 }, (_, index) => `d${index}`).join("/");
  await put(`${deep}/lost.log`, `${deep}/../found.log`);
  const result = await scan(["**/*.log"]);
  expect(result.files).toHaveLength(1);
  expect(result).toMatchObject({ isComplete: true, failures: 1, failure: { error: { message: expect.stringContaining("32 levels") } } });
});

test("names with line ends, spaces and other characters are names like any other", async () => {
  const names = ["a\nb.log", "日志.log", " .log", "\\.log", "\u007f\u0001.log", "é\u0301.log", "\uFFFD.log"];
  await put(...names, "dir\n1/app.log");
  expect(found(await scan(["*.log"]))).toEqual(names.toSorted());
  const result = await scan(["**/*.log"]);
  expect(found(result)).toEqual([...names, "dir\n1/app.log"].toSorted());
  expect(result).toMatchObject({ isComplete: true, failures: 0 });
});

test("a name that is not UTF-8 is told of and hides nothing else", async () => {
  await put("app.log");
  writeFileSync(Buffer.concat([Buffer.from(`${root}/latin-`), Buffer.from([0xe9]), Buffer.from(".log")]), "");
  const directory = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]);
  mkdirSync(directory);
  const result = await scan(["**/*.log"]);
  expect(found(result)).toEqual(["app.log"]);
  expect(result).toMatchObject({ isComplete: true, failures: 2, failure: { error: { message: expect.stringContaining("not UTF-8") } } });
  rmSync(directory, { recursive: true });
});

test("compressed files are told apart: those that match, and those beside what matches", async () => {
  await put("app.log", "app.log.gz", "app.log.1.gz", "old.gz", "other.txt.gz", "debug.log.gz");
  const options = { compression: "auto", excluded: ["debug.log"] } as const;
  const kinds = async (patterns: readonly string[], given?: Patterns) =>
    (await scan(patterns, given)).files
      .map((file) => `${relative(root, file.path)}${file.isCompressed ? ": compressed" : ""}${file.isCompressedSibling ? ": sibling" : ""}`)
      .toSorted();
  expect(await kinds(["*.log", "old*"], options)).toEqual(["app.log", "app.log.gz: sibling", "old.gz: compressed"]);
  expect(await kinds(["app.log", "debug.log"], options)).toEqual(["app.log", "app.log.gz: sibling"]);
  expect(await kinds(["app*"], options)).toEqual(["app.log", "app.log.1.gz: compressed", "app.log.gz: compressed"]);
  expect(await kinds(["app*"], { compression: "none" })).toEqual(["app.log", "app.log.1.gz", "app.log.gz"]);
  expect(await kinds(["app.*"], { excluded: ["*.gz"] })).toEqual(["app.log"]);
  expect(await kinds(["*.log"], { excluded: ["debug*"] })).toEqual(["app.log"]);
});

// Threads that wait at pipes stand for a network mount whose server is away.
test("a first directory that does not answer is unknown, holds nothing else up, and is asked again when it does", async () => {
  await put("logs/app.log");
  const scanner = scannerOf(["logs/*.log"], { limits: { answerMsMax: 30 } });
  const pipes = Array.from({ length: Number(process.env["UV_THREADPOOL_SIZE"] ?? 4) }, (_, index) => join(root, `pipe-${index}`));
  execFileSync("mkfifo", pipes);
  const readers = pipes.map((pipe) => open(pipe, "r"));
  const unanswered = {
    files: [],
    unknown: [join(root, "logs")],
    failure: { error: { message: expect.stringContaining("does not answer") } },
  };
  expect(await scanner.scan()).toMatchObject(unanswered);
  expect(await scanner.scan()).toMatchObject(unanswered);
  const writers = pipes.map((pipe) => openSync(pipe, "w"));
  for (const reader of readers) await (await reader).close();
  for (const writer of writers) closeSync(writer);
  await waitFor(async () => found(await scanner.scan()).length === 1);
});

test("while many files are scanned, whatever else there is to do gets its turn", async () => {
  const directory = join(root, "many");
  mkdirSync(directory);
  for (let index = 0; index < 2000; index += 1) writeFileSync(join(directory, `${index}.log`), "");
  let turns = 0;
  let isDone = false;
  const others = () => {
    turns += 1;
    if (!isDone) setImmediate(others);
  };
  setImmediate(others);
  const { files } = await scan(["many/*.log"], { limits: { sliceMsMax: 0 } });
  isDone = true;
  expect(files).toHaveLength(2000);
  expect(turns).toBeGreaterThan(100);
});
