import { appendFile, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture } from "./fixture.test-helper.ts";
import { inspectRegistry } from "./registry-inspect.ts";
import { resetRegistry } from "./registry-reset.ts";

let fixture: Fixture;
let log: string;
beforeEach(async () => {
  fixture = await createFixture();
  log = join(fixture.logs, "app.log");
});
afterEach(() => fixture.remove());

/** Runs a tail over the files until so many lines were delivered over all runs. */
async function run(count: number): Promise<void> {
  await fixture.start();
  await fixture.arrived(count);
  await fixture.stop();
}

function placesOf(text: string): string[] {
  return fixture.delivered.filter((line) => line.text === text).map(({ place }) => place);
}

async function stateFile(): Promise<string> {
  const names = (await readdir(fixture.registryDir)).filter((name) => name.endsWith(".state")).toSorted();
  return join(fixture.registryDir, names.at(-1) ?? "");
}

test("inspect tells of each file where it is read on, and what is at its path now", async () => {
  const paths = ["same", "renamed", "replaced", "removed"].map((name) => join(fixture.logs, `${name}.log`));
  for (const path of paths) await writeFile(path, "12345\n");
  await run(4);
  const [same = "", renamed = "", replaced = "", removed = ""] = paths;
  await appendFile(same, "more\n");
  await rename(renamed, `${renamed}.1`);
  await writeFile(`${replaced}.new`, "other");
  await rename(`${replaced}.new`, replaced);
  await rm(removed);
  const report = await inspectRegistry(fixture.registryDir);
  const present = new Map(report.entries.map((entry) => [entry.path, entry.present]));
  expect(present.get(same)).toEqual({ state: "same", sizeBytes: 11 });
  expect(present.get(renamed)).toEqual({ state: "none" });
  expect(present.get(replaced)).toEqual({ state: "other", sizeBytes: 5 });
  expect(present.get(removed)).toEqual({ state: "none" });
  expect(report.entries).toHaveLength(4);
  for (const entry of report.entries)
    expect(entry).toMatchObject({ input: "test", offset: 6, generation: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(report.damage).toBeUndefined();
});

test("inspect works while a tail runs, changes nothing, and sees what was acknowledged", async () => {
  await fixture.start();
  for (let line = 1; line <= 20; line += 1) {
    await appendFile(log, `line ${line}\n`);
    await fixture.arrived(line);
    await inspectRegistry(fixture.registryDir);
  }
  const size = (await readFile(log)).length;
  await waitFor(async () => (await inspectRegistry(fixture.registryDir)).entries[0]?.offset === size);
});

test("inspect of a damaged registry says so, shows what is intact, and leaves it as it is", async () => {
  await writeFile(log, "first\n");
  await run(1);
  const file = await stateFile();
  const bytes = Buffer.concat([await readFile(file), Buffer.from("00000000 damaged\n")]);
  await writeFile(file, bytes);
  const report = await inspectRegistry(fixture.registryDir);
  expect(report.damage).toEqual({ file, damagedRecords: 1 });
  expect(report.entries).toMatchObject([{ path: log, offset: 6 }]);
  expect(await readFile(file)).toEqual(bytes);
});

test("inspect and reset of a directory that is not there are one clear error, and do not make it", async () => {
  const error = { code: "GATELOG_FILE_TAIL_REGISTRY_DIRECTORY", message: expect.stringContaining(fixture.registryDir) };
  await expect(inspectRegistry(fixture.registryDir)).rejects.toMatchObject(error);
  await expect(resetRegistry(fixture.registryDir, { to: "forget" })).rejects.toMatchObject(error);
  await mkdir(fixture.registryDir);
  expect(await inspectRegistry(fixture.registryDir)).toMatchObject({ files: [], entries: [] });
});

test("reset refuses while a tail runs, and a pattern that is none", async () => {
  await fixture.start();
  await expect(resetRegistry(fixture.registryDir, { to: "forget" })).rejects.toMatchObject({ code: "GATELOG_FILE_TAIL_LOCKED" });
  await fixture.stop();
  await expect(resetRegistry(fixture.registryDir, { to: "forget", path: "app.log" })).rejects.toMatchObject({
    code: "GATELOG_FILE_TAIL_PATTERN",
  });
});

test("restart_state_reset: what is reset to its beginning comes again, each line with the place that it had", async () => {
  await writeFile(log, "one\ntwo\n");
  await run(2);
  const { changed, skipped } = await resetRegistry(fixture.registryDir, { to: "beginning" });
  expect(changed).toMatchObject([{ entry: { path: log, offset: 8 }, offset: 0 }]);
  expect(skipped).toEqual([]);
  await appendFile(log, "three\n");
  await run(5);
  expect(fixture.texts()).toEqual(["one", "two", "one", "two", "three"]);
  expect(new Set(placesOf("one")).size).toBe(1);
});

test("what is forgotten comes again as something new", async () => {
  await writeFile(log, "one\ntwo\n");
  await run(2);
  const { changed } = await resetRegistry(fixture.registryDir, { to: "forget" });
  expect(changed).toMatchObject([{ entry: { path: log }, offset: undefined }]);
  expect((await inspectRegistry(fixture.registryDir)).entries).toEqual([]);
  await run(4);
  expect(new Set(placesOf("one")).size).toBe(2);
});

test("what is reset to its end goes on with what comes then", async () => {
  await writeFile(log, "one\n");
  await run(1);
  await appendFile(log, "skipped\n".repeat(500));
  expect(await resetRegistry(fixture.registryDir, { to: "end" })).toMatchObject({ changed: [{ offset: 4004 }] });
  await appendFile(log, "two\n");
  await run(2);
  expect(fixture.texts()).toEqual(["one", "two"]);
});

test("what has no end any more is left alone, and the reason told", async () => {
  const other = join(fixture.logs, "other.log");
  await writeFile(log, "one\n");
  await writeFile(other, "two\n");
  await run(2);
  await rm(log);
  await truncate(other);
  await writeFile(other, "another content\n");
  const { changed, skipped } = await resetRegistry(fixture.registryDir, { to: "end" });
  expect(changed).toEqual([]);
  expect(new Map(skipped.map(({ entry, reason }) => [entry.path, reason]))).toEqual(
    new Map([
      [log, "its file is not at its path any more"],
      [other, "its file was truncated or replaced; the next start will find out"],
    ]),
  );
});

test("reset means the files of a path, an input or a generation, and no others", async () => {
  await mkdir(join(fixture.logs, "deep"));
  const paths = ["a.log", "b.log", "deep/c.log"].map((name) => join(fixture.logs, name));
  for (const path of paths) await writeFile(path, "line\n");
  await symlink("a.log", join(fixture.logs, "link.log"));
  const inputs = ["a", "b", "deep/c"].map((name) => ({ id: name, paths: [join(fixture.logs, `${name}.log`)] }));
  await fixture.start({ inputs });
  await fixture.arrived(3);
  await fixture.stop();
  const { entries } = await inspectRegistry(fixture.registryDir);
  const reset = async (selection: Omit<Parameters<typeof resetRegistry>[1], "to">) =>
    (await resetRegistry(fixture.registryDir, { ...selection, to: "beginning" })).changed.map(({ entry }) => entry.input).toSorted();
  expect(await reset({ path: join(fixture.logs, "*.log") })).toEqual(["a", "b"]);
  expect(await reset({ path: join(fixture.logs, "**"), input: "deep/c" })).toEqual(["deep/c"]);
  expect(await reset({ generation: entries[0]?.generation.slice(0, 12).toUpperCase() ?? "" })).toEqual([entries[0]?.input]);
  expect(await reset({ input: "none" })).toEqual([]);
  expect(await reset({})).toEqual(["a", "b", "deep/c"]);
});
