import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Fixture, isAlive } from "./fixture/fixture-process.test-helper.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.make();
});
afterEach(() => fixture.killAll());
afterAll(() => fixture.remove());

test("an app starts, answers health, readiness, metrics and its own routes, and ends with 0 on SIGTERM", async () => {
  const app = await fixture.run("dir: ./here\n");
  const admin = await app.admin();
  expect(app.message?.ports["fixture"]).toBeGreaterThan(0);
  await expect((await fetch(`${admin}/healthz`)).json()).resolves.toEqual({ status: "ok" });
  const ready = await fetch(`${admin}/readyz`);
  expect(ready.status).toBe(200);
  await expect(ready.json()).resolves.toEqual({ ready: true, reasons: [], parts: [{ name: "fixture", ready: true }] });
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  expect(metrics).toContain('gatelog_build_info{app="fixture",version="1.2.3"');
  expect(metrics).toContain('gatelog_part_ready{app="fixture",part="fixture"} 1');
  expect(metrics).toContain("process_cpu_seconds_total");
  await expect((await fetch(`${admin}/extra`)).json()).resolves.toMatchObject({ dir: expect.stringMatching(/\/here$/) });
  app.child.kill("SIGTERM");
  await expect(app.exited).resolves.toBe(0);
  expect(app.stdout).toContain('"msg":"starting"');
  expect(app.stderr).toBe("");
});

test("/readyz is 503 with the reasons of the parts that are not ready", async () => {
  const app = await fixture.run("unready: connect ECONNREFUSED 127.0.0.1:9200\n");
  const response = await fetch(`${await app.admin()}/readyz`);
  expect(response.status).toBe(503);
  await expect(response.json()).resolves.toMatchObject({ ready: false, reasons: ["fixture: connect ECONNREFUSED 127.0.0.1:9200"] });
});

test("while it drains, /readyz says so and the deadline's abort ends the stop with 1", async () => {
  const app = await fixture.run("behaviour: slow\nshutdownDeadlineMs: 1500\n");
  const admin = await app.admin();
  app.child.kill("SIGTERM");
  const reasons = await waitFor(async () => {
    const body = (await (await fetch(`${admin}/readyz`)).json()) as { ready: boolean; reasons: string[] };
    return body.ready ? undefined : body.reasons;
  });
  expect(reasons).toEqual(["app: stopping"]);
  await expect(app.exited).resolves.toBe(1);
  expect(app.stdout).toContain("the stop took longer than shutdownDeadlineMs (1500 ms)");
  expect(app.stdout).not.toContain("stack");
});

test("an app that does not react to the deadline is ended with 1", async () => {
  const app = await fixture.run("behaviour: hang\nshutdownDeadlineMs: 100\n");
  await app.admin();
  app.child.kill("SIGINT");
  await expect(app.exited).resolves.toBe(1);
  expect(app.stdout).toContain("did not end within shutdownDeadlineMs");
});

test("what prints to a reader that has gone, as `| head` does, ends without a complaint", async () => {
  const app = fixture.launch(["--help"]);
  app.child.stdout?.destroy();
  const [code] = (await once(app.child, "exit")) as [number];
  expect({ code, stderr: app.stderr }).toEqual({ code: 141, stderr: "" });
});

test("a stop that could not deliver everything ends with 1 and says why", async () => {
  const app = await fixture.run("behaviour: fail\n");
  await app.admin();
  app.child.kill("SIGTERM");
  await expect(app.exited).resolves.toBe(1);
  expect(app.stdout).toContain("not everything was delivered");
});

test("a signal repeated within a second is one signal, a later one ends the app at once with 1", async () => {
  const app = await fixture.run("behaviour: hang\n");
  await app.admin();
  app.child.kill("SIGINT");
  app.child.kill("SIGINT");
  app.child.kill("SIGTERM");
  await waitFor(() => app.stdout.includes('"msg":"draining"'));
  const drainingAt = performance.now();
  // The second Ctrl-C of a human: sent again until it is late enough to count.
  const again = setInterval(() => app.child.kill("SIGINT"), 50);
  await expect(app.exited).resolves.toBe(1);
  clearInterval(again);
  expect(performance.now() - drainingAt).toBeGreaterThan(800);
  expect(app.stdout.match(/"msg":"stopping"/g)).toHaveLength(1);
  expect(app.stdout).toContain("asked to stop again");
});

test("the end of the supervisor's channel stops the app as a signal does", async () => {
  const app = await fixture.run("dir: ./data\n");
  await app.admin();
  app.child.disconnect();
  await expect(app.exited).resolves.toBe(0);
  expect(app.stdout).toContain('"reason":"the supervisor is gone"');
});

test("a supervisor that ends while the app drains does not cut the draining short", async () => {
  const app = await fixture.run("dir: ./data\nshutdownDeadlineMs: 2000\nbehaviour: slow\n");
  await app.admin();
  app.child.kill("SIGTERM");
  await waitFor(() => app.stdout.includes('"msg":"draining"'));
  const drainingAt = performance.now();
  // Longer than what counts as one and the same signal.
  await waitFor(() => performance.now() - drainingAt > 1200);
  app.child.disconnect();
  await expect(app.exited).resolves.toBe(1);
  expect(app.stdout).toContain("the stop took longer than shutdownDeadlineMs");
  expect(app.stdout).not.toContain("asked to stop again");
});

test("an app whose supervisor was killed, and with it both output pipes, still drains", async () => {
  const file = await fixture.configFile("dir: ./data\n");
  const supervisor = join(file, "..", "supervisor.mjs");
  await writeFile(
    supervisor,
    `import { fork } from "node:child_process";
     const child = fork(${JSON.stringify(fixture.main)}, ["--config", ${JSON.stringify(file)}], { silent: true, detached: true });
     child.on("message", () => process.send(child.pid));`,
  );
  const parent = fork(supervisor, [], { cwd: import.meta.dirname });
  const [pid] = (await once(parent, "message")) as [number];
  parent.kill("SIGKILL");
  await waitFor(() => existsSync(join(file, "..", "data", "drained")), { what: "the app's mark that it drained" });
  await waitFor(() => !isAlive(pid), { what: "the end of the app" });
});

test("an app may stop itself when its job is done, also before it has started", async () => {
  const app = await fixture.run("behaviour: oneShot\n");
  await expect(app.exited).resolves.toBe(0);
  expect(app.stdout).toContain('"reason":"the job is done"');
});

test("other signals reach the app's own handlers", async () => {
  const app = await fixture.run("dir: ./data\n");
  const admin = await app.admin();
  app.child.kill("SIGUSR1");
  await waitFor(async () => ((await (await fetch(`${admin}/extra`)).json()) as { reopened: number }).reopened === 1);
});

test("an uncaught error and an unhandled rejection are logged and end the app with 1", async () => {
  const thrown = await fixture.run("behaviour: throwLater\n");
  await expect(thrown.exited).resolves.toBe(1);
  expect(thrown.stdout).toContain("nobody expected this");
  const rejected = await fixture.run("behaviour: rejectLater\n");
  await expect(rejected.exited).resolves.toBe(1);
  expect(rejected.stdout).toContain("nobody caught this");
});

test("a local obstacle is one sentence without a stack, our own bug keeps its stack", async () => {
  const refused = await fixture.runToEnd(["--config", await fixture.configFile("behaviour: startError\n")]);
  expect(refused).toMatchObject({ code: 1, stderr: "gatelog fixture: the fixture does not start\n" });
  const bug = await fixture.runToEnd(["--config", await fixture.configFile("behaviour: bug\n")]);
  expect(bug.code).toBe(1);
  expect(bug.stderr).toMatch(/TypeError: a bug of ours\n\s+at /);
});

test("a taken port, of the app or of its admin server, names the key, where it stands, and what to do", async () => {
  const holder = createServer();
  holder.listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const ownFile = await fixture.configFile(`dir: ./data\nport: ${port}\n`);
  const own = await fixture.runToEnd(["--config", ownFile]);
  const advice = `port ${port} on 127.0.0.1 is taken by another process; stop that one or choose another port\n`;
  expect(own).toMatchObject({ code: 1, stderr: `gatelog fixture: ${ownFile}:2:1: port: ${advice}` });
  const adminFile = await fixture.configFile(`admin: { port: ${port} }\n`);
  const admin = await fixture.runToEnd(["--config", adminFile]);
  expect(admin).toMatchObject({ code: 1, stderr: `gatelog fixture: ${adminFile}:1:10: admin.port: ${advice}` });
  holder.close();
});

test("an address that is not this machine's is named", async () => {
  const port = await freePort();
  const file = await fixture.configFile(`admin: { host: 192.0.2.1, port: ${port} }\n`);
  const result = await fixture.runToEnd(["--config", file]);
  expect(result.code).toBe(1);
  expect(result.stderr).toBe(
    `gatelog fixture: ${file}:1:27: admin.port: cannot listen on 192.0.2.1:${port}: 192.0.2.1 is not an address of this machine\n`,
  );
});

test("a directory that cannot be written is one sentence with its key and where that stands", async () => {
  const file = await fixture.configFile("dir: ./blocked/data\n");
  await writeFile(join(file, "..", "blocked"), "a file where a directory should be");
  const result = await fixture.runToEnd(["--config", file]);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(
    /^gatelog fixture: \S+\/fixture\.yaml:1:1: dir: cannot write in the directory .*\/blocked\/data: a part of the path is a file, not a directory\n$/,
  );
});

test("a directory without permission is one sentence with its key", async () => {
  const file = await fixture.configFile("dir: ./locked/data\n");
  const locked = join(file, "..", "locked");
  await mkdir(locked);
  await chmod(locked, 0o500);
  // Permissions do not stop root, but nobody makes a directory in /sys.
  const env: Record<string, string> = process.getuid?.() === 0 ? { GATELOG_FIXTURE_DIR: "/sys/gatelog" } : {};
  const result = await fixture.runToEnd(["--config", file], env);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(
    /^gatelog fixture: (\S+fixture\.yaml:1:1|environment variable GATELOG_FIXTURE_DIR): dir: cannot write in the directory \S+: (no permission|the file system is read-only)\n$/,
  );
});

test("a wrong configuration ends with 1 and one line a problem, before anything starts", async () => {
  const file = await fixture.configFile("prot: 1\nbatch: { rowsMax: 0 }\n");
  const result = await fixture.runToEnd(["--config", file], { GATELOG_FIXTURE_DIRR: "x" });
  expect(result).toEqual({
    code: 1,
    stdout: "",
    stderr:
      `gatelog fixture: ${file}:1:1: prot: unknown key "prot", did you mean "port"?\n` +
      `gatelog fixture: ${file}:2:10: batch.rowsMax: expected an integer of at least 1, found 0\n` +
      "gatelog fixture: environment variable GATELOG_FIXTURE_DIRR matches no key, did you mean GATELOG_FIXTURE_DIR?\n",
  });
});

test("--check validates, relations included, and starts nothing", async () => {
  const good = await fixture.configFile("dir: ./never-made\n");
  const result = await fixture.runToEnd(["--config", good, "--check"]);
  expect(result).toEqual({ code: 0, stdout: `${good}: the configuration of fixture is valid\n`, stderr: "" });
  expect(existsSync(join(good, "..", "never-made"))).toBe(false);
  const bad = await fixture.configFile("batch: { rowsMax: 5, bytesMax: 4 }\n");
  const refused = await fixture.runToEnd(["--check", `--config=${bad}`]);
  expect(refused).toMatchObject({ code: 1, stderr: `gatelog fixture: ${bad}:1:10: batch.rowsMax: must not be above batch.bytesMax\n` });
});

const usage = "usage: --config FILE [--check]\n";

test.each([
  [[], `--config is missing; ${usage}`],
  [["--config"], `--config needs the name of a file; ${usage}`],
  [["--confg", "x"], `unknown flag --confg, did you mean --config?; ${usage}`],
  [["--config", "x", "--check=1"], `--check takes no value; ${usage}`],
  [["config.yaml"], `unexpected argument "config.yaml"; ${usage}`],
  [["--config", "/absent.yaml"], "cannot read the configuration file /absent.yaml: there is no such file\n"],
])("the command line %j is refused in one sentence", async (args, sentence) => {
  await expect(fixture.runToEnd(args)).resolves.toMatchObject({ code: 1, stderr: `gatelog fixture: ${sentence}` });
});
