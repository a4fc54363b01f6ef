import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom, seedOfRun, waitFor } from "@gatelog/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, numbered, type Stage } from "../process.test-helper.ts";
import type { ReceivedEvent } from "../receiver.test-helper.ts";

let stage: Stage;
let out: string;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
  await mkdir(stage.at("out"));
  out = stage.at("out/lines");
});
afterEach(() => stage.remove());

const MiB = 1024 * 1024;
const writeTo = (more: Record<string, unknown> = {}) => stage.configure({ output: { file: { path: "./out/lines", ...more } } });

/** Lines of all files, the oldest first, and what stands behind the last line end of each. */
async function written(): Promise<{ readonly lines: string[]; readonly rests: string[]; readonly names: string[] }> {
  const ageOf = (name: string) => Number(name.split(".")[1] ?? 0);
  const names = (await readdir(stage.at("out"))).sort((a, b) => ageOf(b) - ageOf(a));
  const texts = await Promise.all(names.map((name) => readFile(join(stage.at("out"), name), "utf8")));
  const pieces = texts.map((text) => text.split("\n"));
  const rests = pieces.map((lines) => lines.pop() ?? "");
  return { lines: pieces.flat(), rests, names };
}

const holds = (count: number) => waitFor(async () => (await written()).lines.length >= count, { what: `${count} lines` });

test("events are lines of JSON, durable before the offset moves", async () => {
  await writeTo();
  await stage.append("hello", '世界 "quoted"');
  const tailer = await stage.start();
  await holds(2);
  expect((await tailer.stop()).code).toBe(0);
  const { lines, rests } = await written();
  const events = lines.map((line) => JSON.parse(line) as ReceivedEvent);
  expect(events.map(({ message }) => message)).toEqual(["hello", '世界 "quoted"']);
  expect(events[1]).toMatchObject({ log: { file: { path: stage.log }, offset: 6 }, gatelog: { id: expect.any(String) } });
  expect(rests).toEqual([""]);
  expect((await stat(out)).mode & 0o777).toBe(0o600);
});

test("raw lines are what they were, and files are rotated by size, the oldest ones replaced", async () => {
  await writeTo({ format: "raw", rotateBytesMax: MiB, filesMax: 3 });
  const lines = Array.from({ length: 50_000 }, (_, index) => `${index} ${"x".repeat(90)}`);
  await stage.append(...lines);
  const outcome = await stage.run("--config", stage.config, "--once");
  expect(outcome.code).toBe(0);
  const { lines: kept, names } = await written();
  expect(names).toEqual(["lines.2", "lines.1", "lines"]);
  for (const name of names) expect((await stat(stage.at(`out/${name}`))).size).toBeLessThanOrEqual(MiB);
  expect(kept.length).toBeGreaterThan(10_000);
  expect(kept).toEqual(lines.slice(-kept.length));
});

test("killed at seeded moments: every line is there at least once, and none is torn", async () => {
  const random = seededRandom(seedOfRun());
  await writeTo({ format: "raw", rotateBytesMax: MiB, filesMax: 100 });
  // Large enough that a write may be cut in the middle.
  const lines = numbered(1, 20_000).map((line) => line + "y".repeat(300));
  for (let kill = 0; kill < 4; kill += 1) {
    await stage.append(...lines.slice(kill * 4000, (kill + 1) * 4000));
    const tailer = await stage.start();
    const before = (await written()).lines.length;
    const some = random.integer(1, 3000);
    await waitFor(async () => (await written()).lines.length > before + some);
    await tailer.kill();
  }
  await stage.append(...lines.slice(16_000));
  expect((await stage.run("--config", stage.config, "--once")).code).toBe(0);
  const { lines: arrived, rests } = await written();
  const known = new Set(lines);
  expect(
    arrived.filter((line) => !known.has(line)),
    `seed ${random.seed}`,
  ).toEqual([]);
  expect(new Set(arrived).size).toBe(lines.length);
  expect(new Set(rests)).toEqual(new Set([""]));
}, 60_000);

test("a file that cannot be written: up, not ready, with the reason; it goes on by itself", async () => {
  await writeTo({ format: "raw" });
  await mkdir(out);
  await stage.append(...numbered(1, 10));
  const tailer = await stage.start();
  const red = await waitFor(async () => {
    const answer = await stage.ready();
    return answer.status === 503 ? answer : undefined;
  });
  expect(JSON.stringify(red.body)).toMatch(/output: .*out\/lines cannot be written: EISDIR/);
  expect(await stage.metric("gatelog_tailer_output_ready")).toBe(0);
  await rm(out, { recursive: true });
  await holds(10);
  await waitFor(async () => (await stage.ready()).status === 200);
  expect((await tailer.stop()).code).toBe(0);
  expect((await written()).lines).toEqual(numbered(1, 10));
});

test("a directory that cannot be made is one sentence at the start", async () => {
  await stage.configure({ output: { file: { path: "./tailer.yaml/out/lines" } } });
  const { code, stderr, stdout } = await stage.run("--config", stage.config);
  expect(code).toBe(1);
  expect(stderr + stdout).toMatch(/output\.file\.path: cannot write in the directory/);
  expect(stderr + stdout).not.toMatch(/\n\s+at /);
});
