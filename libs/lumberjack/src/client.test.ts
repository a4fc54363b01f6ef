import { randomBytes } from "node:crypto";
import { freePort, manualClock, waitFor } from "@gatelog/testkit";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createLumberjackClient, type LumberjackClientOptions } from "./client.ts";
import type { LumberjackClientEvent } from "./host-link.ts";
import { encodeAck, encodeEvents } from "./encoder.ts";
import { createLumberjackServer, type LumberjackServerOptions } from "./server.ts";

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function receiver(
  options: Partial<LumberjackServerOptions> = {},
): Promise<{ port: number; received: string[]; stop(): Promise<void> }> {
  const received: string[] = [];
  const server = createLumberjackServer({
    host: "127.0.0.1",
    port: 0,
    onBatch: (events) => {
      received.push(...events.map((event) => Buffer.from(event).toString()));
      return Promise.resolve();
    },
    ...options,
  });
  const { port } = await server.start();
  cleanUps.push(() => server.stop());
  return { port, received, stop: () => server.stop() };
}

function clientOf(hosts: readonly string[], options: Partial<LumberjackClientOptions> = {}) {
  const events: LumberjackClientEvent[] = [];
  const client = createLumberjackClient({ hosts, timeoutMs: 5000, onEvent: (event) => events.push(event), ...options });
  cleanUps.push(() => client.close());
  return { client, events };
}

/** A receiver that answers as it is told. */
async function scripted(onData: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", () => onData(socket));
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return port;
}

function eventsOf(count: number, tag = "n"): Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.from(JSON.stringify({ [tag]: index, text: "日志 \u{1f600}" })));
}

test.each(["end", "resetAndDestroy"] as const)(
  "a connection that the receiver ends by %s while nothing is under way did not fail",
  async (way) => {
    const connected: Socket[] = [];
    const port = await scripted((socket) => {
      if (connected.includes(socket)) return;
      connected.push(socket);
      socket.write(encodeAck(0x32, 1));
    });
    const { client, events } = clientOf([`127.0.0.1:${port}`]);
    await client.send(eventsOf(1));
    connected[0]?.[way]();
    await waitFor(() => events.some(({ type }) => type === "disconnected"));
    expect(events.at(-1)).not.toHaveProperty("error");
    expect(client.status()).toMatchObject({ connected: false, hosts: [{ connected: false, idle: true }] });
    expect(client.status()).not.toHaveProperty("reason");
    await client.send(eventsOf(1));
    expect(client.status()).toMatchObject({ connected: true, hosts: [{ idle: false }] });
  },
);

test("a connection that was idle for a while before anything was sent on it did not fail, one that is ended at once did", async () => {
  const clock = manualClock();
  const connected: Socket[] = [];
  const server = createServer((socket) => connected.push(socket));
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  cleanUps.push(() => void server.close());
  const { client, events } = clientOf([`127.0.0.1:${port}`], { clock });
  const ended = (count: number) => waitFor(() => events.filter(({ type }) => type === "disconnected").length === count);
  await client.connect();
  await waitFor(() => connected.length === 1);
  await clock.advance(1000);
  connected[0]?.end();
  await ended(1);
  expect(client.status().hosts).toMatchObject([{ connected: false, idle: true }]);
  await client.connect();
  await waitFor(() => connected.length === 2);
  connected[1]?.end();
  await ended(2);
  expect(client.status()).toMatchObject({ reason: expect.stringContaining("before it answered anything"), hosts: [{ idle: false }] });
});

test.each([0, 1, 3, 9])("what is sent at compression level %i arrives as it is", async (compressionLevel) => {
  const server = await receiver();
  const { client } = clientOf([`127.0.0.1:${server.port}`], { compressionLevel });
  const events = eventsOf(500);
  await client.send(events);
  expect(server.received).toEqual(events.map(String));
  expect(client.status()).toMatchObject({ connected: true, host: `127.0.0.1:${server.port}` });
});

test.each([0, 3])("frames that the sender wrote itself arrive as they are at compression level %i", async (compressionLevel) => {
  const server = await receiver();
  const { client } = clientOf([`127.0.0.1:${server.port}`], { compressionLevel });
  const events = [...eventsOf(500), Buffer.from(JSON.stringify({ noise: randomBytes(3_000_000).toString("base64") }))];
  const { frames, count } = encodeEvents(events);
  const memory = new Uint8Array(frames.length + 7);
  memory.set(frames, 7);
  await client.sendWindow({ frames: memory.subarray(7), count });
  expect(server.received).toEqual(events.map(String));
  await client.sendWindow({ frames: new Uint8Array(0), count: 0 });
});

test("windows sent at the same time share one connection and are all acknowledged", async () => {
  const server = await receiver();
  const { client, events } = clientOf([`127.0.0.1:${server.port}`]);
  await Promise.all(["a", "b", "c", "d"].map((tag) => client.send(eventsOf(100, tag))));
  expect(server.received).toHaveLength(400);
  expect(events.filter((event) => event.type === "connected")).toHaveLength(1);
});

test("an empty batch needs no receiver", async () => {
  const { client } = clientOf(["127.0.0.1:1"]);
  await client.send([]);
});

test("an unreachable receiver is a transient error with its reason, and is found once it is there", async () => {
  const port = await freePort();
  const { client } = clientOf([`127.0.0.1:${port}`]);
  await expect(client.send(eventsOf(1))).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_CONNECT", permanent: false });
  expect(client.status()).toMatchObject({ connected: false, reason: expect.stringContaining("ECONNREFUSED") });
  const server = await receiver({ port });
  await client.send(eventsOf(1));
  expect(client.status().connected).toBe(true);
  expect(server.port).toBe(port);
});

test("the next host is used when the first cannot be reached, and when the one in use goes away", async () => {
  const dead = await freePort();
  const [first, second] = [await receiver(), await receiver()];
  const { client } = clientOf([dead, first.port, second.port].map((port) => `127.0.0.1:${port}`));
  await client.send(eventsOf(1));
  expect(first.received).toHaveLength(1);
  await first.stop();
  await waitFor(() => !client.status().connected);
  await client.send(eventsOf(2));
  expect(second.received).toHaveLength(2);
});

test("keep-alives hold a slow receiver's connection open, a partial ACK does not end the wait", async () => {
  let sent = false;
  const port = await scripted((socket) => {
    if (sent) return;
    sent = true;
    let beats = 0;
    const timer = setInterval(() => {
      beats += 1;
      socket.write(encodeAck(0x32, beats < 6 ? 0 : beats < 8 ? 3 : 10));
      if (beats === 8) clearInterval(timer);
    }, 60);
  });
  const { client } = clientOf([`127.0.0.1:${port}`], { timeoutMs: 300 });
  const started = performance.now();
  await client.send(eventsOf(10));
  expect(performance.now() - started).toBeGreaterThan(400);
});

test("a receiver that says nothing is given up after the time-out", async () => {
  const port = await scripted(() => {});
  const { client } = clientOf([`127.0.0.1:${port}`], { timeoutMs: 100 });
  await expect(client.send(eventsOf(1))).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_TIMEOUT", permanent: false });
});

test("an idle connection may be silent for longer than the time-out", async () => {
  const server = await receiver();
  const { client, events } = clientOf([`127.0.0.1:${server.port}`], { timeoutMs: 60 });
  await client.send(eventsOf(1));
  const silent = clientOf([`127.0.0.1:${await scripted(() => {})}`], { timeoutMs: 300 });
  await expect(silent.client.send(eventsOf(1))).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_TIMEOUT" });
  await client.send(eventsOf(1));
  expect(events.map((event) => event.type)).toEqual(["connected"]);
});

test("an answer that is no ACK ends the connection with a transient error", async () => {
  const port = await scripted((socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const { client } = clientOf([`127.0.0.1:${port}`]);
  await expect(client.send(eventsOf(1))).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_PROTOCOL", permanent: false });
});

test("a connection that breaks before the ACK rejects every window that is open", async () => {
  const port = await scripted((socket) => void socket.destroy());
  const { client } = clientOf([`127.0.0.1:${port}`]);
  const outcomes = await Promise.allSettled([client.send(eventsOf(1)), client.send(eventsOf(1))]);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "GATELOG_LUMBERJACK_DISCONNECTED" } });
});

test("close rejects what is open, and a closed client takes nothing", async () => {
  const port = await scripted(() => {});
  const { client } = clientOf([`127.0.0.1:${port}`]);
  const sending = client.send(eventsOf(1));
  await waitFor(() => client.status().connected);
  client.close();
  await expect(sending).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_CLOSED" });
  await expect(client.send(eventsOf(1))).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_CLOSED" });
});

test("a host that is not written as name:port is refused with the host in the message", () => {
  expect(() => clientOf(["http://logstash:5044"])).toThrow(/"http:\/\/logstash:5044" is no host/);
  expect(() => clientOf([])).toThrow(/at least one host/);
});
