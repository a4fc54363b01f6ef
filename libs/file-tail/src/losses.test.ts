import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFixture, type Fixture } from "./fixture.test-helper.ts";

/** What cannot be read, and how that is told. */
let fixture: Fixture;
let log: string;
beforeEach(async () => {
  fixture = await createFixture();
  log = join(fixture.logs, "app.log");
});
afterEach(() => fixture.remove());

const line = "x\n";

/** Sees the file and delivers nothing of it. */
async function seeAlone(): Promise<void> {
  const { onDeliver } = fixture;
  fixture.onDeliver = () => Promise.reject(new Error("the receiver is away"));
  await fixture.start();
  await fixture.event("deliveryRejected");
  await fixture.stop();
  fixture.onDeliver = onDeliver;
}

test("what was seen of a file that is deleted while nobody runs is told as lost", async () => {
  await writeFile(log, line.repeat(1000));
  await seeAlone();
  await rm(log);
  await fixture.start();
  expect(await fixture.event("fileLost")).toMatchObject({ path: log, unreadBytes: 2000 });
});

test("what was seen of a file that is truncated while nobody runs is told as lost", async () => {
  await writeFile(log, line.repeat(10));
  await fixture.start();
  await fixture.arrived(10);
  await fixture.stop();
  await writeFile(log, line.repeat(1000));
  await seeAlone();
  await truncate(log, 0);
  await fixture.start();
  expect(await fixture.event("fileLost")).toMatchObject({ path: log, unreadBytes: 1980 });
});

test("what was seen of a file in whose place another one is written while nobody runs is told as lost", async () => {
  await writeFile(log, line.repeat(1000));
  await seeAlone();
  await writeFile(log, "b\n".repeat(2000));
  await fixture.start();
  expect(await fixture.event("fileLost")).toMatchObject({ path: log, unreadBytes: 2000 });
});

test("files for which the registry has no room are counted, and are its problem, until there is room", async () => {
  const names = ["a", "b", "c"].map((name) => join(fixture.logs, `${name}.log`));
  for (const name of names) await writeFile(name, line);
  await fixture.start({ limits: { filesMax: 2 } });
  await fixture.arrived(2);
  await waitFor(() => fixture.tail().status().waitingFiles === 1, { what: "a file that waits" });
  expect(fixture.tail().status().registryProblem).toBe("it holds 2 files (limits.filesMax), and 1 wait");
  await rm(fixture.delivered[0]?.path ?? "");
  await fixture.arrived(3);
  await waitFor(() => fixture.tail().status().registryProblem === undefined, { what: "the end of the problem" });
});

test("of a compressed file that ends too early nothing is read, which is told", async () => {
  const whole = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, n) => `line ${n}\n`).join("")));
  await writeFile(join(fixture.logs, "app.log.gz"), whole.subarray(0, whole.length / 2));
  await fixture.start({ inputs: [{ id: "test", paths: [join(fixture.logs, "*.gz")] }] });
  expect(await fixture.event("compressedDamaged")).toMatchObject({ path: join(fixture.logs, "app.log.gz") });
  expect(fixture.delivered).toEqual([]);
});
