import { appendFile, link, readdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture, gateOf } from "./fixture.test-helper.ts";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.remove());

const at = (name: string) => join(fixture.logs, name);
const names = async () => (await readdir(fixture.logs)).toSorted();
const deleting = (deleteGraceMs: number) => ({
  inputs: [{ id: "test", paths: [join(fixture.logs, "*.log")], deleteAfterDelivery: true, deleteGraceMs }],
});

/** Another file comes and goes through the tail, and a scan with it. */
async function scans(count: number): Promise<void> {
  for (const name of ["a", "b", "c", "d"].slice(0, count)) {
    const arrived = fixture.delivered.length;
    await appendFile(at("other.log"), "scan\n");
    await writeFile(at(`scan-${name}.log`), "scan\n");
    await fixture.arrived(arrived + 2);
  }
}

test("files of a series are deleted when they are delivered and a later one is there; the newest never", async () => {
  for (const number of [8, 9, 10]) await writeFile(at(`gw-20261123080000a1b203-${number}.log`), `line ${number}\n`);
  await writeFile(at("gw-20261123090000a1b203-1.log"), "the only one of its boot\n");
  await fixture.start(deleting(50));
  await fixture.arrived(4);
  await waitFor(async () => (await names()).length === 2, { what: "two are deleted" });
  await scans(3);
  expect(await names()).toEqual(expect.arrayContaining(["gw-20261123080000a1b203-10.log", "gw-20261123090000a1b203-1.log"]));
  expect(fixture.events.filter(({ type }) => type === "fileDeleted")).toHaveLength(2);
});

test("a renamed file is deleted, also when it was renamed while nothing ran; one that was not is never, however idle", async () => {
  await writeFile(at("a.log"), "a\n");
  await writeFile(at("b.log"), "b\n");
  await writeFile(at("c.log"), "c\n");
  await fixture.start(deleting(0));
  await fixture.arrived(3);
  await rename(at("a.log"), at("a.old.log"));
  await waitFor(async () => !(await names()).includes("a.old.log"));
  await fixture.stop();
  await rename(at("b.log"), at("b.old.log"));
  await fixture.start(deleting(0));
  await waitFor(async () => !(await names()).includes("b.old.log"));
  await scans(3);
  expect(await names()).toContain("c.log");
});

test("dates are numbers too, and two files that are written to side by side are no series", async () => {
  await writeFile(at("app-2026-11-24.log"), "yesterday\n");
  await writeFile(at("app-2026-11-25.log"), "today\n");
  await writeFile(at("worker-1.log"), "one\n");
  await writeFile(at("worker-2.log"), "two\n");
  // Written to long after the other one was created.
  const later = Date.now() / 1000 + 60;
  await utimes(at("worker-1.log"), later, later);
  await fixture.start(deleting(-120_000));
  await waitFor(async () => !(await names()).includes("app-2026-11-24.log"));
  await scans(3);
  expect(await names()).toEqual(expect.arrayContaining(["app-2026-11-25.log", "worker-1.log", "worker-2.log"]));
});

test("what is not delivered, not finished or written to lately is not deleted", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await writeFile(at("app-1.log"), "line\n");
  await writeFile(at("app-2.log"), "line\nhalf a line");
  await writeFile(at("app-3.log"), "");
  await fixture.start({ ...deleting(0), limits: { deliveriesMax: 8 } });
  await waitFor(() => fixture.tail().status().backlogBytes > 0);
  await waitFor(() => fixture.tail().status().openFiles === 2);
  expect(await names()).toEqual(["app-1.log", "app-2.log", "app-3.log"]);
  gate.open();
  await waitFor(async () => !(await names()).includes("app-1.log"));
  await scans(3);
  expect(await names()).toEqual(expect.arrayContaining(["app-2.log", "app-3.log"]));
  await appendFile(at("app-2.log"), ", now whole\n");
  await waitFor(async () => !(await names()).includes("app-2.log"));
  expect(fixture.texts()).toContain("half a line, now whole");
});

test("a file with the inode of a renamed one that was deleted is not deleted with it", async () => {
  await fixture.start({ ...deleting(0), limits: { closeRemovedMs: 10 } });
  for (let round = 1; round <= 5; round += 1) {
    const arrived = fixture.delivered.length;
    await writeFile(at(`old-${round}x.log`), `old ${round}\n`);
    await fixture.arrived(arrived + 1);
    await rename(at(`old-${round}x.log`), at("renamed.log"));
    await waitFor(async () => !(await names()).includes("renamed.log"), { what: "the renamed one is deleted" });
    await waitFor(() => fixture.tail().status().files === round - 1);
    await writeFile(at(`young-${"abcde"[round - 1]}.log`), `young ${round}\n`);
    await fixture.arrived(arrived + 2);
  }
  await scans(2);
  expect((await names()).filter((name) => name.startsWith("young"))).toHaveLength(5);
});

test("a file of two names is not renamed when one of them goes", async () => {
  await writeFile(at("b.log"), "line\n");
  await fixture.start(deleting(0));
  await fixture.arrived(1);
  await link(at("b.log"), at("a.log"));
  expect(await fixture.event("fileRenamed")).toMatchObject({ path: at("a.log") });
  await rm(at("a.log"));
  await waitFor(() => fixture.events.filter(({ type }) => type === "fileRenamed").length === 2);
  await scans(3);
  expect(await names()).toContain("b.log");
});

test("a file that is within its grace time is kept", async () => {
  await writeFile(at("app-1.log"), "line\n");
  await writeFile(at("app-2.log"), "line\n");
  await fixture.start(deleting(3_600_000));
  await fixture.arrived(2);
  await scans(3);
  expect(await names()).toEqual(expect.arrayContaining(["app-1.log", "app-2.log"]));
});
