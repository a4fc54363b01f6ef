import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, waitFor } from "@gatelog/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GatewayOptions } from "../test/running-gateway.ts";
import { tearDown, tracked, upTo } from "../test/set-up.ts";
import { echo, startUpstream } from "../test/upstream.ts";
import { bundleGateway, isAlive, Load, WorkersGateway, type Boot, type Home } from "./workers.test-helper.ts";

let home: Home;
beforeAll(bundleGateway);
beforeEach(async () => {
  home = { dir: mkdtempSync(join(tmpdir(), "gatelog-workers-")), port: await freePort() };
});
afterEach(async () => {
  await tearDown();
  rmSync(home.dir, { recursive: true, force: true });
});

async function running(options: GatewayOptions = {}, extra: { detached?: boolean } = {}): Promise<WorkersGateway> {
  const upstream = tracked(await startUpstream(echo));
  const gateway = tracked(new WorkersGateway(home, { upstream: upstream.origin, ...options }, extra));
  expect(await gateway.started()).toMatchObject({ type: "listening", ports: { gateway: home.port } });
  return gateway;
}

/** Calls from many clients until both workers have had some. */
async function loadOnBoth(gateway: WorkersGateway): Promise<Load> {
  const load = new Load(home.port, 16);
  tracked({ stop: () => load.stop() });
  await waitFor(() => load.answered > 200 && gateway.boots().filter(({ records }) => records.length > 0).length === 2, {
    what: "records of both workers",
  });
  return load;
}

/** Every number from 1 has its record, and the marks open and close the boot. */
function expectWhole({ records, marks }: Boot): void {
  expect(records.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(upTo(records.length));
  expect(marks[0]).toMatchObject({ seq: 0 });
  expect(marks.at(-1)).toMatchObject({ closing: true, seq: records.length, inFlight: [] });
}

test("two workers share the load, each with files of its own; SIGTERM under load ends all with 0 and every call has one record", async () => {
  const gateway = await running();
  const load = await loadOnBoth(gateway);
  gateway.process.signal("SIGTERM");
  expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
  await load.stop();
  const boots = gateway.boots();
  expect(boots).toHaveLength(2);
  boots.forEach(expectWhole);
  const records = boots.flatMap((boot) => boot.records);
  expect(records.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(load.answered);
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  expect(gateway.logged("started")).toHaveLength(1);
});

test("the metrics of the workers add up, and what a worker counted stays when it ends", async () => {
  const gateway = await running();
  expect(await gateway.readyz()).toEqual({ status: 200, reasons: [] });
  const load = await loadOnBoth(gateway);
  await load.stop();
  const calls = () => gateway.metric("gatelog_gateway_calls_total");
  expect(await calls()).toBe(load.answered);
  expect(await gateway.metric("gatelog_gateway_call_duration_seconds_count")).toBe(load.answered);
  expect(await gateway.metric("gatelog_build_info")).toBe(1);
  expect(await gateway.metric("gatelog_gateway_routes")).toBe(1);
  expect(await gateway.metric('process_resident_memory_bytes{worker="1"}')).toBeGreaterThan(0);
  process.kill(gateway.pidOf(0), "SIGKILL");
  await waitFor(async () => (await gateway.metric("gatelog_gateway_worker_exits_total")) === 1);
  expect(await calls()).toBe(load.answered);
});

test("a worker that is killed under load is started again in its slot, while the other goes on", async () => {
  const gateway = await running();
  const load = await loadOnBoth(gateway);
  const [killed, other] = [gateway.pidOf(1), gateway.pidOf(0)];
  process.kill(killed, "SIGKILL");
  const { reasons } = await waitFor(async () => {
    const answer = await gateway.readyz();
    return answer.status === 503 ? answer : undefined;
  });
  expect(reasons).toEqual(["worker 1: was ended by SIGKILL"]);
  const { answered } = load;
  await waitFor(() => load.answered > answered + 100, { what: "answers of the other worker" });
  await waitFor(() => gateway.pidOf(1) !== killed, { what: "the worker's return" });
  await waitFor(async () => (await gateway.readyz()).status === 200);
  expect(gateway.pidOf(0)).toBe(other);
  await load.stop();
  expect(await gateway.process.stop()).toEqual({ code: 0, signal: null });
  const boots = gateway.boots();
  expect(boots).toHaveLength(3);
  const again = boots.find(({ marks }) => marks[0]?.previous !== undefined);
  const before = boots.find(({ boot }) => boot === again?.marks[0]?.previous?.boot);
  expect(before?.marks.some(({ closing }) => closing)).toBe(false);
  for (const boot of boots) if (boot !== before) expectWhole(boot);
});

test("SIGTERM to the whole process group is one stop", async () => {
  const gateway = await running({}, { detached: true });
  const load = await loadOnBoth(gateway);
  process.kill(-gateway.process.pid, "SIGTERM");
  expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
  await load.stop();
  expect(gateway.logged("stopping")).toHaveLength(3);
  expect(gateway.process.output()).not.toContain("asked to stop again");
  gateway.boots().forEach(expectWhole);
});

test("workers whose primary was killed drain and end, and none stays behind", async () => {
  const gateway = await running();
  const load = await loadOnBoth(gateway);
  const workers = [gateway.pidOf(0), gateway.pidOf(1)];
  await gateway.process.kill();
  await waitFor(() => !workers.some(isAlive), { what: "the end of the workers" });
  await load.stop();
  const boots = gateway.boots();
  boots.forEach(expectWhole);
  expect(boots.flatMap(({ records }) => records).filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(load.answered);
});

test("SIGUSR1 has every worker begin a new file", async () => {
  const gateway = await running();
  const load = await loadOnBoth(gateway);
  gateway.process.signal("SIGUSR1");
  await waitFor(() => gateway.boots().every(({ files }) => files.length === 2));
  await load.stop();
  expect(await gateway.process.stop()).toEqual({ code: 0, signal: null });
  gateway.boots().forEach(expectWhole);
});

describe("what hinders all workers is told once, and ends the gateway with 1", () => {
  async function complaints(options: GatewayOptions = {}): Promise<string[]> {
    const gateway = tracked(new WorkersGateway(home, options));
    expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
    expect(gateway.process.output()).not.toMatch(/\n\s+at /);
    return gateway.process
      .output()
      .split("\n")
      .filter((line) => line.startsWith("gatelog gateway: "));
  }

  test("a taken port", async () => {
    const other = createServer().listen(home.port, "127.0.0.1");
    tracked({ stop: () => new Promise<void>((resolve) => other.close(() => resolve())) });
    expect(await complaints()).toEqual([
      `gatelog gateway: listen.port: port ${home.port} on 127.0.0.1 is taken by another process; stop that one or choose another port`,
    ]);
  });

  test("a log directory that cannot be written", async () => {
    writeFileSync(join(home.dir, "logs"), "a file, not a directory");
    expect(await complaints()).toEqual([expect.stringMatching(/log\.dir: cannot write in the directory .*there is a file with this name/)]);
  });

  test("a broken routes file", async () => {
    expect(await complaints({ routes: { "a.yaml": "project: x\nroutes: 1\n" } })).toEqual([
      expect.stringMatching(/routes\.d\/a\.yaml:2:1: routes: expected a list/),
    ]);
  });

  test("a wrong configuration, before any worker is forked", async () => {
    expect(await complaints({ config: { workers: 65 } })).toEqual([expect.stringMatching(/workers: expected .*64.*found 65/)]);
    expect(readdirSync(home.dir)).not.toContain("logs");
  });
});

test("--check starts no worker", async () => {
  const gateway = tracked(new WorkersGateway(home, {}, { arguments: ["--check"] }));
  expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
  expect(readdirSync(home.dir)).not.toContain("logs");
});
