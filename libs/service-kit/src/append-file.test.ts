import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AppendFile } from "./append-file.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let path: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory.path, "out.ndjson");
});
afterEach(() => directory.remove());

/** Opens, appends, closes, and reads what is there. */
async function appended(text: string): Promise<string> {
  const file = new AppendFile(path);
  await file.append(Buffer.from(text));
  await file.close();
  return readFile(path, "utf8");
}

test("what is appended stands behind what is there, also after it was opened again", async () => {
  expect(await appended("a\nb\n")).toBe("a\nb\n");
  expect(await appended("c\n")).toBe("a\nb\nc\n");
});

test.each([
  ["behind whole lines", "whole\n", "torn"],
  ["alone", "", "torn"],
  ["that is long", "whole\n", "x".repeat(200_000)],
])("a torn line %s, left by a crash, is cut off", async (_, whole, torn) => {
  await writeFile(path, whole + torn);
  expect(await appended("next\n")).toBe(`${whole}next\n`);
});

test("a file that cannot be opened is tried again", async () => {
  const file = new AppendFile(path);
  await mkdir(path);
  await expect(file.append(Buffer.from("a\n"))).rejects.toThrow(/EISDIR/);
  await rm(path, { recursive: true });
  await file.append(Buffer.from("a\n"));
  expect(file.bytes).toBe(2);
  await file.close();
});
