import { appendFile, writeFile } from "node:fs/promises";
import { waitFor } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { gateOf } from "../fixture.test-helper.ts";
import { byNumber, lines, numbered, useScenario } from "./scenario.test-helper.ts";

const scenario = useScenario();

test("fair_reads: two files with much to read are read in turns, a read of each", async () => {
  const { fixture } = scenario;
  const [older, newer] = [scenario.at("z-older.log"), scenario.at("a-newer.log")] as const;
  await writeFile(older, "i have been around a while\n".repeat(1000));
  await writeFile(newer, "and i am the new file\n".repeat(1000));
  await fixture.start({ limits: { readBytesMax: 270 } });
  await fixture.arrived(2000);
  const paths = fixture.delivered.map(({ path }) => path);
  const turns = paths.filter((path, index) => path !== paths[index - 1]).length;
  // Each of the 22,000 bytes of the shorter one is read 270 at a time, with a turn of the other one between.
  expect(turns).toBeGreaterThan(100);
});

test("harvester_limit: with one handle, files that are closed at their ends are all read, each line once, and again when they grow", async () => {
  const { fixture } = scenario;
  const paths = [1, 2, 3, 4].map((index) => scenario.at(`${index}.log`));
  for (const [index, path] of paths.entries()) await writeFile(path, lines(index * 2 + 1, index * 2 + 2));
  let openFilesMax = 0;
  fixture.onDeliver = () => {
    openFilesMax = Math.max(openFilesMax, fixture.tail().status().openFiles);
    return Promise.resolve();
  };
  await fixture.start({ ...scenario.input({ closeEof: true }), limits: { openFilesMax: 1 } });
  await fixture.arrived(8);
  for (const [index, path] of paths.entries()) await appendFile(path, lines(index + 9, index + 9));
  await fixture.arrived(12);
  await scenario.everythingRead();
  expect(byNumber(fixture.texts())).toEqual(numbered(1, 12));
  expect(openFilesMax).toBe(1);
});

test("back-pressure within a multiline event neither splits it nor loses lines of it", async () => {
  const { fixture, log } = scenario;
  const gate = gateOf();
  let calls = 0;
  fixture.onDeliver = () => {
    calls += 1;
    return gate.promise;
  };
  const event = (index: number) => `[${index}] begins\n goes on\n and ends`;
  const parsers = [{ multiline: { type: "pattern", pattern: "^\\[", negate: true, match: "after", flushMs: 400 } }] as const;
  await fixture.start({ ...scenario.input({ parsers }), limits: { deliveriesMax: 1, batchLinesMax: 3, readBytesMax: 64 } });
  await appendFile(log, Array.from({ length: 40 }, (_, index) => `${event(index)}\n`).join(""));
  await waitFor(() => calls === 1);
  await scenario.looked();
  await appendFile(log, `${event(40)}\n`);
  gate.open();
  await fixture.arrived(41);
  await scenario.everythingRead();
  expect(fixture.texts()).toEqual(Array.from({ length: 41 }, (_, index) => event(index)));
});
