import { appendFile, copyFile, link, mkdir, readdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
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
const deleting = (deleteGraceMs: number, patterns = ["*.log"]) => ({
  inputs: [{ id: "test", paths: patterns.map(at), deleteAfterDelivery: true, deleteGraceMs }],
});

/** Another file comes and goes through the tail, and a scan with it. */
async function scans(count: number): Promise<void> {
  for (const name of ["a", "b", "c", "d"].slice(0, count)) {
    const arrived = fixture.delivered.length;
    await appendFile(at("other.log"), "scan\n");
    await appendFile(at(`scan-${name}.log`), "scan\n");
    await fixture.arrived(arrived + 2);
  }
}

test("files of a gateway's slot are deleted when they are delivered and a later one of it is there, also of a later boot; the newest never", async () => {
  for (const number of [8, 9, 10]) await writeFile(at(`gw-20261123080000a1b203-${number}.log`), `line ${number}\n`);
  await writeFile(at("gw-20261123090000000003-1.log"), "the newest of slot 3\n");
  await writeFile(at("gw-20261123070000000004-1.log"), "the newest of slot 4\n");
  // A start reads its last seq in the newest file that is not empty.
  await writeFile(at("gw-20261123100000000004-1.log"), "");
  await writeFile(at("gw-1-20261123070000000003-1.log"), "of another gateway\n");
  await fixture.start(deleting(50));
  await fixture.arrived(6);
  await waitFor(() => fixture.events.filter(({ type }) => type === "fileDeleted").length === 3, { what: "three are deleted" });
  await scans(3);
  expect((await names()).filter((name) => name.startsWith("gw"))).toEqual([
    "gw-1-20261123070000000003-1.log",
    "gw-20261123070000000004-1.log",
    "gw-20261123090000000003-1.log",
    "gw-20261123100000000004-1.log",
  ]);
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

test("a file of a day is deleted when one of a later day is there, unless it was written to after that was created", async () => {
  await writeFile(at("app-2026-11-24.log"), "yesterday\n");
  await writeFile(at("app-2026-11-25.log"), "today\n");
  await writeFile(at("b-20261124.log"), "one\n");
  await writeFile(at("b-20261125.log"), "two\n");
  const later = Date.now() / 1000 + 60;
  await utimes(at("b-20261124.log"), later, later);
  await fixture.start(deleting(-120_000));
  await waitFor(async () => !(await names()).includes("app-2026-11-24.log"));
  await scans(3);
  expect(await names()).toEqual(expect.arrayContaining(["app-2026-11-25.log", "b-20261124.log", "b-20261125.log"]));
});

test("files whose names have numbers of another kind may be written to side by side: none is deleted", async () => {
  const side = ["job-20261124-101500.log", "job-20261124-111500.log", "worker-1.log", "worker-2.log"];
  for (const name of side) await writeFile(at(name), "line\n");
  await fixture.start(deleting(0));
  await fixture.arrived(side.length);
  await scans(3);
  expect(await names()).toEqual(expect.arrayContaining(side));
});

test("a numbered file is deleted when the one without its number was created since, and no link", async () => {
  for (const name of ["app.log.1", "app.log.2", "linked.log.1", "alone.log.1"]) await writeFile(at(name), `${name}\n`);
  await writeFile(at("app.log"), "now\n");
  await symlink("linked.log.1", at("linked.log"));
  await fixture.start(deleting(0, ["*.log", "*.log.*"]));
  await fixture.arrived(5);
  await waitFor(() => fixture.events.filter(({ type }) => type === "fileDeleted").length === 2, { what: "two are deleted" });
  await scans(3);
  expect(await names()).toEqual(expect.arrayContaining(["alone.log.1", "app.log", "linked.log", "linked.log.1"]));
});

test("a file whose directory was moved is not deleted, while the tail runs or not, until its old name is another one's", async () => {
  const paths = ["*/*.log"];
  await mkdir(at("live"));
  await writeFile(at("live/app.log"), "line\n");
  await fixture.start(deleting(0, ["*.log", ...paths]));
  await fixture.arrived(1);
  await rename(at("live"), at("moved"));
  expect(await fixture.event("fileRenamed")).toMatchObject({ path: at("moved/app.log") });
  await scans(2);
  await fixture.stop();
  await rename(at("moved"), at("old"));
  await fixture.start(deleting(0, ["*.log", ...paths]));
  await appendFile(at("old/app.log"), "more\n");
  await waitFor(() => fixture.texts().includes("more"));
  await scans(2);
  expect(await readdir(at("old"))).toEqual(["app.log"]);
  await mkdir(at("moved"));
  await writeFile(at("moved/app.log"), "of its next writer\n");
  await waitFor(async () => (await readdir(at("old"))).length === 0, { what: "the old one is deleted" });
  await scans(2);
  expect(await readdir(at("moved"))).toEqual(["app.log"]);
});

test("a file that was copied to another directory, or given back its name, is not deleted", async () => {
  await writeFile(at("moved.log"), "line\n".repeat(400));
  await writeFile(at("back.log"), "line of back\n");
  await fixture.start(deleting(3_600_000));
  await fixture.arrived(401);
  await rename(at("back.log"), at("back-1.log"));
  await waitFor(() => fixture.events.some(({ type }) => type === "fileRenamed"));
  await rename(at("back-1.log"), at("back.log"));
  await waitFor(() => fixture.events.filter(({ type }) => type === "fileRenamed").length === 2);
  await fixture.stop();
  // As when it is moved to another file system.
  await mkdir(at("new"));
  await copyFile(at("moved.log"), at("new/moved.log"));
  await rm(at("moved.log"));
  await fixture.start(deleting(0, ["*.log", "*/*.log"]));
  expect(await fixture.event("copyRecognised")).toMatchObject({ path: at("new/moved.log") });
  await scans(3);
  expect(await names()).toContain("back.log");
  expect(await readdir(at("new"))).toEqual(["moved.log"]);
});

test("what is not delivered, not finished or written to lately is not deleted", async () => {
  const gate = gateOf();
  fixture.onDeliver = () => gate.promise;
  await writeFile(at("app-20261121.log"), "line\n");
  await writeFile(at("app-20261122.log"), "line\nhalf a line");
  await writeFile(at("app-20261123.log"), "");
  await fixture.start({ ...deleting(0), limits: { deliveriesMax: 8 } });
  await waitFor(() => fixture.tail().status().backlogBytes > 0);
  await waitFor(() => fixture.tail().status().openFiles === 2);
  expect(await names()).toEqual(["app-20261121.log", "app-20261122.log", "app-20261123.log"]);
  gate.open();
  await waitFor(async () => !(await names()).includes("app-20261121.log"));
  await scans(3);
  expect(await names()).toEqual(expect.arrayContaining(["app-20261122.log", "app-20261123.log"]));
  await appendFile(at("app-20261122.log"), ", now whole\n");
  await waitFor(async () => !(await names()).includes("app-20261122.log"));
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
  await writeFile(at("app-20261121.log"), "line\n");
  await writeFile(at("app-20261122.log"), "line\n");
  await fixture.start(deleting(3_600_000));
  await fixture.arrived(2);
  await scans(3);
  expect(await names()).toEqual(expect.arrayContaining(["app-20261121.log", "app-20261122.log"]));
});
