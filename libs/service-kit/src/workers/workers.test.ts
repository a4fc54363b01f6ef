import { rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Fixture, isAlive, type FixtureProcess } from "../fixture/fixture-process.test-helper.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.make();
});
afterEach(() => fixture.killAll());
afterAll(() => fixture.remove());

/** Reasons of /readyz. */
async function reasons(app: FixtureProcess): Promise<string[]> {
  return ((await (await fetch(`${await app.admin()}/readyz`)).json()) as { reasons: string[] }).reasons;
}

function pidsOf(app: FixtureProcess, worker: number): number[] {
  const lines = app.stdout.split("\n").filter((line) => line.includes('"msg":"worker started"'));
  return lines
    .map((line) => JSON.parse(line) as { pid: number; worker: number })
    .filter((line) => line.worker === worker)
    .map(({ pid }) => pid);
}

/** Ends the worker in this slot as a crash does; returns when another has its place. */
async function replace(app: FixtureProcess, worker: number): Promise<void> {
  const [...before] = pidsOf(app, worker);
  process.kill(before.at(-1) ?? -1, "SIGKILL");
  await waitFor(() => pidsOf(app, worker).length > before.length, { what: "another worker" });
}

test("an app with workers speaks with one voice: one message to the supervisor, readiness and metrics of all", async () => {
  const app = await fixture.run("workers: 2\n");
  const admin = await app.admin();
  expect(app.message?.ports["fixture"]).toBeGreaterThan(0);
  await expect((await fetch(`${admin}/readyz`)).json()).resolves.toEqual({
    ready: true,
    reasons: [],
    parts: ["worker 0", "worker 0: fixture", "worker 1", "worker 1: fixture"].map((name) => ({ name, ready: true })),
  });
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  expect(metrics).toMatch(/gatelog_build_info\{app="fixture".*\} 1\n/);
  expect(metrics).toContain('gatelog_part_ready{app="fixture",part="fixture"} 1\n');
  for (const worker of ["primary", "0", "1"]) expect(metrics).toContain(`process_cpu_seconds_total{worker="${worker}"}`);
  app.child.kill("SIGTERM");
  await expect(app.exited).resolves.toBe(0);
  expect(app.stdout.match(/"msg":"draining"/g)).toHaveLength(2);
  expect(app.stderr).toBe("");
});

test("a part that is not ready in any worker is named with the worker", async () => {
  const app = await fixture.run("workers: 2\nunready: no answer from 127.0.0.1:9200\n");
  expect(await reasons(app)).toEqual([
    "worker 0: fixture: no answer from 127.0.0.1:9200",
    "worker 1: fixture: no answer from 127.0.0.1:9200",
  ]);
});

test("a worker that is started again has the configuration that the primary read", async () => {
  const file = await fixture.configFile("workers: 2\n");
  const app = fixture.launch(["--config", file]);
  await app.admin();
  await writeFile(file, "workers: 2\nunready: read again\n");
  await replace(app, 1);
  await waitFor(async () => (await reasons(app)).length === 0, { what: "readiness" });
  expect(pidsOf(app, 0)).toHaveLength(1);
});

test("a worker that cannot start again is tried until it can, and readiness says why", async () => {
  const file = await fixture.configFile("workers: 2\ndir: ./data\n");
  const app = fixture.launch(["--config", file]);
  await app.admin();
  const dir = join(file, "..", "data");
  await rm(dir, { recursive: true });
  await writeFile(dir, "a file where a directory should be");
  process.kill(pidsOf(app, 0)[0] ?? -1, "SIGKILL");
  await waitFor(async () =>
    (await reasons(app)).some((reason) => reason.startsWith("worker 0: cannot start: dir: cannot write in the directory")),
  );
  expect(app.stderr).toBe("");
  await rm(dir);
  await waitFor(async () => (await reasons(app)).length === 0, { what: "readiness" });
  expect(await (await fetch(`${await app.admin()}/metrics`)).text()).toMatch(/gatelog_fixture_worker_exits_total [2-9]\n/);
});

test("a worker that hangs is not ready, and does not outlive the stop's deadline", async () => {
  const app = await fixture.run("workers: 2\nshutdownDeadlineMs: 500\n");
  await app.admin();
  const [hung = -1] = pidsOf(app, 1);
  process.kill(hung, "SIGSTOP");
  expect(await reasons(app)).toEqual(["worker 1: it does not answer"]);
  app.child.kill("SIGTERM");
  await expect(app.exited).resolves.toBe(1);
  expect(app.stdout).toContain("did not end within shutdownDeadlineMs");
  await waitFor(() => !isAlive(hung), { what: "the end of the worker" });
});

test("one worker that could not deliver everything makes the exit code 1, and is named", async () => {
  const app = await fixture.run("workers: 2\nbehaviour: fail\n");
  await app.admin();
  app.child.kill("SIGTERM");
  await expect(app.exited).resolves.toBe(1);
  expect(app.stdout).toContain("worker 0 ended with code 1; worker 1 ended with code 1");
});

test("a second stop ends the workers at once as well", async () => {
  const app = await fixture.run("workers: 2\nbehaviour: hang\n");
  await app.admin();
  const workers = [...pidsOf(app, 0), ...pidsOf(app, 1)];
  app.child.kill("SIGTERM");
  await waitFor(() => app.stdout.match(/"msg":"draining"/g)?.length === 2);
  // Sent again until it is late enough to count.
  const again = setInterval(() => app.child.kill("SIGTERM"), 50);
  await expect(app.exited).resolves.toBe(1);
  clearInterval(again);
  await waitFor(() => !workers.some(isAlive), { what: "the end of the workers" });
});

test("workers whose primary is killed while it hands them connections drain and end with no error", async () => {
  const app = await fixture.run("workers: 2\n");
  await app.admin();
  const workers = [...pidsOf(app, 0), ...pidsOf(app, 1)];
  for (const pid of workers) process.kill(pid, "SIGSTOP");
  // Each is handed one, and acknowledges it when the primary is gone already.
  const clients = [1, 2].map(() => connect(app.message?.ports["fixture"] ?? 0, "127.0.0.1").on("error", () => undefined));
  await Promise.all(clients.map((client) => once(client, "connect")));
  // By this answer the primary has seen the connections, which came before it.
  expect(await reasons(app)).toEqual(["worker 0: it does not answer", "worker 1: it does not answer"]);
  app.child.kill("SIGKILL");
  await once(app.child, "exit");
  for (const pid of workers) process.kill(pid, "SIGCONT");
  await app.exited;
  for (const client of clients) client.destroy();
  expect(app.stdout).not.toContain("uncaught error");
  expect(app.stdout.match(/"msg":"stopped"/g)).toHaveLength(2);
});

test("a connection that was handed to a worker which is killed before it takes it is closed, so that its client can call again", async () => {
  const app = await fixture.run("workers: 2\n");
  await app.admin();
  const workers = [...pidsOf(app, 0), ...pidsOf(app, 1)];
  for (const pid of workers) process.kill(pid, "SIGSTOP");
  const clients = [1, 2].map(() => connect(app.message?.ports["fixture"] ?? 0, "127.0.0.1").on("error", () => undefined));
  const closed = clients.map((client) => once(client, "close"));
  await Promise.all(clients.map((client) => once(client, "connect")));
  // By this answer the primary has seen the connections, which came before it.
  expect(await reasons(app)).toEqual(["worker 0: it does not answer", "worker 1: it does not answer"]);
  for (const client of clients) client.resume();
  for (const pid of workers) process.kill(pid, "SIGKILL");
  await Promise.all(closed);
});

test("workers whose primary is killed while they start end at once: nobody would ever tell them that they listen", async () => {
  const app = await fixture.run("workers: 2\nbehaviour: neverStarts\n");
  await waitFor(() => app.stdout.match(/"msg":"waiting"/g)?.length === 2, { what: "the start of the workers" });
  app.child.kill("SIGKILL");
  let isOver = false;
  void app.exited.then(() => (isOver = true));
  await waitFor(() => isOver, { what: "the end of the workers" });
});

test("what hinders the first start ends the app with 1 and is told once, our own bug with its stack", async () => {
  const holder = createServer();
  holder.listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const taken = await fixture.runToEnd(["--config", await fixture.configFile(`workers: 3\nport: ${port}\n`)]);
  expect(taken).toMatchObject({
    code: 1,
    stderr: `gatelog fixture: port: port ${port} on 127.0.0.1 is taken by another process; stop that one or choose another port\n`,
  });
  holder.close();
  const bug = await fixture.runToEnd(["--config", await fixture.configFile("workers: 3\nbehaviour: bug\n")]);
  expect(bug.code).toBe(1);
  expect(bug.stderr.match(/TypeError: a bug of ours/g)).toHaveLength(1);
});
