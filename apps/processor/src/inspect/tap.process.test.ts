import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { waitFor } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { beatsEvent, Bench, recordLine, type RunningProcessor } from "../processor.test-helper.ts";

// Real processes, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

const main = join(import.meta.dirname, "../../node_modules/.cache/test/main.js");
const token = "a-token-of-this-test";
const filters = [
  "parseRecord",
  { drop: {}, when: { field: "record.path", equals: "/health" }, as: "health" },
  { set: { fields: { team: "shop" } } },
];

let bench: Bench;
let processor: RunningProcessor;
let sent = 0;
const opened: { stop: () => void }[] = [];

beforeAll(async () => {
  bench = await Bench.create();
  const outputs = [
    { file: { path: "./all.log" }, as: "all" },
    { discard: {}, as: "none" },
  ];
  processor = await bench.start({ admin: { port: 0, token }, filters, outputs });
});
afterAll(async () => {
  for (const one of opened) one.stop();
  await bench.close();
});

async function send(...lines: string[]): Promise<void> {
  const client = bench.client(processor.beatsPort);
  await client.send(lines.map((line) => beatsEvent(line, sent++)));
  client.close();
}

interface Line {
  readonly at?: string;
  readonly output?: string;
  readonly kept?: boolean;
  readonly event?: {
    readonly line: string;
    readonly record?: { readonly path: string };
    readonly fields: Readonly<Record<string, unknown>>;
  };
}

/** `processor tap`, with the lines that it has written. */
function tap(...args: string[]) {
  const child = spawn(process.execPath, [main, "tap", ...args]);
  opened.push({ stop: () => child.kill("SIGKILL") });
  const lines: Line[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line) as Line));
  const stderr = text(child.stderr);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { lines, ended: async () => ({ code: await ended, stderr: await stderr }) };
}

const admin = () => `http://127.0.0.1:${processor.adminPort}`;
const withConfig = () => ["--config", join(bench.dir, "processor.yaml"), "--admin", admin()];

/** Sends events until the tap, which begins at some time, has seen enough of them. */
async function sendUntil(isDone: () => boolean, ...lines: string[]): Promise<void> {
  await waitFor(
    async () => {
      if (!isDone()) await send(...lines);
      return isDone();
    },
    { deadlineMs: 60_000, what: "a tap that has seen events" },
  );
}

it("a tap shows what is asked for of a running processor, and ends with its limit", async () => {
  const { lines, ended } = tap(...withConfig(), "--at", "set", "--output", "all", "--where", "record.path~^/a/", "--limit", "2");
  await sendUntil(
    () => lines.length >= 2,
    recordLine(1, { path: "/a/1" }),
    recordLine(2, { path: "/b" }),
    recordLine(3, { path: "/health" }),
  );
  expect(await ended()).toEqual({ code: 0, stderr: "" });
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ at: "set", output: "all", kept: true, event: { record: { path: "/a/1" }, fields: { team: "shop" } } });
});

it("events that come in are shown masked, as the buffer has them", async () => {
  const { lines, ended } = tap(...withConfig(), "--at", "input", "--limit", "1", "--where", "message~password");
  await sendUntil(() => lines.length > 0, '{"password":"hunter2"}');
  expect((await ended()).code).toBe(0);
  expect(JSON.stringify(lines)).toContain('"at":"input","input":"beats"');
  expect(JSON.stringify(lines)).not.toContain("hunter2");
});

it("a tap needs the token, and is told in one sentence what is wrong with what it asks for", async () => {
  expect(await tap("--admin", admin()).ended()).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^gatelog processor: tap: this needs .*admin\.token/),
  });
  const wrong = await tap(...withConfig(), "--at", "healht").ended();
  expect(wrong).toEqual({ code: 1, stderr: 'gatelog processor: tap: no output runs "healht", did you mean "health"?\n' });
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as AddressInfo;
  free.close();
  const gone = await tap("--admin", `http://127.0.0.1:${port}`).ended();
  expect(gone.stderr).toMatch(/tap: no processor answers at http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/);
  expect((await tap().ended()).stderr).toMatch(/tap: say which processor is meant: --config FILE, or --admin URL\n$/);
});

it("a client that reads nothing holds up no event, and is told how many it has missed", async () => {
  const socket: Socket = connect(processor.adminPort, "127.0.0.1");
  opened.push({ stop: () => socket.destroy() });
  socket.pause();
  socket.write(`GET /tap?at=buffer&output=none HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n\r\n`);
  const before = await processor.metric("events_delivered_total", 'output="none"');
  const large = "x".repeat(20_000);
  for (let round = 0; round < 20; round += 1) await send(...Array.from({ length: 50 }, () => large));
  await waitFor(async () => (await processor.metric("events_delivered_total", 'output="none"')) === before + 1000);
  let received = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
  socket.resume();
  await waitFor(() => /\{"tap":\{"leftOut":\d+\}\}/.test(received));
  expect(received).toContain("HTTP/1.1 200 OK");
});

it("what each node does is in the metrics", async () => {
  await send(recordLine(9, { path: "/health" }));
  await waitFor(async () => (await processor.metric("node_dropped_total", 'output="all",node="health"')) > 0);
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0);
  const of = (name: string, node: string, output = "all") => processor.metric(`node_${name}_total`, `output="${output}",node="${node}"`);
  expect(await of("events", "parseRecord")).toBe(sent);
  expect(await of("events", "set")).toBe(sent - (await of("dropped", "health")));
  expect(await of("events", "set", "none")).toBe(0);
});

it("an open tap does not hold up a stop, and says that it was cut", async () => {
  const { lines, ended } = tap(...withConfig(), "--at", "buffer");
  await sendUntil(() => lines.length > 0, recordLine(10));
  expect(await processor.process.stop()).toMatchObject({ code: 0 });
  expect(await ended()).toEqual({ code: 1, stderr: expect.stringMatching(/tap: the connection was cut: the processor has stopped/) });
});
