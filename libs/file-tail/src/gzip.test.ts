import { execFile } from "node:child_process";
import { appendFile, copyFile, open, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture, gateOf } from "./fixture.test-helper.ts";
import { GzipReader } from "./gzip-reader.ts";

const run = promisify(execFile);
let fixture: Fixture;
let log: string;
beforeEach(async () => {
  fixture = await createFixture();
  log = join(fixture.logs, "app.log");
});
afterEach(() => fixture.remove());

/** Matches the log, what it is renamed to, and that when it is compressed. */
const all = () => ({ inputs: [{ id: "test", paths: [join(fixture.logs, "app.log*")] }] });
/** Matches what the log is renamed to, and not what is compressed. */
const beside = () => ({ inputs: [{ id: "test", paths: [join(fixture.logs, "app.log"), join(fixture.logs, "app.log.[0-9]")] }] });
const logAlone = () => ({ inputs: [{ id: "test", paths: [log] }] });

function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index} of the application\n`).join("");
}

async function eachOnce(last: number): Promise<void> {
  await fixture.arrived(last);
  await waitFor(() => fixture.tail().status().pendingCopies === 0 && fixture.tail().status().backlogBytes === 0);
  await fixture.stop();
  const sorted = fixture.texts().toSorted((a, b) => Number(a.split(" ")[1]) - Number(b.split(" ")[1]));
  expect(sorted).toEqual(lines(1, last).trimEnd().split("\n"));
}

const gzip = (path: string) => run("gzip", [path]);

test.each([
  ["the patterns match", all],
  ["stands beside one that the patterns match", beside],
])("a delivered file that is compressed to one that %s is not read again, live and after a restart", async (_, inputs) => {
  await writeFile(log, lines(1, 500));
  await fixture.start(inputs());
  await fixture.arrived(500);
  await rename(log, `${log}.1`);
  await gzip(`${log}.1`);
  await writeFile(log, lines(501, 510));
  await fixture.arrived(510);
  await fixture.stop();
  await rename(`${log}.1.gz`, `${log}.2.gz`);
  await fixture.start(inputs());
  await eachOnce(510);
});

test.each([
  ["the patterns match", all],
  ["stands beside one that the patterns match", beside],
  ["no pattern matches, beside the log", logAlone],
])("a file that was rotated and compressed while nothing ran, to one that %s, is finished from there", async (_, inputs) => {
  await writeFile(log, lines(1, 500));
  await fixture.start(inputs());
  await fixture.arrived(500);
  await fixture.stop();
  await appendFile(log, lines(501, 40_000));
  await rename(log, `${log}.1`);
  await gzip(`${log}.1`);
  await writeFile(log, lines(40_001, 40_010));
  await fixture.start(inputs());
  await eachOnce(40_010);
  expect(new Set(fixture.delivered.slice(0, 40_000).map(({ place }) => place.split("@")[0])).size).toBeLessThanOrEqual(2);
  expect(await fixture.event("compressedFinished")).toMatchObject({ bytes: lines(501, 40_000).length });
});

test.each([
  ["a compressed file", all, true],
  ["a compressed file that no pattern matches", logAlone, true],
  ["a renamed file that no pattern matches", logAlone, false],
])("%s is read on in its middle after a restart", async (_, inputs, isCompressed) => {
  await writeFile(log, lines(1, 100));
  await fixture.start(inputs());
  await fixture.arrived(100);
  await fixture.stop();
  await appendFile(log, lines(101, 20_000));
  await rename(log, `${log}.1`);
  if (isCompressed) await gzip(`${log}.1`);
  for (let round = 0; round < 3; round += 1) {
    const arrived = fixture.delivered.length;
    fixture.onDeliver = () => (fixture.delivered.length > arrived + 3000 ? Promise.reject(new Error("stopped")) : Promise.resolve());
    await fixture.start(inputs());
    await waitFor(() => fixture.delivered.length > arrived + 3000);
    await fixture.stop();
  }
  fixture.onDeliver = () => Promise.resolve();
  await fixture.start(inputs());
  await eachOnce(20_000);
});

test("the open handle of a file that was compressed is read before its compressed form, which is then not read", async () => {
  await writeFile(log, lines(1, 100));
  await fixture.start({ ...all(), limits: { deliveriesMax: 1, batchLinesMax: 50, closeRemovedMs: 200 } });
  await fixture.arrived(100);
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await appendFile(log, lines(101, 5000));
  await waitFor(() => fixture.tail().status().backlogBytes > 0);
  await rename(log, `${log}.1`);
  await gzip(`${log}.1`);
  await waitFor(() => fixture.tail().status().deletedOpenFiles === 1);
  gate.open();
  await eachOnce(5000);
});

test("copytruncate and compression of the copy, offline: what was unread is read from the compressed copy", async () => {
  await writeFile(log, lines(1, 300));
  await fixture.start(all());
  await fixture.arrived(300);
  await fixture.stop();
  await appendFile(log, lines(301, 400));
  await copyFile(log, `${log}.1`);
  await truncate(log, 0);
  await gzip(`${log}.1`);
  await appendFile(log, lines(401, 500));
  await fixture.start(all());
  await eachOnce(500);
});

test("a compressed file beside its original is not read as long as that is there, however long, and finishes it when it is gone", async () => {
  await writeFile(`${log}.1`, lines(1, 300));
  await fixture.start({ ...all(), limits: { copyWaitMs: 50 } });
  await fixture.arrived(300);
  await run("gzip", ["-k", `${log}.1`]);
  await waitFor(() => fixture.events.some((event) => event.type === "fileClosed" && event.reason === "copy"));
  await appendFile(log, lines(301, 310));
  await fixture.arrived(310);
  await fixture.stop();
  await rm(`${log}.1`);
  await fixture.start(all());
  await eachOnce(310);
});

test("an unknown compressed file is read from its beginning, its last line even without its end; several members are one file", async () => {
  await writeFile(`${log}.3.gz`, Buffer.concat([gzipSync(lines(1, 1000)), gzipSync(lines(1001, 1500).trimEnd())]));
  await fixture.start(all());
  await eachOnce(1500);
  expect(fixture.delivered.at(-1)?.place.split("@")[1]).toBe(String(lines(1, 1499).length));
  await fixture.start(all());
  await waitFor(() => fixture.tail().status().files === 1);
  await eachOnce(1500);
});

test("a compressed file that no pattern matches, and of which nothing is known, is not read", async () => {
  await writeFile(`${log}.1.gz`, gzipSync(lines(1, 10)));
  await writeFile(log, "one\n");
  await fixture.start(beside());
  await fixture.arrived(1);
  await waitFor(() => fixture.tail().status().openFiles === 1);
  await appendFile(log, "two\n");
  await fixture.arrived(2);
  expect(fixture.texts()).toEqual(["one", "two"]);
});

test("a compressed file that is still being written waits until it is whole", async () => {
  const bytes = gzipSync(lines(1, 5000));
  await writeFile(`${log}.1.gz`, bytes.subarray(0, 2000));
  await fixture.start(all());
  await writeFile(log, "first\n");
  await fixture.arrived(1);
  await appendFile(`${log}.1.gz`, bytes.subarray(2000));
  await fixture.arrived(5001);
  expect(fixture.texts().slice(1)).toEqual(lines(1, 5000).trimEnd().split("\n"));
});

test("a damaged compressed file is told, nothing of it is read, and it is read when it was mended", async () => {
  const bytes = gzipSync(lines(1, 5000));
  const damaged = Buffer.from(bytes);
  damaged.writeUInt8((damaged.at(-6) ?? 0) ^ 1, damaged.length - 6);
  await writeFile(`${log}.1.gz`, damaged);
  await fixture.start({ ...all(), limits: { copyWaitMs: 50 } });
  expect(await fixture.event("compressedDamaged")).toMatchObject({ path: `${log}.1.gz` });
  expect(fixture.delivered).toEqual([]);
  await writeFile(`${log}.1.gz`, bytes);
  await eachOnce(5000);
});

test("with compression none, a compressed file is bytes like any other, and none is looked for", async () => {
  await writeFile(log, lines(1, 10));
  const inputs = [{ id: "test", paths: [log], compression: "none" as const }];
  await fixture.start({ inputs });
  await fixture.arrived(10);
  await fixture.stop();
  await appendFile(log, lines(11, 20));
  await rename(log, `${log}.1`);
  await gzip(`${log}.1`);
  await fixture.start({ inputs });
  expect(await fixture.event("fileFound")).toBeDefined();
  await waitFor(() => fixture.tail().status().looseGenerations === 1);
  await fixture.stop();
  expect(fixture.delivered).toHaveLength(10);
});

test("a delivered compressed file is deleted where the input says so, one beside the patterns is not", async () => {
  await writeFile(`${log}.1.gz`, gzipSync(lines(1, 10)));
  const inputs = [{ id: "test", paths: [`${log}.1.gz`, `${log}.2`], deleteAfterDelivery: true, deleteGraceMs: 0 }];
  await writeFile(`${log}.2.gz`, gzipSync(lines(1, 10)));
  await fixture.start({ inputs });
  expect(await fixture.event("fileDeleted")).toMatchObject({ path: `${log}.1.gz` });
  expect((await readFile(`${log}.2.gz`)).length).toBeGreaterThan(0);
});

test("the reader inflates at any position, back and forth", async () => {
  const text = Buffer.from(lines(1, 20_000));
  await writeFile(`${log}.gz`, gzipSync(text));
  const handle = await open(`${log}.gz`);
  const reader = new GzipReader(handle);
  for (const [position, length] of [
    [0, 10],
    [5, 70_000],
    [300_000, 10],
    [299_990, 30],
    [10, 5],
    [text.length - 5, 100],
    [text.length, 10],
  ] as const) {
    const buffer = Buffer.alloc(length);
    const filled = await reader.readInto({ buffer, at: 0, length, position });
    expect(buffer.subarray(0, filled).equals(text.subarray(position, position + length))).toBe(true);
  }
  reader.close();
  await handle.close();
});
