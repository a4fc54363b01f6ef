import { appendFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture } from "./fixture.test-helper.ts";
import type { TailInput } from "./types.ts";

/** Files that were closed, and what is counted from when they are opened again. */
let fixture: Fixture;
let log: string;
beforeEach(async () => {
  fixture = await createFixture();
  log = join(fixture.logs, "app.log");
});
afterEach(() => fixture.remove());

const flushMs = 1500;
const indented = (): TailInput => ({
  id: "test",
  paths: [join(fixture.logs, "*.log")],
  parsers: [{ multiline: { type: "pattern", pattern: "^\\s", match: "after", flushMs } }],
});

async function closed(): Promise<void> {
  await fixture.event("fileClosed");
  await waitFor(() => fixture.tail().status().openFiles === 0, { what: "the file to be closed" });
}

test("an event of several lines that begins a closed file is waited for as long as in an open one", async () => {
  await writeFile(log, "first\n");
  await fixture.start({ inputs: [indented()], limits: { closeInactiveMs: 100 } });
  await fixture.arrived(1);
  await closed();
  await sleep(flushMs);
  await appendFile(log, "java.lang.Exception\n");
  await waitFor(() => fixture.tail().status().openFiles === 1, { what: "the file to be opened" });
  await appendFile(log, "\tat frame1\n");
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["first", "java.lang.Exception\n\tat frame1"]);
});

test("a file that is written to again is open for closeInactiveMs from then on", async () => {
  await writeFile(log, "first\n");
  await fixture.start({ limits: { closeInactiveMs: 1000 } });
  await fixture.arrived(1);
  await closed();
  const closings = () => fixture.events.filter(({ type }) => type === "fileClosed").length;
  const before = closings();
  for (let n = 0; n < 6; n += 1) {
    await appendFile(log, `line ${n}\n`);
    await fixture.arrived(n + 2);
  }
  expect(closings()).toBe(before);
});

test("a closed file that grows and is renamed out of sight is held open for closeRemovedMs from then on", async () => {
  await writeFile(log, "first\n");
  await fixture.start({ limits: { closeInactiveMs: 100, closeRemovedMs: 3000 } });
  await fixture.arrived(1);
  await closed();
  await sleep(500);
  await appendFile(log, "second\n");
  await fixture.arrived(2);
  const rotated = join(fixture.logs, "elsewhere");
  await rename(log, rotated);
  await waitFor(() => fixture.tail().status().scans >= 3);
  await appendFile(rotated, "third\n");
  await fixture.arrived(3);
});

test("an event that waits for its next line is handed on only after a look whether that came", async () => {
  await writeFile(log, "first\n");
  const limits = { pollIntervalMsMin: 10, pollIntervalMsMax: 60_000, scanIntervalMs: 60_000 };
  await fixture.start({ hints: false, inputs: [indented()], limits });
  await fixture.arrived(1);
  // The file is polled ever more seldom meanwhile.
  await sleep(2000);
  await appendFile(log, "E\n");
  await waitFor(() => fixture.tail().status().backlogBytes > 0, { what: "the first line to be seen", intervalMs: 1 });
  await appendFile(log, "\tat\n");
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["first", "E\n\tat"]);
});
