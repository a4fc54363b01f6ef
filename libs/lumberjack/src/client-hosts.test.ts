import { connect, createServer, type Socket } from "node:net";
import { freePort, manualClock, startFlakyProxy, waitFor } from "@gatelog/testkit";
import { afterEach, expect, test } from "vitest";
import { createLumberjackClient, type LumberjackClientOptions } from "./client.ts";
import type { LumberjackClientEvent } from "./host-link.ts";
import { createLumberjackServer } from "./server.ts";

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Receiver {
  readonly port: number;
  readonly received: string[];
  /** Batches that were handed on and are held back. */
  readonly held: () => number;
  hold(): void;
  release(): void;
  stop(): Promise<void>;
}

/** A receiver whose ACKs a test may hold back. */
async function receiver(port = 0): Promise<Receiver> {
  const received: string[] = [];
  let waiting: (() => void)[] = [];
  let isHolding = false;
  const release = () => {
    isHolding = false;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  const server = createLumberjackServer({
    host: "127.0.0.1",
    port,
    keepAliveMs: 50,
    onBatch: async (events) => {
      if (isHolding) await new Promise<void>((resolve) => waiting.push(resolve));
      received.push(...events.map((event) => Buffer.from(event).toString()));
    },
  });
  const listening = await server.start();
  const stop = () => {
    release();
    return server.stop();
  };
  cleanUps.push(stop);
  return { port: listening.port, received, held: () => waiting.length, hold: () => (isHolding = true), release, stop };
}

function clientOf(ports: readonly number[], options: Partial<LumberjackClientOptions> = {}) {
  const events: LumberjackClientEvent[] = [];
  const client = createLumberjackClient({
    hosts: ports.map((port) => `127.0.0.1:${port}`),
    timeoutMs: 10_000,
    retry: { minMs: 5, maxMs: 50 },
    onEvent: (event) => events.push(event),
    ...options,
  });
  cleanUps.push(() => client.close());
  return { client, events, connections: () => events.filter(({ type }) => type === "connected").length };
}

const windowOf = (key: string) => [Buffer.from(JSON.stringify({ key }))];
const all = (receivers: readonly Receiver[]) => receivers.flatMap(({ received }) => received);

test("load balance connects to all hosts and gives a window to the one with the fewest pending", async () => {
  const receivers = await Promise.all([receiver(), receiver(), receiver()]);
  for (const each of receivers) each.hold();
  const { client } = clientOf(
    receivers.map(({ port }) => port),
    { loadBalance: true, pipelining: 2 },
  );
  await client.connect();
  await waitFor(() => client.status().hosts.every(({ connected }) => connected));
  const sending = Array.from({ length: 6 }, (_, index) => client.send(windowOf(`w${index}`)));
  await waitFor(() => receivers.every(({ held }) => held() === 2));
  expect(client.status().hosts.map(({ pendingWindows }) => pendingWindows)).toEqual([2, 2, 2]);
  for (const each of receivers) each.release();
  await Promise.all(sending);
  expect(receivers.map(({ received }) => received.length)).toEqual([2, 2, 2]);
});

test("a slow host gets fewer windows than the others", async () => {
  const [slow, quick] = [await receiver(), await receiver()];
  slow.hold();
  const { client } = clientOf([slow.port, quick.port], { loadBalance: true, pipelining: 1 });
  await client.connect();
  await waitFor(() => client.status().hosts.every(({ connected }) => connected));
  const sending = Array.from({ length: 20 }, (_, index) => client.send(windowOf(`w${index}`)));
  await waitFor(() => quick.received.length === 19);
  slow.release();
  await Promise.all(sending);
  expect(slow.received).toHaveLength(1);
});

test("windows beyond pipelining wait until there is room", async () => {
  const only = await receiver();
  only.hold();
  const { client } = clientOf([only.port], { pipelining: 2 });
  const sending = Array.from({ length: 5 }, (_, index) => client.send(windowOf(`w${index}`)));
  await waitFor(() => only.held() === 2);
  expect(client.status()).toMatchObject({ waitingWindows: 3, hosts: [{ pendingWindows: 2 }] });
  only.release();
  await Promise.all(sending);
  expect(only.received).toEqual([0, 1, 2, 3, 4].map((index) => `{"key":"w${index}"}`));
});

test("windows of one connection arrive in the order in which they were sent, however long each takes to compress", async () => {
  const only = await receiver();
  const { client } = clientOf([only.port], { pipelining: 8 });
  const sizes = [500_000, 1, 300_000, 1, 1, 100_000, 1, 1];
  const windows = sizes.map((size, index) => [
    Buffer.from(
      JSON.stringify({
        index,
        text: Math.random()
          .toString(36)
          .repeat(size / 10),
      }),
    ),
  ]);
  await Promise.all(windows.map((window) => client.send(window)));
  expect(only.received.map((text) => (JSON.parse(text) as { index: number }).index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("while one balanced host is gone the others go on, and it is used again once it is back", async () => {
  const [steady, flaky] = [await receiver(), await receiver()];
  const proxy = await startFlakyProxy(flaky.port);
  cleanUps.push(() => proxy.close());
  const { client, events } = clientOf([steady.port, proxy.port], { loadBalance: true });
  await client.connect();
  await waitFor(() => client.status().hosts.every(({ connected }) => connected));
  proxy.cut();
  await waitFor(() => client.status().hosts[1]?.connected === false);
  for (let index = 0; index < 10; index += 1) await client.send(windowOf(`w${index}`));
  expect(steady.received).toHaveLength(10);
  expect(client.status()).toMatchObject({
    connected: true,
    hosts: [{ connected: true }, { connected: false, reason: expect.any(String) }],
  });
  await waitFor(() => events.filter(({ type }) => type === "connectFailed" || type === "disconnected").length >= 3);
  proxy.heal();
  await waitFor(() => client.status().hosts.every(({ connected }) => connected));
});

test("a window on a balanced connection that breaks is rejected, and sent again goes to another host", async () => {
  const [first, second] = [await receiver(), await receiver()];
  const proxy = await startFlakyProxy(first.port);
  cleanUps.push(() => proxy.close());
  first.hold();
  const { client } = clientOf([proxy.port, second.port], { loadBalance: true, pipelining: 1 });
  await client.connect();
  await waitFor(() => client.status().hosts.every(({ connected }) => connected));
  const sending = [client.send(windowOf("a")), client.send(windowOf("b"))];
  await waitFor(() => first.held() === 1);
  proxy.cut();
  const outcomes = await Promise.allSettled(sending);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  expect(outcomes[0]).toMatchObject({ reason: { code: "GATELOG_LUMBERJACK_DISCONNECTED", permanent: false } });
  await client.send(windowOf("a"));
  expect(second.received).toEqual(['{"key":"b"}', '{"key":"a"}']);
});

test("when no balanced host can be reached, a window is rejected with the reason of each", async () => {
  const ports = [await freePort(), await freePort()];
  const { client } = clientOf(ports, { loadBalance: true });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const failure = await client.send(windowOf("a")).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "GATELOG_LUMBERJACK_CONNECT", permanent: false });
    for (const port of ports) expect(String(failure)).toContain(`127.0.0.1:${port}: connect ECONNREFUSED`);
  }
  expect(client.status()).toMatchObject({ connected: false, reason: expect.stringContaining("ECONNREFUSED"), waitingWindows: 0 });
});

test("a host is not tried again before its back-off is over, which grows", async () => {
  const clock = manualClock();
  const { client, events } = clientOf([await freePort()], { clock, retry: { minMs: 1000, maxMs: 8000 } });
  const failed = () => events.filter(({ type }) => type === "connectFailed").length;
  await expect(client.send(windowOf("a"))).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_CONNECT" });
  for (let attempt = 2; attempt <= 6; attempt += 1) {
    const sending = client.send(windowOf("a"));
    const outcome = expect(sending).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_CONNECT" });
    await waitFor(() => clock.sleepers === 1);
    expect(failed()).toBe(attempt - 1);
    await clock.advance(clock.slept.at(-1) ?? 0);
    await outcome;
    expect(failed()).toBe(attempt);
  }
  const waits = clock.slept.filter((ms) => ms > 0);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1000);
  expect(waits[0]).toBeLessThanOrEqual(2000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(8000);
});

test("a host that takes connections and drops them is backed off from like one that takes none", async () => {
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    socket.destroy();
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  cleanUps.push(() => void server.close());
  const clock = manualClock();
  const { client } = clientOf([port], { clock, retry: { minMs: 1000, maxMs: 8000 } });
  await client.connect();
  await waitFor(() => !client.status().connected);
  const sending = client.send(windowOf("a"));
  const outcome = expect(sending).rejects.toMatchObject({ permanent: false });
  await waitFor(() => clock.sleepers === 1);
  expect(accepted).toBe(1);
  await clock.advance(clock.slept.at(-1) ?? 0);
  await outcome;
  expect(accepted).toBe(2);
  expect(client.status().reason).toMatch(/closed the connection|ECONNRESET|EPIPE/);
});

test("a waiting window moves to the next host when the one in use fails", async () => {
  const [first, second] = [await receiver(), await receiver()];
  const proxy = await startFlakyProxy(first.port);
  cleanUps.push(() => proxy.close());
  first.hold();
  const { client } = clientOf([proxy.port, second.port], { pipelining: 1 });
  const sending = [client.send(windowOf("a")), client.send(windowOf("b"))];
  await waitFor(() => first.held() === 1);
  proxy.cut();
  const outcomes = await Promise.allSettled(sending);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  expect(second.received).toEqual(['{"key":"b"}']);
  expect(client.status().host).toBe(`127.0.0.1:${second.port}`);
});

test("fail-over goes round: after the last host the first is tried again", async () => {
  const [first, second] = [await receiver(), await receiver()];
  const { client } = clientOf([first.port, second.port]);
  await client.send(windowOf("a"));
  await first.stop();
  await waitFor(() => !client.status().connected);
  // A receiver that leaves in peace is asked again, and only then the next.
  await client.send(windowOf("b"));
  expect(second.received).toHaveLength(1);
  const again = await receiver(first.port);
  await second.stop();
  await waitFor(() => !client.status().connected);
  // The first may still be backed off from; then the window is rejected rather than kept.
  await waitFor(() => client.send(windowOf("c")).then(() => true));
  expect(again.received).toEqual(['{"key":"c"}']);
});

test.each([false, true])(
  "a connection is renewed after its time without losing or rejecting a window (load balance: %s)",
  async (loadBalance) => {
    const clock = manualClock();
    const receivers = [await receiver(), await receiver()];
    const ports = receivers.map(({ port }) => port);
    const { client, connections } = clientOf(ports, { clock, ttlMs: 60_000, loadBalance, pipelining: 1 });
    const kept = loadBalance ? 2 : 1;
    await client.connect();
    await waitFor(() => connections() === kept && clock.sleepers === kept);
    for (const each of receivers) each.hold();
    const sending = Array.from({ length: 6 }, (_, index) => client.send(windowOf(`w${index}`)));
    await waitFor(() => receivers.reduce((sum, { held }) => sum + held(), 0) === kept);
    await clock.advance(60_000);
    // The new connections take windows while the old ones still wait for their ACKs.
    await waitFor(() => receivers.reduce((sum, { held }) => sum + held(), 0) === 2 * kept);
    expect(connections()).toBe(2 * kept);
    expect(client.status().connected).toBe(true);
    for (const each of receivers) each.release();
    await Promise.all(sending);
    expect(all(receivers).toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((index) => `{"key":"w${index}"}`));
  },
);

test("the connection that was renewed is closed once its windows are acknowledged", async () => {
  const clock = manualClock();
  const only = await receiver();
  const { client, events, connections } = clientOf([only.port], { clock, ttlMs: 1000 });
  await client.send(windowOf("a"));
  await waitFor(() => clock.sleepers === 1);
  await clock.advance(1000);
  await waitFor(() => connections() === 2 && events.some(({ type }) => type === "disconnected"));
  expect(events.find(({ type }) => type === "disconnected")).not.toHaveProperty("error");
  await client.send(windowOf("b"));
  expect(only.received).toHaveLength(2);
});

test("a host that takes no new connection keeps the one that it has, beyond its time", async () => {
  const clock = manualClock();
  const only = await receiver();
  const sockets: Socket[] = [];
  // Closing this listener leaves open connections alone.
  const front = createServer((socket) => {
    sockets.push(socket);
    forward(socket, only.port);
  });
  const port = await new Promise<number>((resolve) =>
    front.listen(0, "127.0.0.1", () => resolve((front.address() as { port: number }).port)),
  );
  cleanUps.push(() => sockets.forEach((socket) => socket.destroy()));
  const { client, events, connections } = clientOf([port], { clock, ttlMs: 1000, retry: { minMs: 100, maxMs: 200 } });
  await client.send(windowOf("a"));
  front.close();
  await waitFor(() => clock.sleepers === 1);
  await clock.advance(1000);
  await waitFor(() => events.some(({ type }) => type === "connectFailed"));
  await client.send(windowOf("b"));
  expect(only.received).toHaveLength(2);
  expect(connections()).toBe(1);
});

function forward(socket: Socket, port: number): void {
  const upstream = connect(port, "127.0.0.1");
  socket.pipe(upstream).pipe(socket);
  for (const [one, other] of [
    [socket, upstream],
    [upstream, socket],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}
