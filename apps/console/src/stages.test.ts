import { createServer, type RequestListener } from "node:http";
import { afterEach, expect, test } from "vitest";
import { freePort, manualClock } from "@gatelog/testkit";
import { StageHealthReader } from "./stages.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function stage(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

test("ready, not ready with its reasons, and not there, in data-flow order", async () => {
  const reasons = ["elasticsearch: connect ECONNREFUSED"];
  const urls = {
    processor: await stage((_request, response) => response.writeHead(503).end(JSON.stringify({ ready: false, reasons }))),
    gateway: await stage((request, response) => response.writeHead(request.url === "/readyz" ? 200 : 404).end("{}")),
    tailer: `http://127.0.0.1:${await freePort()}`,
  };
  expect(await new StageHealthReader(urls, manualClock()).read()).toEqual([
    { name: "gateway", state: "ready", reasons: [] },
    { name: "tailer", state: "unreachable", reasons: [`${urls.tailer}: ECONNREFUSED`] },
    { name: "processor", state: "notReady", reasons },
  ]);
});

test("a stage that hangs is unreachable after a bounded time", async () => {
  const gateway = await stage(() => undefined);
  const [health] = await new StageHealthReader({ gateway }, manualClock()).read();
  expect(health).toMatchObject({ state: "unreachable", reasons: [expect.stringMatching(/did not answer within 1500 ms/u)] });
});

test("something else on the port is not ready, not a failure", async () => {
  const gateway = await stage((_request, response) => response.writeHead(404).end("<html>"));
  const [health] = await new StageHealthReader({ gateway }, manualClock()).read();
  expect(health).toEqual({ name: "gateway", state: "notReady", reasons: ["/readyz answered 404"] });
});

test("however many look, a stage is asked once a second", async () => {
  let asked = 0;
  const gateway = await stage((_request, response) => {
    asked += 1;
    response.end("{}");
  });
  const clock = manualClock();
  const reader = new StageHealthReader({ gateway }, clock);
  await Promise.all([reader.read(), reader.read(), reader.read()]);
  expect(asked).toBe(1);
  await clock.advance(1001);
  await reader.read();
  expect(asked).toBe(2);
});
