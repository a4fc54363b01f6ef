import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { HttpStore } from "../outputs/http-server.test-helper.ts";
import { Bench, beatsEvent, recordLine, type RunningProcessor } from "../processor.test-helper.ts";

// Real processes, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

const main = join(import.meta.dirname, "../../node_modules/.cache/test/main.js");
const events = 30;
let bench: Bench;
let store: HttpStore;

beforeEach(async () => {
  bench = await Bench.create();
  store = await new HttpStore().start();
  store.answer = () => ({ status: 503, body: "not now" });
});

afterEach(async () => {
  await bench.close();
  await store.stop();
});

async function drain(...args: string[]) {
  const child = spawn(process.execPath, [main, "drain", "--config", join(bench.dir, "processor.yaml"), ...args]);
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

/** A processor that has taken events, of which one output has written all and the other none. */
async function behind(): Promise<RunningProcessor> {
  const outputs = [{ http: { url: store.url }, as: "store" }, { discard: {} }];
  const processor = await bench.start({ filters: [], drainMsMax: 100, outputs, retry: { maxMs: 200 } });
  await bench.client(processor.beatsPort).send(Array.from({ length: events }, (_, index) => beatsEvent(recordLine(index), index)));
  await waitFor(async () => (await processor.metric("output_lag_events", "discard")) === 0);
  return processor;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

it("a stopped processor is drained by the command alone, which says at its time-out what is left, and exits 0 when nothing is", async () => {
  const processor = await behind();
  const refused = await drain();
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/drain: a processor runs with .*: stop it first, or add --running\n$/),
  });
  await processor.process.stop();
  expect(store.stored).toEqual([]);
  const late = await drain("--timeout", "1", "--json");
  expect(late.code).toBe(1);
  expect(late.stderr).toMatch(/drain: after 1 s there is left: store 30 events \(retrying: .*503/);
  expect(JSON.parse(late.stdout)).toMatchObject({
    left: [
      { output: "store", events },
      { output: "discard", events: 0 },
    ],
  });
  store.answer = () => undefined;
  expect(await drain()).toMatchObject({ code: 0, stdout: expect.stringMatching(/drained: nothing is left to write\n$/), stderr: "" });
  expect(new Set(store.stored).size).toBe(events);
  expect(store.stored).toHaveLength(events);
  expect(await drain()).toMatchObject({ code: 0 });
  expect(store.stored).toHaveLength(events);
});

it("a running processor is drained: its inputs close, it is not ready, progress is told, and it runs on until it is stopped", async () => {
  const processor = await behind();
  const admin = ["--running", "--admin", `http://127.0.0.1:${processor.adminPort}`];
  const late = await drain(...admin, "--timeout", "1");
  expect(late).toMatchObject({ code: 1, stdout: expect.stringMatching(/^left: store 30 events/) });
  expect(late.stderr).toMatch(/drain: after 1 s there is left: store 30 events/);
  expect(await isListening(processor.beatsPort)).toBe(false);
  expect((await processor.readiness()).text).toContain("drain: it is being drained: the inputs are closed");
  store.answer = () => undefined;
  expect(await drain(...admin)).toMatchObject({ code: 0, stdout: expect.stringMatching(/drained: nothing is left to write\n$/) });
  expect(store.stored).toHaveLength(events);
  expect(await processor.readiness()).toEqual({
    status: 503,
    text: "drain: it is drained: nothing is left to write, and it can be stopped",
  });
  expect(await processor.process.stop()).toMatchObject({ code: 0 });
});
