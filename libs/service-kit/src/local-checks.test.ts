import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkWritableDirectory, ensureWritableDirectory } from "./local-checks.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

test("a directory is made with all that are missing above it, also by several at the same time, and left empty", async () => {
  const path = join(directory.path, "a/b/c");
  await Promise.all(Array.from({ length: 5 }, () => ensureWritableDirectory(path, "dir")));
  expect(await readdir(path)).toEqual([]);
});

test("looking whether a directory could be made leaves nothing, where it is there and where it is not", async () => {
  checkWritableDirectory(join(directory.path, "a/b/c"), "dir");
  expect(await readdir(directory.path)).toEqual([]);
  await mkdir(join(directory.path, "a"));
  checkWritableDirectory(join(directory.path, "a"), "dir");
  expect(await readdir(directory.path, { recursive: true })).toEqual(["a"]);
});

const sentence = (reason: string) => expect.objectContaining({ key: "dir", message: expect.stringMatching(reason) as unknown });

// In /proc Node's own recursive mkdir goes on for ever.
test.each(["/proc/gatelog", "/proc/gatelog/data"])("%s is refused, for no directory can be made there", async (path) => {
  const refusal = sentence(`^dir: cannot write in the directory ${path}: its file system takes no new directories; choose another place$`);
  await expect(ensureWritableDirectory(path, "dir")).rejects.toEqual(refusal);
  expect(() => checkWritableDirectory(path, "dir")).toThrow(refusal);
});

test.each(["file", "file/data"])("%s is refused where a file has that name", async (name) => {
  await writeFile(join(directory.path, "file"), "");
  const refusal = sentence("^dir: cannot write in the directory .*: (there is a file with this name|a part of the path is a file.*)$");
  await expect(ensureWritableDirectory(join(directory.path, name), "dir")).rejects.toEqual(refusal);
  expect(() => checkWritableDirectory(join(directory.path, name), "dir")).toThrow(refusal);
});
