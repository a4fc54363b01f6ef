import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { freePort, ManagedProcess, repositoryRoot, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

const directory = await temporaryDirectory("gatelog-start-");
const [gatewayPort, consolePort, beatsPort] = [await freePort(), await freePort(), await freePort()];
const ports = ["--gateway-port", String(gatewayPort), "--console-port", String(consolePort), "--beats-port", String(beatsPort)];
let stack: ManagedProcess;

function launch(logFile: string, ...options: string[]): ManagedProcess {
  const arguments_ = ["--import", "tsx", join(repositoryRoot, "tools/start/src/main.ts"), ...options];
  return new ManagedProcess({
    command: process.execPath,
    arguments: arguments_,
    cwd: repositoryRoot,
    logFile: join(directory.path, logFile),
  });
}

beforeAll(async () => {
  stack = launch("start.out", "--data", join(directory.path, "data"), ...ports, "--no-open");
  await stack.waitForOutput("gatelog ready", 120_000);
});
afterAll(async () => {
  await stack.stop(35_000);
  await directory.remove();
});

function call(method: string, path: string, body = ""): Promise<{ status: number; text: string; requestId: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: gatewayPort, method, path, headers: { "content-type": "application/json" } };
    const outgoing = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text, requestId: String(response.headers["x-request-id"] ?? "") }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

interface Line {
  readonly type?: string;
  readonly id: string;
  readonly seq: number;
  readonly status: number;
  readonly path: string;
}

function records(): Line[] {
  const logs = join(directory.path, "data/logs");
  const lines = readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), "utf8").split("\n").slice(0, -1));
  return lines.map((line) => JSON.parse(line) as Line).filter((line) => line.type !== "mark");
}

async function rowCount(where: string): Promise<number> {
  const client = createClient({ url: `file:${join(directory.path, "data/gatelog.db")}` });
  try {
    const { rows } = await client.execute(`select count(*) from interface_log where ${where}`);
    return Number(rows[0]?.[0]);
  } finally {
    client.close();
  }
}

test("the ready line names the gateway, the console and the data, and no call was made by itself", () => {
  const data = join(directory.path, "data");
  expect(stack.output()).toContain(
    `gatelog ready gateway=http://127.0.0.1:${gatewayPort} console=http://127.0.0.1:${consolePort} data=${data}\n`,
  );
  expect(records()).toEqual([]);
});

test("the article's call is a row and an entry of the console within two seconds, every character intact", async () => {
  const body = JSON.stringify({ title: "segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》" });
  const answer = await call("POST", "/springboot-demo/hello?article", body);
  expect(answer).toMatchObject({ status: 200, text: "Hello!Spring boot!" });
  expect(answer.requestId).not.toBe("");
  const url = `http://127.0.0.1:${consolePort}/api/records?q=${encodeURIComponent("日志平台(网关层)")}`;
  const listed = await waitFor(
    async () => {
      const { records } = (await (await fetch(url)).json()) as { records: { id: string; day: string }[] };
      return records[0];
    },
    { deadlineMs: 2000, what: "the record on the console" },
  );
  const one = await (await fetch(`http://127.0.0.1:${consolePort}/api/records/${listed.day}/${listed.id}`)).json();
  expect(one).toMatchObject({ requestContent: body, responseContent: "Hello!Spring boot!" });
});

test("2,000 calls at concurrency 32 are 2,000 lines and rows with distinct ids and no gap in seq", async () => {
  let left = 2000;
  const worker = async () => {
    while (left-- > 0)
      expect(await call("POST", "/springboot-demo/hello?many", `{"n":${left}}`)).toMatchObject({ status: 200, text: "Hello!Spring boot!" });
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  await waitFor(async () => (await rowCount("query = 'many'")) === 2000, { deadlineMs: 60_000, what: "2,000 rows" });
  const all = records();
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(all.map((_, index) => index + 1));
});

test("200 calls that the client aborts and 50 that the gateway refuses end as records too", async () => {
  const before = records().length;
  const half = 'POST /springboot-demo/hello?gone HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"half":';
  for (let n = 0; n < 200; n++) {
    await new Promise<void>((resolve) => {
      const socket = connect(gatewayPort, "127.0.0.1", () => socket.end(half, () => socket.destroy()));
      socket.once("close", () => resolve());
    });
  }
  for (let n = 0; n < 50; n++) expect((await call("GET", `/no-such-route/${n}`)).status).toBe(404);
  await waitFor(() => records().length === before + 250, { what: "250 records" });
  const all = records();
  expect(all.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(all.map((_, index) => index + 1));
  expect(all.filter(({ status }) => status === 499)).toHaveLength(200);
});

test("a second stack on the same ports says in one sentence what is taken", async () => {
  const second = launch("second.out", "--data", join(directory.path, "second"), ...ports, "--no-open");
  const { code } = await second.exited;
  expect(code).toBe(1);
  // That of whichever stage finds its own taken first: with it the others are stopped.
  const taken = /port (\d+) on 127\.0\.0\.1 is taken by another process; stop that one or choose another port/.exec(second.output());
  expect(ports).toContain(taken?.[1]);
  expect(second.output()).not.toMatch(/\n\s+at .+:\d+:\d+/);
});

test.each([
  [["--gateway-port", "eighty"], "--gateway-port eighty"],
  [["--kafka", "nowhere"], "--kafka nowhere"],
  [["--database", "oracle://x"], "--database oracle://x"],
  [["--colour"], "--colour"],
])("%j is refused with one sentence and the usage", async (options, sentence) => {
  const refused = launch(`refused-${options.join("")}.out`, ...options);
  expect((await refused.exited).code).toBe(1);
  expect(refused.output()).toContain(sentence);
  expect(refused.output()).toContain("usage: npm start");
  expect(refused.output()).not.toMatch(/\n\s+at .+:\d+:\d+/);
});

// Last: it ends the stack.
test("Ctrl-C, which arrives twice, stops all stages and exits 0", async () => {
  stack.signal("SIGINT");
  stack.signal("SIGINT");
  expect(await stack.exited).toEqual({ code: 0, signal: null });
});
