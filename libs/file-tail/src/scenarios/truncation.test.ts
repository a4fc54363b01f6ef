import { appendFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { gateOf } from "../fixture.test-helper.ts";
import { lines, numbered, useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();
const hello = "Hello World";

function generations(): number {
  return new Set(scenario.fixture.delivered.map(({ place }) => place.split("@")[0])).size;
}

test("truncated_file_open: an open file that is truncated begins anew, although it begins with the same line", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, `${hello}\n`.repeat(3));
  await fixture.start();
  await fixture.arrived(3);
  expect(fixture.tail().status().openFiles).toBe(1);
  await writeFile(log, `${hello}\n`);
  await fixture.arrived(4);
  expect(await fixture.event("fileTruncated")).toMatchObject({ path: log, offset: 36 });
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(Array<string>(4).fill(hello));
  expect(generations()).toBe(2);
  await scenario.offsetsBecome({ [log]: 12 });
});

test("truncated_file_closed: a file that was closed and is then truncated begins anew", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, `${hello}\n`.repeat(3));
  await fixture.start({ limits: { closeInactiveMs: 40 } });
  await fixture.arrived(3);
  await scenario.closed();
  await writeFile(log, `${hello}\n`);
  await fixture.arrived(4);
  expect(await fixture.event("fileTruncated")).toMatchObject({ path: log, offset: 36 });
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(Array<string>(4).fill(hello));
  expect(generations()).toBe(2);
  await scenario.offsetsBecome({ [log]: 12 });
});

test("live truncation: over and over, every line comes once, and the registry follows", async () => {
  const { fixture, log } = scenario;
  await fixture.start();
  for (let round = 0; round < 5; round += 1) {
    const [from, to] = [round * 20 + 1, round * 20 + 20 - round];
    await appendFile(log, lines(from, to));
    await waitFor(() => fixture.texts().at(-1) === numbered(to, to)[0]);
    await truncate(log, 0);
    await waitFor(() => fixture.events.filter(({ type }) => type === "fileTruncated").length === round + 1);
    await scenario.offsetsBecome({});
  }
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual([0, 1, 2, 3, 4].flatMap((round) => numbered(round * 20 + 1, round * 20 + 20 - round)));
  expect(generations()).toBe(5);
  expect(fixture.events.some(({ type }) => type === "fileLost")).toBe(false);
});

test("live truncation to a part of what was there: the rest of it comes again, and nothing that follows is missing", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 10));
  await fixture.start();
  await fixture.arrived(10);
  await truncate(log, lines(1, 4).length);
  await fixture.event("fileTruncated");
  await appendFile(log, lines(11, 12));
  await fixture.arrived(16);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual([...numbered(1, 10), ...numbered(1, 4), ...numbered(11, 12)]);
});

test.each([
  ["smaller than it was", 3],
  ["of the size that it had", 10],
  ["larger than it was", 40],
])("offline truncation: a file that is truncated while nothing runs, and %s at the start, is read from its beginning", async (_, count) => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(101, 110));
  await fixture.start();
  await fixture.arrived(10);
  await fixture.stop();
  await truncate(log, 0);
  await appendFile(log, lines(201, 200 + count));
  await fixture.start();
  await fixture.arrived(10 + count);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual([...numbered(101, 110), ...numbered(201, 200 + count)]);
  expect(generations()).toBe(2);
});

test("offline truncation to nothing: what is written after the start is read, and nothing before", async () => {
  const { fixture, log } = scenario;
  await writeFile(log, lines(1, 10));
  await fixture.start();
  await fixture.arrived(10);
  await fixture.stop();
  await truncate(log, 0);
  await fixture.start();
  await fixture.event("fileTruncated");
  await appendFile(log, lines(11, 12));
  await fixture.arrived(12);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(numbered(1, 12));
});

test("a file that is truncated while the link to it is away begins anew when the link is back", async () => {
  const { fixture, log } = scenario;
  const link = scenario.at("link.log");
  await writeFile(log, lines(1, 4));
  await symlink(log, link);
  await fixture.start(scenario.input({ symlinks: true }));
  await fixture.arrived(4);
  await rm(link);
  await truncate(log, 0);
  await symlink(log, link);
  await appendFile(log, lines(5, 7));
  await fixture.arrived(7);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(numbered(1, 7));
});

test("TruncateBlockedOutput without a copy: a line that is added while nothing can be delivered, and truncated away, is told; what follows comes", async () => {
  const { fixture, log } = scenario;
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await writeFile(log, "first line\nsecond line\n");
  await fixture.start({ limits: { deliveriesMax: 1 } });
  await waitFor(() => fixture.tail().status().backlogBytes === 23);
  await appendFile(log, "third line\n");
  await waitFor(() => fixture.tail().status().backlogBytes === 34);
  await truncate(log, 0);
  await fixture.event("fileTruncated");
  await appendFile(log, "fourth line\n");
  gate.open();
  await fixture.arrived(3);
  expect(await fixture.event("fileLost")).toMatchObject({ path: log, unreadBytes: 11 });
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(["first line", "second line", "fourth line"]);
  await scenario.offsetsBecome({ [log]: 12 });
});
