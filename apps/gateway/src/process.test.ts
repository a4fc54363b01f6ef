import { appendFileSync, mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, ManagedProcess, repositoryRoot, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RawClient } from "./test/raw-client.ts";
import { marksOf, readLines, recordsOf, writeFiles, type GatewayOptions } from "./test/running-gateway.ts";
import { tearDown, tracked, upTo } from "./test/set-up.ts";
import { bodyOf, echo, startUpstream } from "./test/upstream.ts";

let dir: string;
let port: number;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "gatelog-process-"));
  port = await freePort();
});
afterEach(async () => {
  await tearDown();
  rmSync(dir, { recursive: true, force: true });
});

/** The gateway as a process of its own, from source. */
function launch(options: GatewayOptions = {}, extra: readonly string[] = []): ManagedProcess {
  writeFiles(dir, { ...options, config: { listen: { host: "127.0.0.1", port }, ...options.config } });
  return new ManagedProcess({
    command: process.execPath,
    arguments: ["--import", "tsx", join(repositoryRoot, "apps/gateway/src/main.ts"), "--config", join(dir, "gateway.yaml"), ...extra],
    cwd: repositoryRoot,
    logFile: join(dir, `output-${readdirSync(dir).length}.txt`),
  });
}

async function running(options: GatewayOptions = {}): Promise<ManagedProcess> {
  const gateway = launch(options);
  tracked({ stop: async () => void (await gateway.kill()) });
  await gateway.waitForOutput('"started"');
  return gateway;
}

/** True when nobody listens; a connection without a call leaves no record. */
function isRefused(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at, "127.0.0.1", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => resolve(true));
  });
}

const logs = () => readLines(join(dir, "logs"));
const logFiles = () => readdirSync(join(dir, "logs")).filter((name) => name.endsWith(".log"));

/** Calls again and again on kept-alive connections; counts what was answered whole. */
class Load {
  answered = 0;
  failed = 0;
  #isStopped = false;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #done: Promise<unknown>;

  constructor(clients: number) {
    this.#done = Promise.all(upTo(clients).map(() => this.#run()));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#call();
        this.answered += 1;
      } catch {
        this.failed += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  #call(): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest({ host: "127.0.0.1", port, path: "/api/x", method: "POST", agent: this.#agent }, (response) => {
        bodyOf(response).then(
          (body) => (response.statusCode === 200 && body.toString() === "hello" ? resolve() : reject(new Error("not whole"))),
          reject,
        );
      });
      sent.once("error", reject);
      sent.end("hello");
    });
  }
}

describe("a gateway that cannot start says why in one sentence and exits 1", () => {
  async function refusal(gateway: ManagedProcess): Promise<string> {
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    const complaints = gateway
      .output()
      .split("\n")
      .filter((line) => line.startsWith("gatelog gateway: "));
    expect(gateway.output()).not.toMatch(/\n\s+at /);
    expect(complaints).toHaveLength(1);
    return complaints[0] ?? "";
  }

  test("when its port is taken", async () => {
    const other = createServer().listen(port, "127.0.0.1");
    tracked({ stop: () => new Promise<void>((resolve) => other.close(() => resolve())) });
    expect(await refusal(launch())).toContain(`listen.port: port ${port} on 127.0.0.1 is taken`);
  });

  test("when another gateway of its name writes in the same directory, and leaves that one's files alone", async () => {
    const first = await running();
    writeFileSync(join(dir, "logs", "gw-t-20200101000000a1b200-1.log"), "torn");
    expect(await refusal(launch({ config: { listen: { host: "127.0.0.1", port: 0 } } }))).toMatch(
      /log\.dir: another gateway named "gw-t" writes in .*logs and holds .*\.gw-t\.0\.lock; stop that one, or give this one another name/,
    );
    expect(logs()).toHaveLength(1);
    await first.kill();
    await (await running()).stop();
    expect(logs()).toContain("torn");
  });

  test("when its log directory cannot be written", async () => {
    writeFileSync(join(dir, "logs"), "a file, not a directory");
    expect(await refusal(launch())).toMatch(/log\.dir: cannot write in the directory .*logs: there is a file with this name/);
  });

  test("when a key is unknown", async () => {
    expect(await refusal(launch({ config: { capture: { bodyByteMax: 1 } } }))).toMatch(
      /gateway\.yaml:\d+:\d+: .*unknown key "bodyByteMax", did you mean "bodyBytesMax"/,
    );
  });

  test("when a routes file is broken", async () => {
    expect(await refusal(launch({ routes: { "a.yaml": "project: x\nroutes: 1\n" } }))).toMatch(
      /routes\.d\/a\.yaml:2:1: routes: expected a list.*, found 1/,
    );
  });

  test("when a routes file is broken, already with --check", async () => {
    expect(await refusal(launch({ routes: { "a.yaml": "project: x\nroutes: 1\n" } }, ["--check"]))).toMatch(
      /routes\.d\/a\.yaml:2:1: routes: /,
    );
  });

  test("when the client would be disconnected before its service may answer", async () => {
    expect(await refusal(launch({ config: { timeouts: { clientIdleMs: 1000 } } }))).toMatch(
      /timeouts\.clientIdleMs: expected more than timeouts\.upstreamAnswerMs/,
    );
  });
});

test("--check accepts what is valid and starts nothing", async () => {
  const gateway = launch({}, ["--check"]);
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(readdirSync(dir)).not.toContain("logs");
});

describe("SIGTERM", () => {
  test("under load ends with 0; every answer that a client had is in the file, and the closing mark accounts for all", async () => {
    const upstream = tracked(await startUpstream(echo));
    const gateway = await running({ upstream: upstream.origin });
    const load = new Load(16);
    await waitFor(() => load.answered > 200);
    gateway.signal("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    await load.stop();
    const records = recordsOf(logs());
    expect(records.filter((record) => record.status === 200).length).toBeGreaterThanOrEqual(load.answered);
    expect(records.map((record) => record.seq).toSorted((a, b) => a - b)).toEqual(upTo(records.length));
    expect(marksOf(logs()).at(-1)).toMatchObject({ closing: true, seq: records.length, inFlight: [] });
    expect(new Set(records.map((record) => record.id)).size).toBe(records.length);
  });

  test("lets a call in flight end, and takes no new connection", async () => {
    const upstream = tracked(await startUpstream((_request, response) => void setTimeout(() => response.end("slow"), 1500)));
    const gateway = await running({ upstream: upstream.origin });
    const answer = fetch(`http://127.0.0.1:${port}/api`);
    await waitFor(() => upstream.requests.length === 1);
    gateway.signal("SIGTERM");
    await waitFor(() => isRefused(port), { what: "connections to be refused" });
    expect(await (await answer).text()).toBe("slow");
    expect((await gateway.exited).code).toBe(0);
    expect(recordsOf(logs())).toMatchObject([{ status: 200 }]);
  });

  test("closes a kept-alive connection with the answer that it carries", async () => {
    let finish: () => void = () => undefined;
    const upstream = tracked(
      await startUpstream((_request, response) => {
        response.write("first ");
        finish = () => response.end("last");
      }),
    );
    const gateway = await running({ upstream: upstream.origin });
    const client = new RawClient(port);
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\n\r\n");
    await waitFor(() => client.received.includes("first"));
    gateway.signal("SIGTERM");
    await waitFor(() => isRefused(port));
    const startMs = performance.now();
    finish();
    await client.closed;
    expect((await gateway.exited).code).toBe(0);
    expect(client.received).toContain("last");
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(recordsOf(logs())).toMatchObject([{ status: 200, responseContent: "first last" }]);
  });

  test("ends calls that outlast the deadline as records, with their reason", async () => {
    const upstream = tracked(await startUpstream(() => undefined));
    const gateway = await running({ upstream: upstream.origin, config: { shutdownDeadlineMs: 1000 } });
    const answer = fetch(`http://127.0.0.1:${port}/api`).catch(() => "cut off");
    await waitFor(() => upstream.requests.length === 1);
    gateway.signal("SIGTERM");
    expect((await gateway.exited).code).toBe(0);
    expect(await answer).toBe("cut off");
    expect(recordsOf(logs())).toMatchObject([{ seq: 1, status: 503, error: { code: "GATELOG_GATEWAY_SHUTDOWN" } }]);
    expect(marksOf(logs()).at(-1)).toMatchObject({ closing: true, seq: 1, inFlight: [] });
  });
});

test("SIGUSR1 begins a new file under load and loses nothing", async () => {
  const upstream = tracked(await startUpstream(echo));
  const gateway = await running({ upstream: upstream.origin });
  const load = new Load(4);
  for (const count of [2, 3]) {
    await waitFor(() => load.answered > count * 50);
    gateway.signal("SIGUSR1");
    await waitFor(() => logFiles().length === count);
  }
  await load.stop();
  expect((await gateway.stop()).code).toBe(0);
  const records = recordsOf(logs());
  expect(records.map((record) => record.seq).toSorted((a, b) => a - b)).toEqual(upTo(records.length));
  expect(records.length).toBeGreaterThanOrEqual(load.answered);
});

test("a start after SIGKILL completes the torn line, knows the boot before it, and begins a file of its own", async () => {
  const upstream = tracked(await startUpstream(echo));
  const first = await running({ upstream: upstream.origin });
  const load = new Load(4);
  await waitFor(() => load.answered > 20);
  await load.stop();
  await waitFor(() => recordsOf(logs()).length >= load.answered);
  await first.kill();
  const [file = ""] = logFiles();
  const before = recordsOf(logs());
  appendFileSync(join(dir, "logs", file), '{"v":1,"id":"torn');
  const second = await running({ upstream: upstream.origin });
  expect(second.output()).toContain("completed log files whose last line was torn");
  expect((await second.stop()).code).toBe(0);
  const marks = marksOf(logs());
  expect(logs().filter((line) => line === '{"v":1,"id":"torn')).toHaveLength(1);
  expect(logFiles()).toHaveLength(2);
  expect(marks.find((mark) => mark.previous !== undefined)?.previous).toEqual({ boot: before[0]?.boot, seq: before.length });
});

test("the end of the supervisor's channel ends it", async () => {
  mkdirSync(join(dir, "logs"));
  writeFiles(dir, { config: { listen: { host: "127.0.0.1", port } } });
  const gateway = new ManagedProcess({
    command: process.execPath,
    arguments: ["--import", "tsx", join(repositoryRoot, "apps/gateway/src/main.ts"), "--config", join(dir, "gateway.yaml")],
    cwd: repositoryRoot,
    logFile: join(dir, "output.txt"),
    ipc: true,
  });
  const said = new Promise((resolve) => gateway.child.once("message", resolve));
  expect(await said).toMatchObject({ type: "listening", ports: { gateway: port } });
  gateway.child.disconnect();
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
});
