import { appendFile, copyFile, readdir, readFile, rename, rm, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, numbered, type Stage } from "./process.test-helper.ts";

let stage: Stage;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.remove());

const at = (name: string) => join(stage.logs, name);
const once = () => stage.run("--config", stage.config, "--once");

/** Every line arrived, once. */
function expectEachOnce(lines: readonly string[]): void {
  const received = [...stage.receiver.byId.values()];
  expect(received.map(({ message }) => message).sort()).toEqual([...lines].sort());
  expect(received.every(({ count }) => count === 1)).toBe(true);
}

test("startAt end: only what is added later is sent, and files that come later are sent whole", async () => {
  await stage.receiver.start();
  await stage.configureInput({ startAt: "end" });
  await stage.append("old");
  const tailer = await stage.start();
  await waitFor(async () => (await stage.metric("gatelog_tailer_scans_total")) > 0);
  await stage.append("new");
  await appendFile(at("late.log"), "late\n");
  await stage.receiver.arrived(2);
  expect((await tailer.stop()).code).toBe(0);
  expectEachOnce(["new", "late"]);
});

test("deleteAfterDelivery: a rotated file goes when it is delivered and the grace period is over, the present one stays", async () => {
  await stage.configureInput({ deleteAfterDelivery: true, deleteGraceMs: 500 }, { close: { removedMs: 500 } });
  await stage.append(...numbered(1, 10));
  const tailer = await stage.start();
  await waitFor(async () => (await stage.metric("gatelog_tailer_events_in_flight")) === 10);
  await rename(stage.log, at("app-1.log"));
  await stage.append("next");
  await waitFor(async () => (await stage.metric("gatelog_tailer_files")) === 2);
  // Not delivered: it stays, however long ago it was written.
  await utimes(at("app-1.log"), 0, 0);
  expect(await readdir(stage.logs)).toEqual(["app-1.log", "app.log"]);
  await stage.receiver.start();
  await stage.receiver.arrived(11);
  await waitFor(async () => !(await readdir(stage.logs)).includes("app-1.log"), { what: "the deletion" });
  expect(await stage.metric("gatelog_tailer_files_deleted_total")).toBe(1);
  expect(tailer.output()).toContain("GATELOG_TAILER_FILE_DELETED");
  expect(await readdir(stage.logs)).toEqual(["app.log"]);
});

test("copytruncate while lines are written: every line once, though paths match the copies", async () => {
  await stage.receiver.start();
  await stage.configureInput({ paths: ["./logs/app.log*"] }, { copyWaitMs: 1000 });
  const tailer = await stage.start();
  let written = 0;
  for (let rotation = 1; rotation <= 3; rotation += 1) {
    await stage.append(...numbered(written + 1, written + 200));
    written += 200;
    await stage.receiver.arrived(written);
    // logrotate's way; nothing is written between the copy and the truncation, which no reader could save.
    await copyFile(stage.log, at(`app.log.${rotation}`));
    await truncate(stage.log);
    await stage.append(...numbered(written + 1, written + 5));
    written += 5;
    await stage.receiver.arrived(written);
  }
  await waitFor(async () => (await stage.metric("gatelog_tailer_pending_copies")) === 0);
  await waitFor(async () => (await stage.metric("gatelog_tailer_copies_recognised_total")) === 3);
  expect((await tailer.stop()).code).toBe(0);
  expectEachOnce(numbered(1, written));
});

test("copytruncate while the receiver is away: what was unread is finished from the copy", async () => {
  await stage.receiver.start();
  await stage.configureInput({ paths: ["./logs/app.log*"] }, { batch: { linesMax: 100 } });
  await stage.append(...numbered(1, 100));
  await stage.start();
  await stage.receiver.arrived(100);
  await stage.receiver.stop();
  await stage.append(...numbered(101, 5000));
  await copyFile(stage.log, at("app.log.1"));
  await truncate(stage.log);
  await stage.append(...numbered(5001, 5010));
  await stage.receiver.start();
  await stage.receiver.arrived(5010);
  expect(stage.receiver.messages()).toEqual(new Set(numbered(1, 5010)));
  expect(stage.receiver.byId.size).toBe(5010);
});

test("rotated and compressed while the tailer is stopped: the rest is read from the .gz, with the ids it would have had", async () => {
  await stage.receiver.start();
  await stage.configure();
  await stage.append(...numbered(1, 100));
  expect((await once()).code).toBe(0);
  await stage.append(...numbered(101, 200));
  await writeFile(at("app.log.gz"), gzipSync(await readFile(stage.log)));
  await rm(stage.log);
  await stage.append("of the next file");
  expect((await once()).code).toBe(0);
  expectEachOnce([...numbered(1, 200), "of the next file"]);
});

test("a .gz that paths match is read as what it holds; with compression none it is bytes like any other", async () => {
  await stage.receiver.start();
  await writeFile(at("old.log.gz"), gzipSync(`${numbered(1, 100).join("\n")}\n`));
  await stage.configureInput({ paths: ["./logs/*.gz"] });
  expect((await once()).code).toBe(0);
  expectEachOnce(numbered(1, 100));
  await stage.configureInput({ id: "bytes", paths: ["./logs/*.gz"], compression: "none" }, { registryDir: "./other" });
  await appendFile(at("old.log.gz"), "\n");
  await once();
  expect(stage.receiver.byId.size).toBeGreaterThan(100);
});

test("a file that is deleted with unread lines is delivered to its end, the last line too", async () => {
  await stage.configure({ close: { removedMs: 300 } });
  await stage.append(...numbered(1, 5000));
  await appendFile(stage.log, "no line end");
  const tailer = await stage.start();
  await waitFor(async () => (await stage.metric("gatelog_tailer_open_files")) === 1);
  await rm(stage.log);
  await stage.receiver.start();
  await stage.receiver.arrived(5001);
  expect((await tailer.stop()).code).toBe(0);
  expectEachOnce([...numbered(1, 5000), "no line end"]);
});

test("symbolic links are followed where told to, and a link that is switched is another file", async () => {
  await stage.receiver.start();
  await appendFile(at("a.txt"), "of a\n");
  await appendFile(at("b.txt"), "of b\n");
  await symlink(at("a.txt"), at("current.log"));
  await stage.configureInput({ symlinks: true });
  const tailer = await stage.start();
  await stage.receiver.arrived(1);
  await symlink(at("b.txt"), at("next"));
  await rename(at("next"), at("current.log"));
  await stage.receiver.arrived(2);
  expect((await tailer.stop()).code).toBe(0);
  expectEachOnce(["of a", "of b"]);
  expect((await stat(at("a.txt"))).size).toBe(5);
});

test("ignoreOlderMs: an old file is passed over, and what is added to it later is sent", async () => {
  await stage.receiver.start();
  await appendFile(at("old.log"), "old\n");
  await utimes(at("old.log"), 1000, 1000);
  await stage.configureInput({ ignoreOlderMs: 3_600_000 });
  await stage.append("fresh");
  const tailer = await stage.start();
  await stage.receiver.arrived(1);
  await appendFile(at("old.log"), "grown\n");
  await stage.receiver.arrived(2);
  expect((await tailer.stop()).code).toBe(0);
  expectEachOnce(["fresh", "grown"]);
});
