import { spawn } from "node:child_process";
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { HttpStore } from "../outputs/http-server.test-helper.ts";
import { Bench, beatsEvent, recordLine, type RunningProcessor } from "../processor.test-helper.ts";

// Real processes, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

const main = join(import.meta.dirname, "../../node_modules/.cache/test/main.js");
let bench: Bench;
let store: HttpStore;
let refuses: boolean;

beforeEach(async () => {
  bench = await Bench.create();
  store = await new HttpStore().start();
  refuses = true;
  // Every third event is refused, as by a server that does not like what it says.
  store.answer = ({ ids }) => (refuses && ids.some(isRefused) ? { status: 422, body: "no third ones" } : { status: 200 });
});

afterEach(async () => {
  await bench.close();
  await store.stop();
});

const idOf = (index: number) => `0199a1b2-c3d4-7000-8000-${index.toString(16).padStart(12, "0")}`;
const isRefused = (id: string) => Number.parseInt(id.slice(-12), 16) % 3 === 0;
const refusedIds = [0, 3, 6, 9].map(idOf);

async function run(...args: string[]) {
  const [command = "", action = "", ...rest] = args;
  const child = spawn(process.execPath, [main, command, action, "--config", join(bench.dir, "processor.yaml"), ...rest]);
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

const dlq = (...args: string[]) => run("dlq", ...args);

async function listed(...args: string[]): Promise<{ offset: number; id: string; code: string; reason: string; output: string }[]> {
  const { stdout, stderr } = await dlq("list", "--json", ...args);
  expect(stderr).toBe("");
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Awaited<ReturnType<typeof listed>>[number]);
}

/** A processor whose HTTP output has refused four of ten events. */
async function withLetters(): Promise<RunningProcessor> {
  const outputs = [{ http: { url: store.url }, as: "store" }, { file: { path: "./all.log", format: "raw" } }];
  const processor = await bench.start({ filters: ["parseRecord"], outputs });
  const frames = Array.from({ length: 10 }, (_, index) => beatsEvent(recordLine(index), index));
  await bench.client(processor.beatsPort).send(frames);
  await waitFor(async () => (await processor.metric("dead_letters_total")) === 4);
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0);
  return processor;
}

it("dead letters are listed, shown and replayed with the same ids while the processor runs; what is refused again stays with its new reason", async () => {
  const processor = await withLetters();
  const letters = await listed();
  expect(letters.map(({ id }) => id)).toEqual(refusedIds);
  expect(letters[0]).toMatchObject({ output: "store", reason: expect.stringContaining("no third ones") });
  expect(await listed("--output", "file-all.log")).toEqual([]);
  expect((await dlq("show", "--offset", "1")).stdout).toContain(`"message": "{\\"v\\":1,\\"id\\":\\"${refusedIds[1]}`);
  store.answer = ({ ids }) => (ids.includes(refusedIds[1] ?? "") ? { status: 422, body: "still not this one" } : { status: 200 });
  expect(JSON.parse((await dlq("replay", "--json")).stdout)).toEqual({ replayed: 3, refused: 1, withoutOutput: 0 });
  expect(store.stored.filter(isRefused).sort((one, other) => one.localeCompare(other))).toEqual(refusedIds.filter((_, at) => at !== 1));
  expect(await listed()).toEqual([expect.objectContaining({ id: refusedIds[1], reason: expect.stringContaining("still not this one") })]);
  refuses = false;
  store.answer = () => undefined;
  expect((await dlq("replay")).stdout).toMatch(/^1 replayed, 0 refused again/);
  expect((await dlq("replay")).stdout).toMatch(/^0 replayed/);
  expect(new Set(store.stored).size).toBe(10);
  expect(store.stored).toHaveLength(10);
  expect((await processor.readiness()).status).toBe(200);
});

it("purge gives up what is meant and nothing else, after a stop too, and not without --yes", async () => {
  const processor = await withLetters();
  await processor.process.stop();
  expect(await dlq("purge")).toMatchObject({ code: 1, stderr: expect.stringMatching(/--yes\n$/) });
  expect((await dlq("purge", "--offset", "2", "--yes")).stdout).toBe("1 purged\n");
  expect((await listed()).map(({ id }) => id)).toEqual(refusedIds.filter((_, at) => at !== 2));
  expect((await dlq("purge", "--output", "store", "--yes")).stdout).toBe("3 purged\n");
  expect((await dlq("list")).stdout).toBe("0 dead letters\n");
});

it("the buffer is inspected while a processor has it, and repaired only when none has", async () => {
  const processor = await withLetters();
  const inspected = await run("log", "inspect");
  expect(inspected.stdout).toMatch(/10 events in 1 segments/);
  expect(inspected.stdout).toMatch(/output store: at 10, 0 to write/);
  expect(await run("log", "repair")).toMatchObject({ code: 1, stderr: expect.stringMatching(/a processor uses .*: stop it first\n$/) });
  await processor.process.kill();
  const dir = join(bench.dir, "buffer/events");
  const segment = readdirSync(dir).find((name) => name.endsWith(".seg")) ?? "";
  appendFileSync(join(dir, segment), "torn");
  expect((await run("log", "inspect")).stdout).toMatch(/4 bytes of tail/);
  expect((await run("log", "repair")).stdout).toMatch(/^4 bytes that were never acknowledged were cut/);
  expect((await run("log", "repair")).stdout).toMatch(/^there was nothing to repair/);
});
