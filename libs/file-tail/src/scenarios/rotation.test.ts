import { appendFile, open, rename, rm, writeFile } from "node:fs/promises";
import { waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { age, hourMs, inodesOf, useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();
const limits = { closeInactiveMs: 100 };
const rotated = () => ({ ...scenario.input({ paths: [scenario.at("input*")] }), limits });

test("rotating_file: the offset moves with the file to its next name, and the new file of the old name has its own", async () => {
  const { fixture, log } = scenario;
  await fixture.start({ limits });
  await writeFile(log, "offset 9\n");
  await fixture.arrived(1);
  await rename(log, scenario.at("app.1.log"));
  await writeFile(log, "offset 10\n");
  await fixture.arrived(2);
  await scenario.offsetsBecome({ [log]: 10, [scenario.at("app.1.log")]: 9 });
  await scenario.everythingRead();
  await fixture.stop();
  expect(fixture.texts()).toEqual(["offset 9", "offset 10"]);
});

/** Two rotations, at the second of which the oldest file goes and an empty file is there for a moment. */
async function rotateTwice(between: () => Promise<void>): Promise<void> {
  const { fixture } = scenario;
  const [newest, middle, oldest] = [scenario.at("input"), scenario.at("input.1"), scenario.at("input.2")] as const;
  await writeFile(newest, "entry1\n");
  await fixture.arrived(1);
  await rename(newest, middle);
  await writeFile(newest, "entry2\n");
  await fixture.arrived(2);
  await scenario.offsetsBecome({ [newest]: 7, [middle]: 7 });
  await between();
  await rename(middle, oldest);
  await rename(newest, middle);
  await writeFile(newest, "");
  await rm(oldest);
  await writeFile(newest, "entry3\n");
}

async function expectInodes(): Promise<void> {
  const { fixture } = scenario;
  await fixture.arrived(3);
  await scenario.offsetsBecome({ [scenario.at("input")]: 7, [scenario.at("input.1")]: 7 });
  const { registered, present } = await inodesOf(fixture);
  expect(registered).toEqual(present);
  await fixture.stop();
  expect(fixture.texts()).toEqual(["entry1", "entry2", "entry3"]);
}

test("rotating_file_inode: through rotations and a deletion the registry says which inode is at which path", async () => {
  await scenario.fixture.start(rotated());
  await rotateTwice(() => Promise.resolve());
  await expectInodes();
});

test("rotating_file_with_restart: rotated and deleted while nothing runs, only what is new comes", async () => {
  const { fixture } = scenario;
  await fixture.start(rotated());
  await rotateTwice(() => fixture.stop());
  await fixture.start(rotated());
  await expectInodes();
});

/** A rotation of two files in which the older one goes, and what the registry says before and after it. */
async function rotateOut(before: Record<string, number>, count: number): Promise<void> {
  const { fixture } = scenario;
  const [newest, middle, oldest] = [scenario.at("input"), scenario.at("input.1"), scenario.at("input.2")] as const;
  await fixture.arrived(count);
  await scenario.offsetsBecome(before);
  await rename(middle, oldest);
  await rename(newest, middle);
  await writeFile(newest, "entry200\n");
  await rm(oldest);
  await fixture.arrived(count + 1);
  await scenario.offsetsBecome({ [newest]: 9, [middle]: 8 });
  await scenario.everythingRead();
}

test("state_after_rotation: files that take each other's names keep their offsets", async () => {
  const { fixture } = scenario;
  await writeFile(scenario.at("input"), "entry10\n");
  await writeFile(scenario.at("input.1"), "entry0\n");
  await fixture.start(rotated());
  await rotateOut({ [scenario.at("input")]: 8, [scenario.at("input.1")]: 7 }, 2);
  expect(fixture.texts().toSorted()).toEqual(["entry0", "entry10", "entry200"]);
});

test("state_after_rotation_ignore_older: a file that is ignored for its age leaves its name to another one, which is not", async () => {
  const { fixture } = scenario;
  await writeFile(scenario.at("input"), "entry10\n");
  await writeFile(scenario.at("input.1"), "entry0\n");
  await age(scenario.at("input.1"), 24 * hourMs);
  await fixture.start({ ...scenario.input({ paths: [scenario.at("input*")], ignoreOlderMs: hourMs }), limits });
  // An ignored file is known by its end, so that it is not read when it grows.
  await rotateOut({ [scenario.at("input")]: 8, [scenario.at("input.1")]: 7 }, 1);
  expect(fixture.texts().toSorted()).toEqual(["entry10", "entry200"]);
});

test("file_renaming: a file that is renamed is not read again, and what is added to it under its new name is read", async () => {
  const { fixture } = scenario;
  const [old, renamed] = [scenario.at("test-old.log"), scenario.at("test-new.log")];
  await writeFile(old, "old file\n".repeat(5));
  await fixture.start();
  await fixture.arrived(5);
  await rename(old, renamed);
  await appendFile(renamed, "new file\n".repeat(6));
  await fixture.arrived(11);
  await scenario.everythingRead();
  await scenario.offsetsBecome({ [renamed]: 99 });
  expect(fixture.texts()).toEqual([...Array<string>(5).fill("old file"), ...Array<string>(6).fill("new file")]);
  expect(await fixture.event("fileRenamed")).toEqual({ type: "fileRenamed", path: renamed, from: old });
});

test("file_disappear_appear: a file of the same name and the same content, made after the first was let go, is read too", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, "disappearing file\n".repeat(5));
  await fixture.start();
  await fixture.arrived(5);
  await rm(log);
  await fixture.event("fileClosed");
  await writeFile(log, "disappearing file\n".repeat(6));
  await fixture.arrived(11);
  await scenario.everythingRead();
  expect(fixture.delivered).toHaveLength(11);
  expect(new Set(fixture.delivered.map(({ place }) => place)).size).toBe(11);
  await scenario.offsetsBecome({ [log]: 108 });
});

test("new_line_on_open_file: what a program writes to a file that it holds open is read as it is written", async () => {
  const { fixture, log } = scenario;
  const writer = await open(log, "a");
  try {
    await writer.write("hello world\n");
    await fixture.start();
    await fixture.arrived(1);
    await writer.write("hello world 1\nhello world 2\n");
    await fixture.arrived(3);
    await waitFor(() => fixture.tail().status().backlogBytes === 0);
    expect(fixture.texts()).toEqual(["hello world", "hello world 1", "hello world 2"]);
  } finally {
    await writer.close();
  }
});
