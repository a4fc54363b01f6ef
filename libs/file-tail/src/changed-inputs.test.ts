import { appendFile, mkdir, rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture } from "./fixture.test-helper.ts";
import type { TailInput } from "./types.ts";

/** Inputs that come, go, or cannot be looked at as a whole. */
let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.remove());

test("of an input that is no more nothing is read, and the others go on", async () => {
  const one: TailInput = { id: "one", paths: [join(fixture.logs, "a.log")] };
  const two: TailInput = { id: "two", paths: [join(fixture.logs, "b.log")] };
  await writeFile(join(fixture.logs, "a.log"), "a1\n");
  await writeFile(join(fixture.logs, "b.log"), "b1\n");
  await fixture.start({ inputs: [one, two] });
  await fixture.arrived(2);
  await fixture.stop();
  await appendFile(join(fixture.logs, "a.log"), "a2\n");
  await appendFile(join(fixture.logs, "b.log"), "b2\n");
  await fixture.start({ inputs: [one], limits: { copyWaitMs: 300, cleanRemovedMs: 1 } });
  await fixture.arrived(3);
  await fixture.looksAround();
  expect(fixture.texts().toSorted()).toEqual(["a1", "a2", "b1"]);
  expect(fixture.events.filter(({ type }) => type === "passFailed")).toEqual([]);
  expect(fixture.tail().status().passProblem).toBeUndefined();
  // After that nobody waits for it any more.
  await waitFor(() => fixture.tail().status().looseGenerations === 0, { what: "that it is forgotten" });
});

test.each([
  ["that it is excluded", { paths: ["*.log"], exclude: ["b.log"] }],
  ["that its directory is", { paths: ["*.log"], exclude: ["../logs"] }],
  ["that no pattern matches it", { paths: ["a.log"], exclude: [] }],
])("of a file nothing is read any more when the input says by now %s, also after it was renamed", async (_what, { paths, exclude }) => {
  const inDirectory = (patterns: readonly string[]) => patterns.map((pattern) => join(fixture.logs, pattern));
  const changed: TailInput = { id: "test", paths: inDirectory(paths), exclude: inDirectory(exclude) };
  for (const name of ["a.log", "b.log", "c.log"]) await writeFile(join(fixture.logs, name), `${name} 1\n`);
  await fixture.start({ inputs: [{ id: "test", paths: inDirectory(["a.log", "b.log"]) }] });
  await fixture.arrived(2);
  await fixture.stop();
  await appendFile(join(fixture.logs, "b.log"), "secret\n");
  await fixture.start({ inputs: [changed] });
  await fixture.looksAround();
  await fixture.stop();
  // Once more by its inode, and under a name that a rotation makes.
  await rename(join(fixture.logs, "b.log"), join(fixture.logs, "b.log.1"));
  await fixture.start({ inputs: [changed] });
  await fixture.looksAround();
  await appendFile(join(fixture.logs, "b.log.1"), "more\n");
  await fixture.looksAround();
  expect(fixture.texts()).not.toContain("secret");
  expect(fixture.texts()).not.toContain("more");
});

test("what is excluded is not read for the rest of a file that was renamed, and what is not is", async () => {
  const inputs: TailInput[] = [{ id: "test", paths: [join(fixture.logs, "*.log")], exclude: [join(fixture.logs, "*.secret")] }];
  for (const name of ["a.log", "b.log"]) await writeFile(join(fixture.logs, name), `${name} 1\n`);
  await fixture.start({ inputs });
  await fixture.arrived(2);
  await fixture.stop();
  for (const name of ["a.log", "b.log"]) await appendFile(join(fixture.logs, name), `${name} 2\n`);
  await rename(join(fixture.logs, "a.log"), join(fixture.logs, "a.log.1"));
  await rename(join(fixture.logs, "b.log"), join(fixture.logs, "b.log.secret"));
  await fixture.start({ inputs });
  await fixture.arrived(3);
  await fixture.looksAround();
  expect(fixture.texts().toSorted()).toEqual(["a.log 1", "a.log 2", "b.log 1"]);
});

test("startAt end leaves out what was there, also where another directory of the input is missing, and nothing that comes later", async () => {
  const missing = join(fixture.logs, "../missing");
  const inputs: TailInput[] = [{ id: "test", paths: [join(fixture.logs, "*.log"), join(missing, "*.log")], startAt: "end" }];
  await writeFile(join(fixture.logs, "old.log"), "old\n");
  await fixture.start({ inputs });
  await fixture.looksAround();
  await writeFile(join(fixture.logs, "new.log"), "n1\nn2\n");
  await fixture.arrived(2);
  await fixture.stop();
  // Known to be seen by the next start too.
  await writeFile(join(fixture.logs, "newer.log"), "n3\n");
  await fixture.start({ inputs });
  await fixture.arrived(3);
  // What was there when the directory came into sight is old.
  await mkdir(`${missing}.new`);
  await writeFile(join(`${missing}.new`, "old.log"), "old\n");
  await rename(`${missing}.new`, missing);
  await waitFor(() => fixture.tail().status().files === 4, { what: "the directory that was missing" });
  await fixture.looksAround();
  await writeFile(join(missing, "new.log"), "n4\n");
  await fixture.arrived(4);
  expect(fixture.texts()).toEqual(["n1", "n2", "n3", "n4"]);
});

test("a pattern that is none, and memory that there is not, leave the registry to the next start", async () => {
  await expect(fixture.start({ inputs: [{ id: "test", paths: ["relative/*.log"] }] })).rejects.toMatchObject({
    code: "GATELOG_FILE_TAIL_PATTERN",
  });
  await expect(fixture.start({ limits: { batchBytesMax: 9e9 } })).rejects.toThrow(RangeError);
  await writeFile(join(fixture.logs, "a.log"), "a1\n");
  await fixture.start();
  await fixture.arrived(1);
});

test("who waits for the end after a stop is told at once", async () => {
  await fixture.start();
  await fixture.stop();
  await fixture.tail().readToEnd();
});

test("startAt end takes a line that was not ended yet when the file was found as one that comes, as a whole", async () => {
  const log = join(fixture.logs, "a.log");
  await writeFile(log, 'old\n{"half of a ');
  await fixture.start({ inputs: [{ id: "test", paths: [log], startAt: "end" }] });
  await fixture.looksAround();
  await appendFile(log, 'line"}\nnext\n');
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(['{"half of a line"}', "next"]);
});

test("ignoreOlder takes a line that was not ended yet when the file was found as one that comes, as a whole", async () => {
  const log = join(fixture.logs, "a.log");
  // Longer than a piece that is looked at, and in two bytes a character.
  const half = `half${"x".repeat(100_000)}`;
  await writeFile(log, Buffer.from(`old\n${half}`, "utf16le"));
  await utimes(log, 1000, 1000);
  const input: TailInput = { id: "test", paths: [log], ignoreOlderMs: 1000, encoding: "utf-16le" };
  await fixture.start({ inputs: [input] });
  await fixture.looksAround();
  await appendFile(log, Buffer.from(" line\nnext\n", "utf16le"));
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual([`${half} line`, "next"]);
});
