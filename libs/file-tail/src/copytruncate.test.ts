import { appendFile, copyFile, mkdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture, gateOf } from "./fixture.test-helper.ts";

let fixture: Fixture;
let log: string;
beforeEach(async () => {
  fixture = await createFixture();
  log = join(fixture.logs, "app.log");
});
afterEach(() => fixture.remove());

/** Matches the log and its copies. */
const withCopies = () => ({ inputs: [{ id: "test", paths: [join(fixture.logs, "app.log*")] }] });

function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index} of the application\n`).join("");
}

function numbered(from: number, to: number): string[] {
  return lines(from, to).trimEnd().split("\n");
}

function sorted(): string[] {
  return fixture.texts().toSorted((a, b) => Number(a.split(" ")[1]) - Number(b.split(" ")[1]));
}

async function copyTruncate(to = `${log}.1`): Promise<void> {
  await copyFile(log, to);
  await truncate(log, 0);
}

/** Everything was delivered, no copy waits, and nothing came twice. */
async function eachOnce(last: number): Promise<void> {
  await fixture.arrived(last);
  await settled();
  await fixture.stop();
  expect(sorted()).toEqual(numbered(1, last));
}

const settled = () =>
  waitFor(() => fixture.tail().status().pendingCopies === 0 && fixture.tail().status().backlogBytes === 0, { what: "no copy waits" });

test.each([
  ["a few lines", 3],
  ["more than the fingerprint holds", 500],
])("copytruncate, live, of %s that were read: the copy is not read again", async (_, count) => {
  await writeFile(log, lines(1, count));
  await fixture.start(withCopies());
  await fixture.arrived(count);
  await copyTruncate();
  await appendFile(log, lines(count + 1, count + 5));
  await fixture.arrived(count + 5);
  await fixture.event("copyRecognised");
  await eachOnce(count + 5);
  expect(new Set(fixture.delivered.map(({ place }) => place)).size).toBe(count + 5);
});

test("TruncateBlockedOutput: what was unread at a truncation, while nothing could be delivered, is read from the copy under the same generation", async () => {
  await writeFile(log, lines(1, 500));
  await fixture.start({ ...withCopies(), limits: { deliveriesMax: 1, batchLinesMax: 50 } });
  await fixture.arrived(500);
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await appendFile(log, lines(501, 1000));
  await waitFor(() => fixture.tail().status().backlogBytes > 0);
  await copyTruncate();
  await appendFile(log, lines(1001, 1010));
  await waitFor(() => fixture.events.some(({ type }) => type === "fileTruncated"));
  gate.open();
  await eachOnce(1010);
  const generations = new Set(fixture.delivered.slice(0, 500).map(({ place }) => place.split("@")[0]));
  const [generation] = generations;
  expect(fixture.delivered.filter(({ place }) => place.startsWith(`${generation}@`))).toHaveLength(1000);
});

test("a copy that is seen before the truncation waits for it, and is then not read", async () => {
  await writeFile(log, lines(1, 300));
  await fixture.start({ ...withCopies(), limits: { copyWaitMs: 10_000 } });
  await fixture.arrived(300);
  await copyFile(log, `${log}.1`);
  await fixture.event("copyWaiting");
  await truncate(log, 0);
  expect(await fixture.event("copyRecognised")).toMatchObject({ unreadBytes: 0 });
  await appendFile(log, lines(301, 302));
  await eachOnce(302);
});

test("a copy that waits while its original goes on and is read further, and is then truncated, is not read", async () => {
  await writeFile(log, lines(1, 300));
  await fixture.start({ ...withCopies(), limits: { copyWaitMs: 10_000 } });
  await fixture.arrived(300);
  await copyFile(log, `${log}.1`);
  await fixture.event("copyWaiting");
  await appendFile(log, lines(301, 310));
  await fixture.arrived(310);
  await truncate(log, 0);
  expect(await fixture.event("copyRecognised")).toMatchObject({ unreadBytes: 0 });
  await eachOnce(310);
});

test("a copy whose original is not truncated is a file of its own after a while", async () => {
  await writeFile(log, lines(1, 100));
  await fixture.start({ ...withCopies(), limits: { copyWaitMs: 200 } });
  await fixture.arrived(100);
  await copyFile(log, `${log}.backup`);
  await fixture.arrived(200);
  expect(new Set(fixture.delivered.map(({ place }) => place)).size).toBe(200);
});

test("a file with the head of another one is no copy of it, and is read at once", async () => {
  const head = lines(1, 100);
  await writeFile(log, head + lines(101, 110));
  await fixture.start({ ...withCopies(), limits: { copyWaitMs: 60_000 } });
  await fixture.arrived(110);
  await writeFile(`${log}.other`, head + lines(201, 300));
  await fixture.arrived(310);
});

test("similar heads never merge two files, and files below 1 KiB are read at once", async () => {
  const banner = "=== the same banner in all of them ===\n";
  for (let index = 1; index <= 5; index += 1) await writeFile(join(fixture.logs, `${index}.log`), `${banner}line ${index}\n`);
  await fixture.start({ limits: { copyWaitMs: 60_000 } });
  await fixture.arrived(10);
  await rm(join(fixture.logs, "1.log"));
  await writeFile(join(fixture.logs, "6.log"), `${banner}line 6\n`);
  await fixture.arrived(12);
  expect(fixture.texts().filter((text) => text === banner.trimEnd())).toHaveLength(6);
});

test("a service that begins each file with the same banner, by truncation or anew, has it delivered each time", async () => {
  const banner = "the same banner, and nothing else so far ".repeat(50);
  await writeFile(log, `${banner}\n`);
  await fixture.start(withCopies());
  await fixture.arrived(1);
  await truncate(log, 0);
  await fixture.event("fileTruncated");
  await writeFile(log, `${banner}\nnext\n`);
  await fixture.arrived(3);
  await rm(log);
  await writeFile(log, `${banner}\nlast\n`);
  await fixture.arrived(5);
  expect(fixture.texts()).toEqual([banner, banner, "next", banner, "last"]);
});

test.each(["before anything was read", "after a part was read"])(
  "copytruncate while nothing ran, %s of it: unread bytes come from the copy, nothing comes twice",
  async (when) => {
    const read = when === "after a part was read" ? 300 : 0;
    await writeFile(log, read === 0 ? "" : lines(1, read));
    await fixture.start(withCopies());
    await fixture.arrived(read);
    await fixture.stop();
    await appendFile(log, lines(read + 1, 400));
    await copyTruncate();
    await appendFile(log, lines(401, 410));
    await fixture.start(withCopies());
    await eachOnce(410);
  },
);

test("copytruncate and several starts, rotations and renames of the copies between them: each line once", async () => {
  let count = 0;
  const write = async (more: number) => {
    await appendFile(log, lines(count + 1, count + more));
    count += more;
  };
  await write(200);
  for (let round = 1; round <= 4; round += 1) {
    await fixture.start(withCopies());
    await fixture.arrived(count);
    await write(50);
    await fixture.stop();
    await write(50);
    for (let index = round; index > 1; index -= 1) await rename(`${log}.${index - 1}`, `${log}.${index}`);
    await copyTruncate();
    await write(20);
  }
  await fixture.start(withCopies());
  await eachOnce(count);
});

test("a chain of copies in place, as cp makes it, is recognised link by link", async () => {
  await writeFile(log, lines(1, 100));
  await fixture.start(withCopies());
  await fixture.arrived(100);
  await copyTruncate(`${log}.1`);
  await fixture.event("copyRecognised");
  await appendFile(log, lines(101, 200));
  await fixture.arrived(200);
  await copyFile(`${log}.1`, `${log}.2`);
  await copyFile(log, `${log}.1`);
  await truncate(log, 0);
  await appendFile(log, lines(201, 210));
  await waitFor(() => fixture.events.filter(({ type }) => type === "copyRecognised").length >= 3);
  await eachOnce(210);
});

test("copytruncate to a name that no pattern matches: what was unread is read from there all the same, live and offline", async () => {
  await writeFile(log, lines(1, 300));
  await fixture.start({ limits: { deliveriesMax: 1, batchLinesMax: 20 } });
  await fixture.arrived(300);
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await appendFile(log, lines(301, 400));
  await waitFor(() => fixture.tail().status().backlogBytes > 0);
  await copyTruncate(`${log}.1`);
  await fixture.event("fileTruncated");
  gate.open();
  await fixture.arrived(400);
  await appendFile(log, lines(401, 402));
  await fixture.arrived(402);
  await fixture.stop();
  await appendFile(log, lines(403, 500));
  await copyTruncate(`${log}-20261124`);
  await appendFile(log, lines(501, 510));
  await fixture.start();
  await eachOnce(510);
});

test("FileMovedWhileOff: a file that was renamed to a name that no pattern matches, while nothing ran, is read to its end", async () => {
  await writeFile(log, lines(1, 100));
  await fixture.start();
  await fixture.arrived(100);
  await fixture.stop();
  await appendFile(log, lines(101, 20_000));
  await rename(log, `${log}.1`);
  await writeFile(log, lines(20_001, 20_010));
  await fixture.start();
  await eachOnce(20_010);
  expect(fixture.events.some(({ type }) => type === "fileLost")).toBe(false);
});

test("TruncateThenWrite: a file that is truncated and written to the same or a larger size between two looks begins anew", async () => {
  await writeFile(log, lines(1, 200));
  await fixture.start({ hints: false, limits: { pollIntervalMsMin: 200, pollIntervalMsMax: 200 } });
  await fixture.arrived(200);
  await writeFile(log, lines(201, 400));
  await fixture.arrived(400);
  await writeFile(log, lines(401, 900));
  await fixture.arrived(900);
  await eachOnce(900);
});

test("TruncateThenWrite with a copy: unread bytes are read from the copy, the new ones from the file", async () => {
  await writeFile(log, lines(1, 200));
  await fixture.start(withCopies());
  await fixture.arrived(200);
  await fixture.stop();
  await appendFile(log, lines(201, 250));
  await copyTruncate();
  await appendFile(log, lines(251, 600));
  await fixture.start(withCopies());
  await eachOnce(600);
});

test("unread bytes of a truncated file that are found nowhere are told", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await writeFile(log, lines(1, 100));
  await fixture.start({ limits: { deliveriesMax: 1, batchLinesMax: 10, readBytesMax: 64 } });
  await waitFor(() => fixture.tail().status().backlogBytes === lines(1, 100).length);
  await truncate(log, 0);
  await fixture.event("fileTruncated");
  gate.open();
  const { unreadBytes } = await fixture.event("fileLost");
  expect(unreadBytes).toBe(lines(1, 100).length - fixture.delivered.reduce((sum, { text }) => sum + text.length + 1, 0));
});

test("a file that was moved as copy and deletion, as between file systems, goes on at its new place", async () => {
  const old = join(fixture.logs, "old");
  await mkdir(old);
  const inputs = [{ id: "test", paths: [join(fixture.logs, "**/*.log")] }];
  await writeFile(log, lines(1, 300));
  await fixture.start({ inputs });
  await fixture.arrived(300);
  await fixture.stop();
  await appendFile(log, lines(301, 320));
  await copyFile(log, join(old, "app.log"));
  await rm(log);
  await fixture.start({ inputs });
  await eachOnce(320);
});

test("a delivery that is rejected after the truncation is read again from the copy, with the same places", async () => {
  await writeFile(log, lines(1, 400));
  const gate = gateOf();
  let isRejected = false;
  const places = new Map<string, string>();
  fixture.onDeliver = async (batch) => {
    for (const { bytes, file, offset } of batch) {
      const text = Buffer.from(bytes).toString();
      const place = `${Buffer.from(file.generation).toString("hex")}@${offset}`;
      expect(places.get(text) ?? place).toBe(place);
      places.set(text, place);
    }
    if (isRejected) return;
    await gate.promise;
    isRejected = true;
    throw new Error("not now");
  };
  await fixture.start({ ...withCopies(), limits: { deliveriesMax: 1, batchLinesMax: 100 } });
  await waitFor(() => places.size >= 100);
  await copyTruncate();
  await fixture.event("fileTruncated");
  gate.open();
  await eachOnce(400);
});
