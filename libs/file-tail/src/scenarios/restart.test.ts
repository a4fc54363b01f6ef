import { appendFile, mkdir, readdir, rename, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { inspectRegistry } from "../registry-inspect.ts";
import { age, byNumber, hourMs, inodesOf, lines, numbered, useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();

test("restart_continue: below directories too, only what was added comes, and the registry has one entry of the right inode", async () => {
  const { fixture } = scenario;
  const path = scenario.at("some/other/subdirectory/input");
  await mkdir(join(path, ".."), { recursive: true });
  const options = scenario.input({ paths: [scenario.at("**")] });
  await fixture.start(options);
  await writeFile(path, "entry1\n");
  await fixture.arrived(1);
  await fixture.stop();
  await appendFile(path, "entry2\n");
  await fixture.start(options);
  await fixture.arrived(2);
  await scenario.everythingRead();
  await fixture.stop();
  expect(fixture.texts()).toEqual(["entry1", "entry2"]);
  const { registered, present } = await inodesOf(fixture);
  expect(registered).toEqual(present);
  expect(Object.keys(registered)).toEqual([path]);
});

test("restart_state_reset: a file that no input reads any more is not forgotten by another's rules, and is continued when one reads it again", async () => {
  const { fixture, log } = scenario;
  const cleaning = { ignoreOlderMs: hourMs, cleanInactiveMs: 2 * hourMs };
  await writeFile(log, lines(1, 2));
  await fixture.start(scenario.input(cleaning));
  await fixture.arrived(2);
  await fixture.stop();
  const modified = await stat(log);
  await age(log, 24 * hourMs);
  await fixture.start(scenario.input({ ...cleaning, paths: [scenario.at("other.log")] }));
  await scenario.looked();
  await fixture.stop();
  expect((await inspectRegistry(fixture.registryDir)).entries).toMatchObject([{ path: log, offset: modified.size }]);
  await appendFile(log, lines(3, 3));
  await fixture.start(scenario.input(cleaning));
  await fixture.arrived(3);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(numbered(1, 3));
});

test("restart_state_reset: a file of an input that has another id now is continued", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 2));
  await fixture.start(scenario.input());
  await fixture.arrived(2);
  await fixture.stop();
  await appendFile(log, lines(3, 3));
  await fixture.start(scenario.input({ id: "renamed" }));
  await fixture.arrived(3);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(numbered(1, 3));
});

test("restart_state_reset: a time after which files are forgotten that is set, changed or left out counts from the next start on", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 2));
  await age(log, 3 * hourMs);
  for (const cleanInactiveMs of [4 * hourMs, 8 * hourMs, 0]) {
    await fixture.start(scenario.input({ cleanInactiveMs }));
    await fixture.arrived(2);
    await scenario.everythingRead();
    await scenario.looked();
    await fixture.stop();
    expect((await inspectRegistry(fixture.registryDir)).entries).toHaveLength(1);
  }
  await fixture.start({ ...scenario.input({ cleanInactiveMs: 2 * hourMs }), limits: { closeInactiveMs: 10 } });
  await scenario.offsetsBecome({});
  expect(fixture.texts()).toEqual(numbered(1, 2));
});

async function newestState(): Promise<string> {
  const { registryDir } = scenario.fixture;
  const states = (await readdir(registryDir)).filter((name) => name.endsWith(".state")).toSorted((one, other) => one.localeCompare(other));
  return join(registryDir, states.at(-1) ?? "");
}

test("invalid_state: a registry that is no registry does not keep the tail from starting: it says so, and reads everything", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 2));
  await fixture.start();
  await fixture.arrived(2);
  await fixture.stop();
  for (const name of (await readdir(fixture.registryDir)).filter((found) => found.endsWith(".state")))
    await writeFile(join(fixture.registryDir, name), "Hello World");
  await fixture.start();
  expect(await fixture.event("registryDamaged")).toMatchObject({ recoveredFiles: 0 });
  await fixture.arrived(4);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual([...numbered(1, 2), ...numbered(1, 2)]);
});

test("invalid_state: a registry that ends within a record costs no more than that record", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 2));
  await fixture.start();
  await fixture.arrived(2);
  await scenario.offsetsBecome({ [log]: lines(1, 2).length });
  await appendFile(log, lines(3, 3));
  await fixture.arrived(3);
  await scenario.offsetsBecome({ [log]: lines(1, 3).length });
  await fixture.stop();
  const path = await newestState();
  await truncate(path, (await stat(path)).size - 5);
  await fixture.start();
  await appendFile(log, lines(4, 4));
  await waitFor(() => fixture.texts().at(-1) === numbered(4, 4)[0]);
  await scenario.everythingRead();
  // Repeats are allowed, of what the last record said; gaps are not.
  expect([...new Set(fixture.texts())]).toEqual(numbered(1, 4));
  const places = new Map(fixture.delivered.map(({ text, place }) => [text, place]));
  expect(fixture.delivered.every(({ text, place }) => places.get(text) === place)).toBe(true);
});

test("FileMovedWhileOff_BigFiles: lines longer than a fingerprint, added, moved and followed by a new file while nothing runs, come once", async () => {
  const { fixture, log } = scenario;
  const [first, second, third] = ["a".repeat(1001), "b".repeat(1002), "c".repeat(1003)] as const;
  const options = scenario.input({ paths: [scenario.at("app.log*")] });
  await writeFile(log, `${first}\n`);
  await fixture.start(options);
  await fixture.arrived(1);
  await fixture.stop();
  await appendFile(log, `${second}\n`);
  await rename(log, `${log}2`);
  await writeFile(log, `${third}\n`);
  await fixture.start(options);
  await fixture.arrived(3);
  await scenario.everythingRead();
  expect(fixture.texts().toSorted()).toEqual([first, second, third]);
  await scenario.offsetsBecome({ [`${log}2`]: 2005, [log]: 1004 });
});

test("FileMovedWhileOff_BigFiles: of a file of many reads the rest comes from its new name, and nothing twice", async () => {
  const { fixture, log } = scenario;
  const limits = { readBytesMax: 4096 };
  const options = { ...scenario.input({ paths: [scenario.at("app.log*")] }), limits };
  await writeFile(log, lines(1, 5000));
  await fixture.start(options);
  await fixture.arrived(5000);
  await fixture.stop();
  await appendFile(log, lines(5001, 9000));
  await rename(log, `${log}.1`);
  await writeFile(log, lines(9001, 9100));
  await fixture.start(options);
  await fixture.arrived(9100);
  await scenario.everythingRead();
  expect(byNumber(fixture.texts())).toEqual(numbered(1, 9100));
});
