import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ManagedProcess, repositoryRoot, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { nextCall, seeded } from "./calls.ts";
import { createDemoApi } from "./demo-api.ts";
import { sendTraffic } from "./send-traffic.ts";
import { readTrafficOptions } from "./traffic-options.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startDemoApi(): Promise<string> {
  const app = createDemoApi();
  await app.listen({ host: "127.0.0.1", port: 0 });
  stops.push(() => app.close());
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

async function launch(file: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<ManagedProcess> {
  const directory = await temporaryDirectory();
  const started = new ManagedProcess({
    command: process.execPath,
    arguments: ["--import", "tsx", join(repositoryRoot, "tools/demo-api/src", file), ...args],
    cwd: repositoryRoot,
    logFile: join(directory.path, "output.txt"),
    ipc: true,
    env,
  });
  stops.push(
    () => directory.remove(),
    () => started.kill(),
  );
  return started;
}

describe("the options", () => {
  test("have defaults, and numbers within bounds", () => {
    expect(readTrafficOptions([])).toMatchObject({ gateway: "http://127.0.0.1:9000", ratePerSecond: 5, count: undefined });
    expect(readTrafficOptions(["--gateway", "http://localhost:1/x", "--rate", "0.5", "--count", "3", "--seed", "7"])).toEqual({
      gateway: "http://localhost:1",
      ratePerSecond: 0.5,
      count: 3,
      seed: 7,
    });
    expect(() => readTrafficOptions(["--rate", "5000"])).toThrow(/--rate must be a number from 0\.01 to 1000, found "5000"/);
    expect(() => readTrafficOptions(["--nonsense"])).toThrow(/nonsense/);
  });

  test("do not let calls leave the machine by mistake", () => {
    expect(() => readTrafficOptions(["--gateway", "http://shop.example"])).toThrow(/--allow-remote/);
    expect(readTrafficOptions(["--gateway", "http://shop.example", "--allow-remote"]).gateway).toBe("http://shop.example");
  });
});

describe("the traffic", () => {
  test("is the same for the same seed, and of every kind", () => {
    const calls = (seed: number) => {
      const random = seeded(seed);
      return Array.from({ length: 500 }, () => nextCall(random));
    };
    expect(calls(42)).toEqual(calls(42));
    expect(calls(42)).not.toEqual(calls(43));
    const paths = new Set(calls(42).map((call) => call.path.split("/")[1]?.split("?")[0]));
    expect(paths).toEqual(new Set(["springboot-demo", "orders", "login", "slow", "error", "large", "no-such-service"]));
  });

  test("sends as many calls as it is told, and counts the answers", async () => {
    const counts = await sendTraffic(
      { gateway: await startDemoApi(), ratePerSecond: 500, count: 40, seed: 1 },
      new AbortController().signal,
    );
    expect(counts.sent).toBe(40);
    expect(counts.failed).toBe(0);
    expect([...counts.answered.values()].reduce((sum, count) => sum + count, 0)).toBe(40);
  });

  test("keeps its rate, bounds what is on its way, and ends when asked", async () => {
    let inFlight = 0;
    let most = 0;
    const server = createServer(() => {
      inFlight += 1;
      most = Math.max(most, inFlight);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const stop = new AbortController();
    const sending = sendTraffic(
      { gateway: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ratePerSecond: 1000, count: undefined, seed: 1 },
      stop.signal,
    );
    await waitFor(() => inFlight === 64);
    stop.abort();
    server.closeAllConnections();
    const counts = await sending;
    expect([most, counts.failed]).toEqual([64, counts.sent]);
    server.close();
  });

  test("ends by itself after its count, as a command", async () => {
    const traffic = await launch("traffic.ts", ["--gateway", await startDemoApi(), "--rate", "200", "--count", "10", "--seed", "3"]);
    expect(await traffic.exited).toEqual({ code: 0, signal: null });
    expect(traffic.output()).toMatch(/10 calls sent; 200: \d+/);
  });

  test("to nobody is an error", async () => {
    const traffic = await launch("traffic.ts", ["--gateway", "http://127.0.0.1:1", "--rate", "200", "--count", "2"]);
    expect((await traffic.exited).code).toBe(1);
    expect(traffic.output()).toContain("is the gateway running at http://127.0.0.1:1?");
  });
});

describe("the demo API as a process", () => {
  test.each(["SIGTERM", "disconnect"] as const)("says its port and ends with 0 on %s", async (how) => {
    const demo = await launch("main.ts", [], { PORT: "0" });
    const message = await new Promise<{ type: string; port: number }>((resolve) =>
      demo.child.once("message", (said) => resolve(said as never)),
    );
    expect(message).toMatchObject({ type: "listening", port: expect.any(Number) });
    expect(await (await fetch(`http://127.0.0.1:${message.port}/springboot-demo/hello`)).text()).toBe("Hello!Spring boot!");
    if (how === "disconnect") demo.child.disconnect();
    else demo.signal("SIGTERM");
    expect(await demo.exited).toEqual({ code: 0, signal: null });
  });
});
