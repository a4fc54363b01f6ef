import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Bench, beatsEvent, recordLine } from "../processor.test-helper.ts";
import { HttpStore } from "./http-server.test-helper.ts";

// Real processes, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;
let store: HttpStore;

beforeEach(async () => {
  bench = await Bench.create();
  store = await new HttpStore().start();
});

afterEach(async () => {
  await bench.close();
  await store.stop();
});

const linesOf = (name: string) => readFileSync(join(bench.dir, name), "utf8").trimEnd().split("\n");
const idOf = (index: number) => `0199a1b2-c3d4-7000-8000-${index.toString(16).padStart(12, "0")}`;

it("each output gets the events that its condition holds for, and counts the others", async () => {
  const processor = await bench.start({
    filters: ["parseRecord", "ecs"],
    outputs: [
      { file: { path: "./all.log", format: "raw" } },
      { file: { path: "./errors.ndjson" }, when: { field: "record.status", gte: 500 } },
      {
        http: { url: store.url },
        when: {
          any: [
            { field: "fields.team", equals: "a" },
            { field: "message", contains: "no record" },
          ],
        },
        as: "team-a",
      },
    ],
  });
  const teams = ["a", "b", "a", "b"];
  const frames = teams.map((team, index) => beatsEvent(recordLine(index, { status: index < 2 ? 200 : 502 }), index, { fields: { team } }));
  await bench.client(processor.beatsPort).send([...frames, beatsEvent("no record", 9)]);
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0 && (await processor.metric("events_unwanted_total")) === 5);
  expect(linesOf("all.log").slice(0, 4)).toEqual(teams.map((_, index) => recordLine(index, { status: index < 2 ? 200 : 502 })));
  expect(linesOf("errors.ndjson").map((line) => (JSON.parse(line) as { gatelog: { id: string } }).gatelog.id)).toEqual([idOf(2), idOf(3)]);
  expect(store.stored.slice(0, 2)).toEqual([idOf(0), idOf(2)]);
  expect(store.stored).toHaveLength(3);
  expect(await processor.metric("events_unwanted_total", 'output="team-a"')).toBe(2);
  expect(await processor.metric("events_delivered_total", 'output="team-a"')).toBe(3);
});

it("events go to standard output as they come", async () => {
  const processor = await bench.start({ outputs: [{ stdout: { format: "raw" } }] });
  await bench.client(processor.beatsPort).send([beatsEvent("日志 1", 0), beatsEvent("日志 2", 1)]);
  await waitFor(() => processor.process.output().includes("日志 1\n日志 2\n"));
});

it("with standard output as an output, the log goes to standard error", async () => {
  const first = bench.launch({ outputs: [{ stdout: {} }] });
  await first.stop();
  const [command = "", ...rest] = first.child.spawnargs;
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const stdout = text(child.stdout);
    let log = "";
    child.stderr.on("data", (piece: Buffer) => (log += piece.toString()));
    await waitFor(() => log.includes('"msg":"started"'), { deadlineMs: 60_000, what: "a started processor" });
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(await stdout).toBe("");
  } finally {
    child.kill("SIGKILL");
  }
});

it("an HTTP server that refuses one event gets all others, and that one is a dead letter with its reason", async () => {
  store.answer = ({ ids }) => (ids.includes(idOf(2)) ? { status: 422, body: "status is no number" } : undefined);
  const processor = await bench.start({ outputs: [{ http: { url: store.url } }] });
  await bench.client(processor.beatsPort).send([0, 1, 2, 3, 4].map((index) => beatsEvent(recordLine(index), index)));
  await waitFor(async () => (await processor.metric("dead_letters_total", 'code="GATELOG_PROCESSOR_OUTPUT_HTTP_REFUSED"')) === 1);
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0);
  expect(store.stored.toSorted()).toEqual([0, 1, 3, 4].map(idOf));
  expect(processor.process.output()).toContain("status is no number");
});
