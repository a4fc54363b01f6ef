import { appendFile, rm, writeFile } from "node:fs/promises";
import { waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { inspectRegistry } from "../registry-inspect.ts";
import { age, hourMs, lines, numbered, useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();

test("clean_inactive: of three files those are forgotten that were not written to for long, and the third keeps its offset", async () => {
  const { fixture } = scenario;
  const [first, second, third] = [scenario.at("1.log"), scenario.at("2.log"), scenario.at("3.log")] as const;
  await writeFile(first, "first file\n");
  await writeFile(second, "second file\n");
  await fixture.start({ ...scenario.input({ ignoreOlderMs: hourMs, cleanInactiveMs: 2 * hourMs }), limits: { closeInactiveMs: 50 } });
  await fixture.arrived(2);
  await scenario.offsetsBecome({ [first]: 11, [second]: 12 });
  await age(first, 3 * hourMs);
  await age(second, 3 * hourMs);
  await scenario.offsetsBecome({});
  await writeFile(third, "third file\n");
  await fixture.arrived(3);
  await scenario.everythingRead();
  await fixture.stop();
  await scenario.offsetsBecome({ [third]: 11 });
  expect(fixture.texts().toSorted()).toEqual(["first file", "second file", "third file"]);
});

test("clean_inactive: what is not delivered yet is not forgotten, however old, and keeps its generation", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 3));
  let isRefusing = true;
  const generations: string[] = [];
  fixture.onDeliver = ([line]) => {
    generations.push(Buffer.from(line?.file.generation ?? []).toString("hex"));
    return isRefusing ? Promise.reject(new Error("not now")) : Promise.resolve();
  };
  await age(log, 3 * hourMs);
  const options = { ...scenario.input({ cleanInactiveMs: hourMs }), limits: { closeInactiveMs: 20 } };
  await fixture.start(options);
  await waitFor(() => generations.length >= 3);
  expect((await inspectRegistry(fixture.registryDir)).entries).toMatchObject([{ path: log, offset: 0 }]);
  isRefusing = false;
  await fixture.arrived(3);
  expect(fixture.texts()).toEqual(numbered(1, 3));
  expect(new Set(generations).size).toBe(1);
});

test("clean_inactive: what was forgotten and grows while nothing runs comes again as a whole, as a new file; what does not grow stays away", async () => {
  const { fixture } = scenario;
  const [grown, quiet] = [scenario.at("grown.log"), scenario.at("quiet.log")] as const;
  for (const path of [grown, quiet]) await writeFile(path, "old\n");
  const options = { ...scenario.input({ ignoreOlderMs: hourMs, cleanInactiveMs: 2 * hourMs }), limits: { closeInactiveMs: 50 } };
  await fixture.start(options);
  await fixture.arrived(2);
  for (const path of [grown, quiet]) await age(path, 3 * hourMs);
  await scenario.offsetsBecome({});
  await fixture.stop();
  await appendFile(grown, "new\n");
  await fixture.start(options);
  await fixture.arrived(4);
  await scenario.everythingRead();
  expect(fixture.delivered.filter(({ path }) => path === grown).map(({ text }) => text)).toEqual(["old", "old", "new"]);
  expect(fixture.delivered.filter(({ path }) => path === quiet)).toHaveLength(1);
});

test("clean_removed: a deleted file is forgotten, and the other one keeps its offset", async () => {
  const { fixture } = scenario;
  const [first, second] = [scenario.at("1.log"), scenario.at("2.log")] as const;
  await writeFile(first, "file to be removed\n");
  await writeFile(second, "2\n");
  await fixture.start({ limits: { cleanRemovedMs: 50, closeRemovedMs: 10 } });
  await fixture.arrived(2);
  await scenario.offsetsBecome({ [first]: 19, [second]: 2 });
  await rm(first);
  await waitFor(async () => (await inspectRegistry(fixture.registryDir)).entries.length === 1);
  await appendFile(second, "make sure registry is written\n");
  await fixture.arrived(3);
  await fixture.stop();
  expect((await inspectRegistry(fixture.registryDir)).entries).toMatchObject([{ path: second, offset: 32 }]);
});

test("clean_removed: a deleted file is remembered as long as its bytes may be found again", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 3));
  await fixture.start({ limits: { cleanRemovedMs: hourMs } });
  await fixture.arrived(3);
  await rm(log);
  await scenario.closed();
  await scenario.looked();
  await fixture.stop();
  expect((await inspectRegistry(fixture.registryDir)).entries).toMatchObject([{ path: log, missingSince: expect.any(Number) as number }]);
});

test("bounded registry: files that come and go leave it with what is there, and no larger after the next start", async () => {
  const { fixture, log } = scenario;
  const options = { limits: { cleanRemovedMs: 1, closeRemovedMs: 1, registryFlushMs: 1 } };
  await fixture.start(options);
  for (let round = 1; round <= 20; round += 1) {
    const path = scenario.at(`${round}.log`);
    await writeFile(path, lines(round, round));
    await appendFile(log, lines(round, round));
    await fixture.arrived(2 * round);
    await rm(path);
  }
  await waitFor(async () => (await inspectRegistry(fixture.registryDir)).entries.length === 1);
  await fixture.stop();
  await fixture.start(options);
  await scenario.looked();
  await fixture.stop();
  const { files, entries } = await inspectRegistry(fixture.registryDir);
  expect(entries).toMatchObject([{ path: log, offset: lines(1, 20).length }]);
  expect(files.length).toBeLessThanOrEqual(2);
  expect(files[0]?.bytes).toBeLessThan(2_000);
});
