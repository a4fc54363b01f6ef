import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture, gateOf } from "./fixture.test-helper.ts";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.remove());

const linesOf = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name} ${index}\n`).join("");

test("a file that was to give its handle up reads on when whoever waited for it is gone", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  const waiting = join(fixture.logs, "waiting.log");
  await appendFile(join(fixture.logs, "busy.log"), linesOf("busy", 1000));
  await fixture.start({ limits: { openFilesMax: 1, batchLinesMax: 10, deliveriesMax: 1 } });
  await waitFor(() => fixture.tail().status().openFiles === 1);
  await appendFile(waiting, linesOf("waiting", 10));
  // The turn of the one that has the handle ends after a second of the other's waiting.
  const { scans } = fixture.tail().status();
  await waitFor(() => fixture.tail().status().scans > scans + 15, { what: "scans", deadlineMs: 20_000 });
  await rm(waiting);
  await waitFor(() => fixture.tail().status().files === 1);
  gate.open();
  await fixture.arrived(1000);
  expect(new Set(fixture.texts()).size).toBe(1000);
});
