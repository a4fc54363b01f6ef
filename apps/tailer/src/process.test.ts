import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom, seedOfRun, waitFor } from "@gatelog/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, numbered, type Stage } from "./process.test-helper.ts";

let stage: Stage;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.remove());

const noStack = /\n\s+at /;

test("it delivers, says that it is ready, counts, and exits 0", async () => {
  await stage.receiver.start();
  await stage.append(...numbered(1, 1000));
  const tailer = await stage.start();
  await stage.receiver.arrived(1000);
  await waitFor(async () => (await stage.ready()).status === 200, { what: "readiness" });
  await waitFor(async () => (await stage.metric("gatelog_tailer_events_in_flight")) === 0);
  expect(await stage.metric("gatelog_tailer_events_delivered_total")).toBe(1000);
  expect(await stage.metric("gatelog_tailer_backlog_bytes")).toBe(0);
  const started = performance.now();
  await stage.append("one more");
  await stage.receiver.arrived(1001);
  expect(performance.now() - started).toBeLessThan(2000);
  expect(await tailer.stop()).toEqual({ code: 0, signal: null });
  expect(stage.receiver.messages()).toEqual(new Set([...numbered(1, 1000), "one more"]));
}, 60_000);

test("without a receiver it is up and not ready, with the reason; it recovers by itself, also when the receiver goes away later", async () => {
  await stage.append(...numbered(1, 10));
  const tailer = await stage.start();
  const red = await waitFor(
    async () => {
      const answer = await stage.ready();
      return JSON.stringify(answer.body).includes("ECONNREFUSED") ? answer : undefined;
    },
    { what: "the reason" },
  );
  expect(red.status).toBe(503);
  await stage.receiver.start();
  await stage.receiver.arrived(10);
  await waitFor(async () => (await stage.ready()).status === 200, { what: "readiness" });
  await stage.receiver.stop();
  await waitFor(async () => (await stage.ready()).status === 503, { what: "the lost receiver" });
  await stage.append(...numbered(11, 20));
  await stage.receiver.start();
  await stage.receiver.arrived(20);
  expect((await tailer.stop()).code).toBe(0);
}, 60_000);

test("SIGTERM under load: what was written before it has arrived when it exits 0", async () => {
  await stage.receiver.start();
  stage.receiver.onBatch = () => sleep(5);
  const tailer = await stage.start();
  let written = 0;
  const write = async (count: number) => {
    await stage.append(...numbered(written + 1, written + count));
    written += count;
  };
  for (let round = 0; round < 60; round += 1) {
    await write(500);
    if (round % 20 === 19) await rename(stage.log, join(stage.logs, `app-${round}.log`));
  }
  const writtenBefore = written;
  const stopping = tailer.stop(30_000);
  for (let round = 0; round < 10; round += 1) await write(10);
  expect(await stopping).toEqual({ code: 0, signal: null });
  const messages = stage.receiver.messages();
  expect(numbered(1, writtenBefore).filter((line) => !messages.has(line))).toEqual([]);
  // What came after the signal is left for the next start, whole.
  const next = await stage.start();
  await stage.receiver.arrived(written);
  expect((await next.stop()).code).toBe(0);
  expect(Math.max(...[...stage.receiver.byId.values()].map(({ count }) => count))).toBe(1);
}, 90_000);

test("a receiver that never acknowledges: exit 1 at the deadline, and the next start sends the same ids", async () => {
  await stage.configure({ shutdownDeadlineMs: 500 });
  await stage.receiver.start();
  const hanging = new AbortController();
  let batches = 0;
  stage.receiver.onBatch = () => {
    batches += 1;
    return new Promise((_, reject) => hanging.signal.addEventListener("abort", () => reject(new Error("never"))));
  };
  await stage.append(...numbered(1, 100));
  const tailer = await stage.start();
  await waitFor(() => batches > 0);
  expect(await stage.metric("gatelog_tailer_events_in_flight")).toBe(100);
  expect((await tailer.stop()).code).toBe(1);
  expect(tailer.output()).toContain("GATELOG_TAILER_UNDELIVERED");
  hanging.abort();
  stage.receiver.onBatch = () => Promise.resolve();
  await stage.start();
  await stage.receiver.arrived(100);
}, 60_000);

test("killed between the acknowledgement and the saving of the registry: everything comes again, with the same ids", async () => {
  await stage.configure({ registryFlushMs: 60_000 });
  await stage.receiver.start();
  await stage.append(...numbered(1, 500));
  const tailer = await stage.start();
  await stage.receiver.arrived(500);
  await tailer.kill();
  await stage.append(...numbered(501, 510));
  await stage.start();
  await stage.receiver.arrived(510);
  expect(stage.receiver.byId.size).toBe(510);
  const again = [...stage.receiver.byId.values()].filter(({ count }) => count === 2);
  expect(again).toHaveLength(500);
}, 60_000);

test("SIGKILL ten times at seeded moments, with rotation: every line arrives, a repeat has the id that it had", async () => {
  const random = seededRandom(seedOfRun());
  await stage.receiver.start();
  stage.receiver.onBatch = () => sleep(random.integer(0, 30));
  let written = 0;
  let killsInFlight = 0;
  for (let kill = 0; kill < 10; kill += 1) {
    const tailer = await stage.start();
    const writing = (async () => {
      for (let round = 0; round < 20; round += 1) {
        await stage.append(...numbered(written + 1, written + 400));
        written += 400;
        if (random.next() < 0.1) await rename(stage.log, join(stage.logs, `app-${kill}-${round}.log`));
        await sleep(random.integer(0, 10));
      }
    })();
    await sleep(random.integer(20, 250));
    const inFlight = await stage.metric("gatelog_tailer_events_in_flight");
    await tailer.kill();
    if (inFlight > 0) killsInFlight += 1;
    await writing;
  }
  const last = await stage.start();
  await stage.receiver.arrived(written, 60_000);
  expect((await last.stop()).code).toBe(0);
  const messages = [...stage.receiver.byId.values()].map(({ message }) => message);
  // As many ids as lines: were a repeat given another id, there would be more.
  expect(messages, `seed ${random.seed}`).toHaveLength(written);
  expect(new Set(messages)).toEqual(new Set(numbered(1, written)));
  expect(killsInFlight).toBeGreaterThanOrEqual(3);
}, 180_000);

test("a damaged registry: it says so, and goes on from what is intact", async () => {
  await stage.receiver.start();
  await stage.append(...numbered(1, 100));
  await (await startedAndDelivered(100)).stop();
  const states = (await readdir(stage.registryDir)).filter((name) => name.endsWith(".state"));
  const newest = join(stage.registryDir, states.sort((a, b) => a.localeCompare(b)).at(-1) ?? "");
  const bytes = await readFile(newest);
  bytes[bytes.length - 10] = 0;
  await writeFile(newest, bytes);
  await stage.append(...numbered(101, 110));
  const tailer = await startedAndDelivered(110);
  expect(tailer.output()).toContain("GATELOG_TAILER_REGISTRY_DAMAGED");
  expect((await tailer.stop()).code).toBe(0);
  expect(stage.receiver.byId.size).toBe(110);
}, 60_000);

async function startedAndDelivered(count: number) {
  const tailer = await stage.start();
  await stage.receiver.arrived(count);
  return tailer;
}

test("an over-long line arrives cut and is counted", async () => {
  await stage.receiver.start();
  await stage.append("x".repeat(3_000_000), "after");
  await stage.start();
  await stage.receiver.arrived(2);
  expect([...stage.receiver.messages()].map(({ length }) => length)).toEqual([960 * 1024, 5]);
  expect(await stage.metric("gatelog_tailer_lines_truncated_total")).toBe(1);
}, 60_000);

test("what it cannot start with is one sentence and exit 1", async () => {
  const refused = async (sentence: RegExp) => {
    const tailer = stage.launch();
    expect(await tailer.exited).toEqual({ code: 1, signal: null });
    expect(tailer.output()).toMatch(sentence);
    expect(tailer.output()).not.toMatch(noStack);
  };
  const config = join(stage.logs, "../tailer.yaml");
  const good = await readFile(config, "utf8");
  await writeFile(config, "inputs: [\n");
  await refused(/tailer\.yaml:\d/);
  await writeFile(config, good.replace('"registryDir"', '"registryDirs"'));
  await refused(/registryDirs.*registryDir/s);
  await writeFile(config, good.replace("./registry", "./tailer.yaml/registry"));
  await refused(/tailer\.yaml:1:\d+: registryDir: cannot write in the directory/);
  await writeFile(config, good.replace("./registry", "/proc/registry"));
  await refused(/registryDir: cannot write in the directory \/proc\/registry: its file system takes no new directories/);
  expect(await stage.run("--config", config, "--check")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^gatelog tailer: \S+tailer\.yaml:1:\d+: registryDir: cannot write in the directory \/proc\/registry/),
  });
  await writeFile(config, good);
  await stage.start();
  await writeFile(config, good.replace(/"port":\d+/, '"port":0'));
  await refused(/another process uses the registry directory/);
}, 90_000);

test("files whose directory is not there are waited for, not ready, with the reason", async () => {
  await rm(stage.logs, { recursive: true });
  await stage.receiver.start();
  await stage.start();
  const red = await stage.ready();
  expect(red.status).toBe(503);
  expect(JSON.stringify(red.body)).toContain("ENOENT");
  await mkdir(stage.logs);
  await appendFile(stage.log, "late\n");
  await stage.receiver.arrived(1);
  await waitFor(async () => (await stage.ready()).status === 200);
}, 60_000);
