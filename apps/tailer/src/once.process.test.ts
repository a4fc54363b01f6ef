import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, numbered, type Stage } from "./process.test-helper.ts";

let stage: Stage;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.remove());

const once = () => stage.run("--config", stage.config, "--once");

test("once delivers all that is there, of many files and compressed ones, and exits 0; the next run what came since", async () => {
  await stage.receiver.start();
  for (let file = 0; file < 40; file += 1)
    await writeFile(join(stage.logs, `f${file}.log`), numbered(file * 100 + 1, file * 100 + 100).join("\n") + "\n");
  await writeFile(join(stage.logs, "old.log.gz"), gzipSync("compressed 1\ncompressed 2\n"));
  await stage.configureInput({ paths: ["./logs/*.log", "./logs/*.gz"] }, { limits: { openFilesMax: 3 } });
  const { code, stdout } = await once();
  expect(code, stdout).toBe(0);
  expect(stage.receiver.messages()).toEqual(new Set([...numbered(1, 4000), "compressed 1", "compressed 2"]));
  await stage.append("later");
  await appendFile(join(stage.logs, "f0.log"), "more\n");
  expect((await once()).code).toBe(0);
  expect(stage.receiver.byId.size).toBe(4004);
  expect([...stage.receiver.byId.values()].every(({ count }) => count === 1)).toBe(true);
});

test("once with nothing to read exits 0, also without a receiver", async () => {
  expect((await once()).code).toBe(0);
});

test("once gives up when nothing is acknowledged for the deadline, exits 1, and the next run sends the same", async () => {
  await stage.configure({ shutdownDeadlineMs: 1000 });
  await stage.append(...numbered(1, 100));
  const { code, stdout } = await once();
  expect(code).toBe(1);
  expect(stdout).toContain("GATELOG_TAILER_STALLED");
  expect(stdout).toContain("GATELOG_TAILER_UNDELIVERED");
  await stage.receiver.start();
  expect((await once()).code).toBe(0);
  expect(stage.receiver.byId.size).toBe(100);
});

test("once exits 1 when not everything could be looked at, after it delivered the rest", async () => {
  await stage.receiver.start();
  await stage.configureInput({ paths: ["./logs/*.log", "./nowhere/*.log"] });
  await stage.append("here");
  const { code, stdout } = await once();
  expect(code).toBe(1);
  expect(stdout).toContain("GATELOG_TAILER_UNREAD");
  expect(stage.receiver.messages()).toEqual(new Set(["here"]));
});
