import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture } from "./fixture.test-helper.ts";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.remove());

test("a stop during which something unforeseen fails says so, saves what is acknowledged, and leaves the registry to the next one", async () => {
  await writeFile(join(fixture.logs, "a.log"), "one\n");
  let isFailing = false;
  await fixture.start({
    hints: false,
    limits: { scanIntervalMs: 60_000, registryFlushMs: 60_000 },
    onEvent: () => {
      if (isFailing) throw new Error("unforeseen");
    },
  });
  await fixture.arrived(1);
  // The last look finds a new file, of which is told.
  await writeFile(join(fixture.logs, "b.log"), "two\n");
  isFailing = true;
  await expect(fixture.stop()).rejects.toThrow("unforeseen");
  expect(fixture.tail().status().hasUndelivered).toBe(true);
  await fixture.start();
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["one", "two"]);
});

test("a file that grows and is deleted during a stop is read to its end, and no line of it in two pieces", async () => {
  const log = join(fixture.logs, "a.log");
  await writeFile(log, "whole\nhal");
  await fixture.start({ hints: false, limits: { scanIntervalMs: 60_000, pollIntervalMsMin: 60_000, pollIntervalMsMax: 60_000 } });
  await fixture.arrived(1);
  await writeFile(join(fixture.logs, "b.log"), "found at the end\n");
  fixture.onDeliver = async () => {
    fixture.onDeliver = () => Promise.resolve();
    await appendFile(log, "f\nmore\nlast");
    await rm(log);
  };
  await fixture.stop();
  expect(fixture.texts()).toEqual(["whole", "found at the end", "half", "more", "last"]);
});
