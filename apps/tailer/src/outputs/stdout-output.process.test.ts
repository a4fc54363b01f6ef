import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, numbered, program, type Stage } from "../process.test-helper.ts";
import type { ReceivedEvent } from "../receiver.test-helper.ts";

let stage: Stage;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.remove());

test("once, with raw lines: standard output is the file, and the log goes to standard error", async () => {
  await stage.configure({ output: { stdout: { format: "raw" } } });
  await stage.append(...numbered(1, 5000), "世界");
  const { code, stdout, stderr } = await stage.run("--config", stage.config, "--once");
  expect(code).toBe(0);
  expect(stdout).toBe(await readFile(stage.log, "utf8"));
  const messages = stderr
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(messages).toContain("started");
  // All of it is remembered: a second run has nothing to say.
  expect((await stage.run("--config", stage.config, "--once")).stdout).toBe("");
});

test("events are JSON, one a line", async () => {
  await stage.configure({ output: { stdout: {} } });
  await stage.append("hello");
  const { stdout } = await stage.run("--config", stage.config, "--once");
  expect(JSON.parse(stdout) as ReceivedEvent).toMatchObject({ message: "hello", fields: { input: "test" }, log: { offset: 0 } });
});

test("when whoever read it is gone, it stops with 1, and the next start goes on where it was", async () => {
  await stage.configure({ output: { stdout: { format: "raw" } } });
  await stage.append(...numbered(1, 20_000));
  const child = spawn(process.execPath, [program, "--config", stage.config], { stdio: ["ignore", "pipe", "pipe"] });
  const log = child.stderr.toArray();
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code).toBe(1);
  expect(Buffer.concat(await log).toString()).toContain("standard output cannot be written");
  const { stdout } = await stage.run("--config", stage.config, "--once");
  expect(stdout.endsWith("line 19999\nline 20000\n")).toBe(true);
});
