import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture, gateOf } from "./fixture.test-helper.ts";
import type { TailLine } from "./types.ts";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.remove());

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name} ${index}`);
const write = (name: string, count: number) =>
  writeFile(
    join(fixture.logs, `${name}.log`),
    numbered(name, count)
      .map((line) => `${line}\n`)
      .join(""),
  );
const textOf = ({ bytes }: TailLine) => Buffer.from(bytes).toString();
const isHeld = (lines: readonly TailLine[]) => lines.some((line) => textOf(line) === "held 0");
const backlogIs = (bytes: number) => waitFor(() => fixture.tail().status().backlogBytes === bytes, { what: `a backlog of ${bytes} bytes` });
const bytesOf = (lines: readonly string[]) => lines.reduce((sum, line) => sum + line.length + 1, 0);

test("a batch that waits for long holds back its own file alone", async () => {
  const gate = gateOf();
  fixture.onDeliver = (lines) => (isHeld(lines) ? gate.promise : Promise.resolve());
  await write("held", 10);
  await fixture.start({ limits: { batchLinesMax: 10, deliveriesMax: 2 } });
  await waitFor(() => fixture.tail().status().backlogBytes > 0);
  for (const name of ["a", "b", "c", "d"]) await write(name, 50);
  await fixture.arrived(200);
  // What is acknowledged of the others counts although an earlier batch waits.
  await backlogIs(bytesOf(numbered("held", 10)));
  gate.open();
  await fixture.arrived(210);
  await backlogIs(0);
});

test("of one file nothing counts before what stands before it, however much of it is acknowledged", async () => {
  const gate = gateOf();
  fixture.onDeliver = (lines) => (isHeld(lines) ? gate.promise : Promise.resolve());
  await write("held", 200);
  await fixture.start({ limits: { batchLinesMax: 10, deliveriesMax: 2 } });
  await fixture.arrived(190);
  await backlogIs(bytesOf(numbered("held", 200)));
  gate.open();
  await fixture.arrived(200);
  await backlogIs(0);
  expect(new Set(fixture.texts())).toEqual(new Set(numbered("held", 200)));
});

test("no more is acknowledged ahead of what waits than aheadBytesMax allows", async () => {
  const gate = gateOf();
  fixture.onDeliver = (lines) => (isHeld(lines) ? gate.promise : Promise.resolve());
  await write("held", 200);
  // A batch counts as 16 KiB at least.
  await fixture.start({ limits: { batchLinesMax: 10, deliveriesMax: 2, aheadBytesMax: 3 * 16 * 1024 } });
  await fixture.arrived(30);
  const { scans } = fixture.tail().status();
  await waitFor(() => fixture.tail().status().scans >= scans + 3, { what: "three more looks" });
  expect(fixture.delivered).toHaveLength(30);
  gate.open();
  await fixture.arrived(200);
  await backlogIs(0);
});

test("after a rejection what was acknowledged ahead of it is handed on again, under the same places", async () => {
  const gate = gateOf();
  let isRefused = true;
  fixture.onDeliver = async (lines) => {
    if (!isHeld(lines) || !isRefused) return;
    await gate.promise;
    isRefused = false;
    throw new Error("given up");
  };
  await write("held", 50);
  await fixture.start({ limits: { batchLinesMax: 10, deliveriesMax: 2 } });
  await fixture.arrived(40);
  gate.open();
  await fixture.event("deliveryRejected");
  await fixture.arrived(90);
  await backlogIs(0);
  const places = new Map(fixture.delivered.map(({ place, text }) => [place, text]));
  expect([...places.values()]).toHaveLength(50);
});

test("a stop during which a batch is given up says so, and the next start goes on before it", async () => {
  const gate = gateOf();
  fixture.onDeliver = async (lines) => {
    if (!isHeld(lines)) return;
    await gate.promise;
    throw new Error("given up");
  };
  await write("held", 50);
  await write("other", 50);
  await fixture.start({ limits: { batchLinesMax: 10, deliveriesMax: 2 } });
  await waitFor(() => fixture.delivered.length >= 60, { what: "what does not wait" });
  const stopped = fixture.stop();
  gate.open();
  await stopped;
  expect(fixture.tail().status().hasUndelivered).toBe(true);
  fixture.onDeliver = () => Promise.resolve();
  await fixture.start();
  await waitFor(() => new Set(fixture.texts()).size === 100, { what: "every line" });
});
