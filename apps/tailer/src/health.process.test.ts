import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, waitFor } from "@gatelog/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, numbered, type Stage } from "./process.test-helper.ts";

let stage: Stage;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.remove());

const reasons = async () => JSON.stringify((await stage.ready()).body.reasons ?? []);

test("a receiver that is alive and acknowledges nothing: not ready after stallMs, told and measured; ready when it goes on", async () => {
  await stage.configure({ stallMs: 1000 });
  await stage.receiver.start();
  let goOn: () => void = () => {};
  stage.receiver.onBatch = () => new Promise((resolve) => (goOn = resolve));
  await stage.append(...numbered(1, 10));
  const tailer = await stage.start();
  await waitFor(async () => (await reasons()).includes("progress: 10 events wait for their acknowledgement"), { deadlineMs: 30_000 });
  expect(tailer.output()).toContain("GATELOG_TAILER_STALLED");
  expect(await stage.metric("gatelog_tailer_stalled")).toBe(1);
  expect(await stage.metric("gatelog_tailer_oldest_in_flight_seconds")).toBeGreaterThanOrEqual(1);
  expect(await stage.metric("gatelog_tailer_host_connected")).toBe(1);
  goOn();
  await waitFor(async () => (await stage.ready()).status === 200, { deadlineMs: 30_000 });
  expect(tailer.output()).toContain("GATELOG_TAILER_PROGRESS");
  expect(await stage.metric("gatelog_tailer_oldest_in_flight_seconds")).toBe(0);
}, 60_000);

test("a receiver that closes what is idle is nothing to warn of: the tailer stays ready, and sends over another connection", async () => {
  stage.receiver.inactivityTimeoutMs = 1000;
  await stage.receiver.start();
  await stage.append("one");
  const tailer = await stage.start();
  await stage.receiver.arrived(1);
  const statuses = new Set<number>();
  await waitFor(
    async () => {
      statuses.add((await stage.ready()).status);
      return stage.receiver.connections >= 4;
    },
    { deadlineMs: 30_000 },
  );
  expect(statuses).toEqual(new Set([200]));
  await stage.append("two");
  await stage.receiver.arrived(2);
  expect((await tailer.stop()).code).toBe(0);
  expect(tailer.output()).not.toContain('"level":40');
  expect(tailer.output().match(/connected to the receiver/g)).toHaveLength(1);
}, 60_000);

test("each receiver has its gauge, and attempts at one that is away are counted", async () => {
  await stage.receiver.start();
  const away = `127.0.0.1:${await freePort()}`;
  await stage.configure({ output: { lumberjack: { hosts: [`127.0.0.1:${stage.receiver.port}`, away], loadBalance: true } } });
  await stage.start();
  const gauge = (host: string) => stage.metric(`gatelog_tailer_host_connected{host="${host}"}`);
  await waitFor(async () => (await gauge(`127.0.0.1:${stage.receiver.port}`)) === 1, { deadlineMs: 30_000 });
  expect(await gauge(away)).toBe(0);
  await waitFor(async () => (await stage.metric(`gatelog_tailer_connect_failures_total{host="${away}"}`)) >= 1, { deadlineMs: 30_000 });
  expect((await stage.ready()).status).toBe(200);
}, 60_000);

test("a file that two inputs name is delivered once, by the first, and told of", async () => {
  await stage.receiver.start();
  const inputs = [
    { id: "first", paths: ["./logs/*.log"] },
    { id: "second", paths: ["./logs/a*"] },
  ];
  await stage.configure({ inputs });
  await stage.append("one");
  const tailer = await stage.start();
  await stage.receiver.arrived(1);
  await waitFor(() => tailer.output().includes("GATELOG_TAILER_INPUTS_OVERLAP"), { deadlineMs: 30_000 });
  expect((await tailer.stop()).code).toBe(0);
  expect(stage.receiver.events().map(({ fields }) => fields["input"])).toEqual(["first"]);
}, 60_000);

test("lines that are left out, undecodable or unparsed are counted", async () => {
  await stage.receiver.start();
  await stage.configureInput({ excludeLines: ["drop"], parsers: [{ ndjson: {} }] });
  await writeFile(stage.log, Buffer.concat([Buffer.from('{"drop":1}\n{"a":1}\nno json\nbad '), Buffer.from([0xff]), Buffer.from("\n")]));
  await stage.start();
  await stage.receiver.arrived(3);
  const count = (name: string) => stage.metric(`gatelog_tailer_lines_${name}_total`);
  expect([await count("excluded"), await count("undecodable"), await count("unparsed")]).toEqual([1, 1, 2]);
}, 60_000);

test("directories that cannot be looked at are counted by the system's code", async () => {
  await stage.receiver.start();
  await stage.configureInput({ paths: ["./nowhere/*.log"] });
  await stage.start();
  await waitFor(async () => (await stage.metric('gatelog_tailer_scan_failures_total{code="ENOENT"}')) === 1, { deadlineMs: 30_000 });
  expect(await reasons()).toContain("files: ");
  await mkdir(stage.at("nowhere"));
  await writeFile(join(stage.at("nowhere"), "x.log"), "late\n");
  await stage.receiver.arrived(1);
}, 60_000);
