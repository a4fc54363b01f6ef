import { randomBytes } from "node:crypto";
import { deflateSync } from "node:zlib";
import { seededRandom, seedOfRun, waitFor } from "@gatelog/testkit";
import { afterEach, expect, test } from "vitest";
import { createLumberjackServer, type LumberjackServer, type LumberjackServerEvent, type LumberjackServerOptions } from "./server.ts";
import { eventOverheadBytes } from "./window-batch.ts";
import { compressedFrame, connectRaw, dataFrame, jsonFrame, number32, type RawPeer, short, windowFrame } from "./raw-peer.test-helper.ts";

interface Fixture {
  readonly server: LumberjackServer;
  readonly port: number;
  readonly batches: string[][];
  readonly events: LumberjackServerEvent[];
}

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(options: Partial<LumberjackServerOptions> = {}): Promise<Fixture> {
  const batches: string[][] = [];
  const events: LumberjackServerEvent[] = [];
  const server = createLumberjackServer({
    host: "127.0.0.1",
    port: 0,
    ...options,
    onEvent: (event) => events.push(event),
    onBatch: async (batch, peer) => {
      await options.onBatch?.(batch, peer);
      batches.push(batch.map((event) => Buffer.from(event).toString()));
    },
  });
  const { port } = await server.start();
  cleanUps.push(() => server.stop());
  return { server, port, batches, events };
}

/** A promise that the test resolves. */
function gateOf(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

async function peerOf(fixture: Fixture): Promise<RawPeer> {
  const peer = await connectRaw(fixture.port);
  cleanUps.push(() => void peer.socket.destroy());
  return peer;
}

async function expectRefused(fixture: Fixture, code: string, ...bytes: Uint8Array[]): Promise<void> {
  const peer = await peerOf(fixture);
  peer.write(...bytes);
  await peer.gone();
  const closed = await waitFor(() => fixture.events.find((event) => event.type === "disconnected"));
  expect(closed).toMatchObject({ error: { code } });
  expect(peer.acks).toEqual([]);
  expect(fixture.server.status().inFlightBytes).toBe(0);
  await expectAlive(fixture);
}

async function expectAlive(fixture: Fixture): Promise<void> {
  const peer = await peerOf(fixture);
  peer.write(windowFrame(1), jsonFrame(1, '{"alive":true}'));
  await peer.acked(1);
}

test("a window of JSON events is handed on as one batch and acknowledged with its highest sequence", async () => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  peer.write(windowFrame(2), jsonFrame(1, '{"a":1}'), jsonFrame(2, '{"b":"商品"}'));
  await peer.acked(2);
  expect(fixture.batches).toEqual([['{"a":1}', '{"b":"商品"}']]);
  expect(peer.received()).toEqual(short("2", "A", 2));
});

test("the bytes that a minimal sender writes are understood, byte by byte", async () => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  // What `struct.pack(">BBI", ord("2"), ord("W"), 1) + struct.pack(">BBII", ord("2"), ord("J"), 1, 17) + b'{"message":"hi!"}'` gives.
  const bytes = Buffer.from("325700000001324a00000001000000117b226d657373616765223a22686921227d", "hex");
  for (const byte of bytes) peer.write(Buffer.from([byte]));
  await peer.acked(1);
  expect(fixture.batches).toEqual([['{"message":"hi!"}']]);
});

test("a compressed frame carries the events of its window", async () => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  const frames = Buffer.concat([jsonFrame(1, '{"a":1}'), jsonFrame(2, '{"b":2}')]);
  peer.write(windowFrame(2), compressedFrame(deflateSync(frames)));
  await peer.acked(2);
  expect(fixture.batches).toEqual([['{"a":1}', '{"b":2}']]);
});

test("a window may be spread over several compressed and plain frames", async () => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  peer.write(
    windowFrame(3),
    compressedFrame(deflateSync(jsonFrame(1, "{}"))),
    jsonFrame(2, "{}"),
    compressedFrame(deflateSync(jsonFrame(3, "{}"))),
  );
  await peer.acked(3);
  expect(fixture.batches).toEqual([["{}", "{}", "{}"]]);
});

test("version 1 data frames become JSON objects and are acknowledged in version 1", async () => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  peer.write(windowFrame(1, "1"), dataFrame(1, { line: "GET /hello", host: "a", 编码: '"\n' }));
  await peer.acked(1);
  expect(JSON.parse(fixture.batches[0]?.[0] ?? "")).toEqual({ line: "GET /hello", host: "a", 编码: '"\n' });
  expect(peer.received()).toEqual(short("1", "A", 1));
});

test.each(["1", "2"])("an empty window of version %s is answered with ACK 0", async (version) => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  peer.write(windowFrame(0, version));
  await peer.acked(0);
  expect(peer.received()).toEqual(short(version, "A", 0));
  expect(fixture.batches).toEqual([]);
});

test("a new window while a batch is incomplete hands the partial batch on", async () => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  peer.write(windowFrame(10), jsonFrame(1, '{"n":1}'), jsonFrame(2, '{"n":2}'), windowFrame(1), jsonFrame(1, '{"n":3}'));
  await waitFor(() => peer.acks.length === 2);
  expect(peer.acks).toEqual([2, 1]);
  expect(fixture.batches).toEqual([['{"n":1}', '{"n":2}'], ['{"n":3}']]);
});

test("sequences need not start at one and the ACK names the highest", async () => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  peer.write(windowFrame(3), jsonFrame(41, "{}"), jsonFrame(43, "{}"), jsonFrame(42, "{}"));
  await peer.acked(43);
  expect(peer.acks).toEqual([43]);
});

test("the ACK leaves only after the batch was taken; meanwhile keep-alives of ACK 0 are sent", async () => {
  const gate = gateOf();
  const fixture = await serve({ keepAliveMs: 20, onBatch: () => gate.promise });
  const peer = await peerOf(fixture);
  peer.write(windowFrame(1), jsonFrame(1, "{}"));
  await waitFor(() => peer.acks.length >= 3);
  expect(new Set(peer.acks)).toEqual(new Set([0]));
  gate.resolve();
  await peer.acked(1);
});

test("no keep-alive is sent while nothing is pending, and a silent connection is closed", async () => {
  const fixture = await serve({ keepAliveMs: 10, inactivityTimeoutMs: 150 });
  const peer = await peerOf(fixture);
  peer.write(windowFrame(1), jsonFrame(1, "{}"));
  await peer.gone();
  expect(peer.acks).toEqual([1]);
  expect(fixture.events).toContainEqual(
    expect.objectContaining({ type: "disconnected", error: expect.objectContaining({ code: "GATELOG_LUMBERJACK_INACTIVE" }) }),
  );
});

test.each([
  ["a window", [windowFrame(2), jsonFrame(1, "{}")]],
  ["a frame", [windowFrame(1), jsonFrame(1, "{}", 10)]],
])("a peer that is silent in the middle of %s is slow, not idle", async (_, bytes) => {
  const fixture = await serve({ partialBatchMs: 20, inactivityTimeoutMs: 150 });
  const peer = await peerOf(fixture);
  peer.write(...bytes);
  await peer.gone();
  await waitFor(() => fixture.events.some(({ type }) => type === "disconnected"));
  expect(fixture.events).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ code: "GATELOG_LUMBERJACK_SLOW" }) }));
});

test("a peer whose batch is pending is not called inactive", async () => {
  const gate = gateOf();
  const fixture = await serve({ keepAliveMs: 1000, inactivityTimeoutMs: 40, onBatch: () => gate.promise });
  const peer = await peerOf(fixture);
  peer.write(windowFrame(1), jsonFrame(1, "{}"));
  await waitFor(() => fixture.server.status().inFlightBytes > 0);
  const idle = await peerOf(fixture);
  await idle.gone();
  expect(peer.closed()).toBe(false);
  gate.resolve();
  await peer.acked(1);
});

test("a batch that is refused costs the connection, without an ACK, also of the batches behind it", async () => {
  let calls = 0;
  const gate = gateOf();
  const fixture = await serve({
    onBatch: async () => {
      calls += 1;
      if (calls !== 1) return;
      await gate.promise;
      throw new Error("disk full");
    },
  });
  const peer = await peerOf(fixture);
  peer.write(windowFrame(1), jsonFrame(1, "{}"), windowFrame(1), jsonFrame(1, "{}"));
  await waitFor(() => calls === 2);
  gate.resolve();
  await peer.gone();
  expect(peer.acks).toEqual([]);
  expect(fixture.server.status().inFlightBytes).toBe(0);
});

test("windows are acknowledged in their order, however their batches finish", async () => {
  const gates = [gateOf(), gateOf()];
  let calls = 0;
  const fixture = await serve({ keepAliveMs: 60_000, onBatch: () => gates[calls++]?.promise ?? Promise.resolve() });
  const peer = await peerOf(fixture);
  peer.write(windowFrame(1), jsonFrame(7, "{}"), windowFrame(1), jsonFrame(8, "{}"));
  await waitFor(() => calls === 2);
  gates[1]?.resolve();
  await waitFor(() => fixture.batches.length === 1);
  expect(peer.acks).toEqual([]);
  gates[0]?.resolve();
  await peer.acked(8);
  expect(peer.acks).toEqual([7, 8]);
});

test("a window larger than one batch is handed on and acknowledged in parts", async () => {
  const fixture = await serve({ batchBytesMax: 2 * (60 + eventOverheadBytes) });
  const peer = await peerOf(fixture);
  const event = JSON.stringify({ text: "x".repeat(60) });
  peer.write(windowFrame(5), ...[1, 2, 3, 4, 5].map((sequence) => jsonFrame(sequence, event)));
  await peer.acked(5);
  expect(peer.acks).toEqual([2, 4, 5]);
  expect(fixture.batches.flat()).toHaveLength(5);
});

test("a compressed window larger than everything in flight is still delivered whole, in parts", async () => {
  const fixture = await serve({ batchBytesMax: 10_000, inFlightBytesMax: 20_000 });
  const peer = await peerOf(fixture);
  const events = Array.from({ length: 500 }, (_, index) => JSON.stringify({ index, text: randomBytes(200).toString("hex") }));
  const frames = Buffer.concat(events.map((event, index) => jsonFrame(index + 1, event)));
  peer.write(windowFrame(500), compressedFrame(deflateSync(frames)));
  await peer.acked(500);
  expect(fixture.batches.flat()).toEqual(events);
  expect(peer.acks.length).toBeGreaterThan(5);
  await waitFor(() => fixture.server.status().inFlightBytes === 0);
});

test("bytes in flight over all connections are bounded: further sockets wait, and everything arrives in the end", async () => {
  const gate = gateOf();
  const sizes: number[] = [];
  const fixture = await serve({
    keepAliveMs: 20,
    inFlightBytesMax: 5 * (1000 + eventOverheadBytes),
    inactivityTimeoutMs: 200,
    onBatch: async () => {
      sizes.push(fixture.server.status().inFlightBytes);
      await gate.promise;
    },
  });
  const peers = await Promise.all(Array.from({ length: 20 }, () => peerOf(fixture)));
  const event = JSON.stringify({ text: "x".repeat(985) });
  for (const peer of peers) peer.write(windowFrame(1), jsonFrame(1, event));
  await waitFor(() => fixture.server.status().waiting === 15);
  expect(sizes).toHaveLength(5);
  // The waiting ones are told that we are alive, and are not blamed for the silence that we impose.
  await waitFor(() => peers.every((peer) => peer.acks.filter((sequence) => sequence === 0).length > 12));
  expect(peers.some((peer) => peer.closed())).toBe(false);
  gate.resolve();
  await Promise.all(peers.map((peer) => peer.acked(1)));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5 * (1000 + eventOverheadBytes));
  expect(fixture.server.status()).toMatchObject({ inFlightBytes: 0, waiting: 0 });
});

test("connections that wait for bytes hand on what they hold, so that they never wait for each other", async () => {
  const fixture = await serve({ inFlightBytesMax: 3000 });
  const peers = await Promise.all(Array.from({ length: 4 }, () => peerOf(fixture)));
  const event = JSON.stringify({ text: "x".repeat(900) });
  for (const peer of peers) peer.write(windowFrame(4), ...[1, 2, 3, 4].map((sequence) => jsonFrame(sequence, event)));
  await Promise.all(peers.map((peer) => peer.acked(4)));
  expect(fixture.batches.flat()).toHaveLength(16);
});

test("large compressed frames that arrive at the same time do not wait for each other for ever", async () => {
  const fixture = await serve({ inFlightBytesMax: 2_000_000, batchBytesMax: 1_000_000 });
  const peers = await Promise.all(Array.from({ length: 4 }, () => peerOf(fixture)));
  const frame = compressedFrame(deflateSync(jsonFrame(1, JSON.stringify({ text: randomBytes(400_000).toString("base64") }))));
  for (const peer of peers) peer.write(windowFrame(1), frame.subarray(0, 100_000));
  await waitFor(() => fixture.server.status().inFlightBytes >= 1_300_000);
  for (const peer of peers) peer.write(frame.subarray(100_000));
  await Promise.all(peers.map((peer) => peer.acked(1)));
  await waitFor(() => fixture.server.status().inFlightBytes === 0);
});

test("a large version 1 frame is counted while it arrives", async () => {
  const fixture = await serve({ inFlightBytesMax: 2_000_000, jsonBytesMax: 1_500_000 });
  const peers = await Promise.all(Array.from({ length: 3 }, () => peerOf(fixture)));
  // Written as JSON it is larger than announced.
  const frame = dataFrame(1, { line: "\u0001".repeat(200_000) });
  for (const peer of peers) peer.write(windowFrame(1, "1"), frame.subarray(0, 100_000));
  await waitFor(() => fixture.server.status().waiting === 2);
  expect(fixture.server.status().inFlightBytes).toBe(1_500_000 + eventOverheadBytes);
  for (const peer of peers) peer.write(frame.subarray(100_000));
  await Promise.all(peers.map((peer) => peer.acked(1)));
  await waitFor(() => fixture.server.status().inFlightBytes === 0);
});

test("many connections at once keep their events apart", async () => {
  const fixture = await serve();
  const peers = await Promise.all(Array.from({ length: 50 }, () => peerOf(fixture)));
  for (const [index, peer] of peers.entries()) {
    const frames = Buffer.concat([jsonFrame(1, `{"peer":${index},"n":1}`), jsonFrame(2, `{"peer":${index},"n":2}`)]);
    peer.write(windowFrame(2), index % 2 === 0 ? frames : compressedFrame(deflateSync(frames)));
  }
  await Promise.all(peers.map((peer) => peer.acked(2)));
  expect(fixture.batches.map((batch) => batch.length)).toEqual(Array.from({ length: 50 }, () => 2));
  expect(new Set(fixture.batches.flat()).size).toBe(100);
});

test("stop acknowledges what was handed on and takes nothing more", async () => {
  const gate = gateOf();
  const fixture = await serve({ onBatch: () => gate.promise });
  const peer = await peerOf(fixture);
  peer.write(windowFrame(1), jsonFrame(1, "{}"), windowFrame(2), jsonFrame(1, "{}"));
  await waitFor(() => fixture.server.status().inFlightBytes === 2 * (2 + eventOverheadBytes));
  const stopped = fixture.server.stop();
  gate.resolve();
  await stopped;
  await peer.gone();
  expect(peer.acks.filter((sequence) => sequence > 0)).toEqual([1]);
  expect(fixture.batches).toEqual([["{}"]]);
});

test("stop does not wait for a peer that goes on sending", async () => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  const windows = Buffer.concat(
    Array.from({ length: 100 }, () => Buffer.concat([windowFrame(1), jsonFrame(1, `{"a":"${"x".repeat(1000)}"}`)])),
  );
  const sending = setInterval(() => peer.write(windows), 1);
  cleanUps.push(() => clearInterval(sending));
  await peer.acked(1);
  peer.socket.on("end", () => clearInterval(sending));
  const startMs = performance.now();
  await fixture.server.stop();
  expect(performance.now() - startMs).toBeLessThan(1500);
});

test("a port that is taken is one clear error", async () => {
  const fixture = await serve();
  const second = createLumberjackServer({ host: "127.0.0.1", port: fixture.port, onBatch: () => Promise.resolve() });
  await expect(second.start()).rejects.toMatchObject({
    code: "GATELOG_LUMBERJACK_LISTEN",
    message: expect.stringContaining(String(fixture.port)),
  });
});

const randomFrames = Buffer.concat([jsonFrame(1, "{}"), jsonFrame(2, randomBytes(450).toString("hex"))]);

const limits = { windowEventsMax: 100, jsonBytesMax: 1000, compressedBytesMax: 10_000, inflatedBytesMax: 50_000, pairsMax: 5 };

test.each([
  ["an HTTP request", "GATELOG_LUMBERJACK_PROTOCOL", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["an unknown version", "GATELOG_LUMBERJACK_PROTOCOL", short("3", "W", 1)],
  ["an unknown frame type", "GATELOG_LUMBERJACK_PROTOCOL", short("2", "X", 1)],
  ["an ACK from the sender", "GATELOG_LUMBERJACK_PROTOCOL", short("2", "A", 1)],
  ["an event without a window", "GATELOG_LUMBERJACK_PROTOCOL", jsonFrame(1, "{}")],
  ["a window over the limit", "GATELOG_LUMBERJACK_LIMIT", windowFrame(101)],
  ["a negative window", "GATELOG_LUMBERJACK_LIMIT", windowFrame(0xffffffff)],
  ["an empty JSON frame", "GATELOG_LUMBERJACK_PROTOCOL", Buffer.concat([windowFrame(1), jsonFrame(1, "")])],
  ["a JSON frame over the limit", "GATELOG_LUMBERJACK_LIMIT", Buffer.concat([windowFrame(1), jsonFrame(1, "", 1001)])],
  ["a negative JSON length", "GATELOG_LUMBERJACK_LIMIT", Buffer.concat([windowFrame(1), jsonFrame(1, "", 0xffffffff)])],
  ["a compressed frame over the limit", "GATELOG_LUMBERJACK_LIMIT", Buffer.concat([windowFrame(1), short("2", "C", 10_001)])],
  ["an empty compressed frame", "GATELOG_LUMBERJACK_PROTOCOL", Buffer.concat([windowFrame(1), short("2", "C", 0)])],
  [
    "a compressed frame that is no zlib",
    "GATELOG_LUMBERJACK_INFLATE",
    Buffer.concat([windowFrame(1), compressedFrame(Buffer.from("nonsense"))]),
  ],
  [
    "a damaged zlib stream",
    "GATELOG_LUMBERJACK_INFLATE",
    Buffer.concat([windowFrame(1), compressedFrame(deflateSync(randomFrames).subarray(0, -500))]),
  ],
  [
    "bytes after the zlib stream",
    "GATELOG_LUMBERJACK_INFLATE",
    Buffer.concat([windowFrame(9), compressedFrame(Buffer.concat([deflateSync(jsonFrame(1, "{}")), Buffer.alloc(20)]))]),
  ],
  [
    "a frame cut short inside a compressed one",
    "GATELOG_LUMBERJACK_PROTOCOL",
    Buffer.concat([windowFrame(9), compressedFrame(deflateSync(jsonFrame(1, "{}").subarray(0, -1)))]),
  ],
  [
    "a compressed frame in a compressed frame",
    "GATELOG_LUMBERJACK_PROTOCOL",
    Buffer.concat([windowFrame(9), compressedFrame(deflateSync(compressedFrame(deflateSync(jsonFrame(1, "{}")))))]),
  ],
  ["a data frame without fields", "GATELOG_LUMBERJACK_PROTOCOL", Buffer.concat([windowFrame(1, "1"), dataFrame(1, {})])],
  [
    "a data frame with a negative count of fields",
    "GATELOG_LUMBERJACK_LIMIT",
    Buffer.concat([windowFrame(1, "1"), dataFrame(1, {}, 0xffffffff)]),
  ],
  ["a data frame with too many fields", "GATELOG_LUMBERJACK_LIMIT", Buffer.concat([windowFrame(1, "1"), dataFrame(1, {}, 6)])],
  [
    "a data frame with a negative key length",
    "GATELOG_LUMBERJACK_LIMIT",
    Buffer.concat([windowFrame(1, "1"), dataFrame(1, {}, 1), number32(0xffffffff)]),
  ],
  [
    "data fields that together are over the limit",
    "GATELOG_LUMBERJACK_LIMIT",
    Buffer.concat([windowFrame(1, "1"), dataFrame(1, { a: "x".repeat(600), b: "x".repeat(600) })]),
  ],
  [
    "data fields that are over the limit once they are written as JSON",
    "GATELOG_LUMBERJACK_LIMIT",
    Buffer.concat([windowFrame(1, "1"), dataFrame(1, { a: "\u0001".repeat(300) })]),
  ],
])("%s closes the connection and nothing more", async (_, code, bytes) => {
  await expectRefused(await serve(limits), code, bytes);
});

test("more events than the window announced close the connection after the window's own ACK", async () => {
  const fixture = await serve();
  const peer = await peerOf(fixture);
  peer.write(windowFrame(1), jsonFrame(1, "{}"), jsonFrame(2, "{}"));
  await peer.gone();
  expect(fixture.batches.length).toBeLessThanOrEqual(1);
  expect(peer.acks).not.toContain(2);
  expect(fixture.events).toContainEqual(
    expect.objectContaining({ error: expect.objectContaining({ code: "GATELOG_LUMBERJACK_PROTOCOL" }) }),
  );
});

test("a bomb closes the connection long before it is inflated", async () => {
  const fixture = await serve({ ...limits, jsonBytesMax: 1 << 30 });
  const bomb = deflateSync(Buffer.concat([jsonFrame(1, "", 9_000_000), Buffer.alloc(9_000_000)]));
  expect(bomb.length).toBeLessThan(10_000);
  await expectRefused(fixture, "GATELOG_LUMBERJACK_LIMIT", windowFrame(1), compressedFrame(bomb));
});

test("random bytes never crash the server and never stay in memory", async () => {
  const random = seededRandom(seedOfRun());
  const fixture = await serve({ ...limits, inactivityTimeoutMs: 100 });
  const heads = ["2W", "2J", "2C", "1D", "1W", "2A", ""];
  const garbage = () => {
    const head = Buffer.from(random.pick(heads));
    const tail = Buffer.from(Array.from({ length: random.integer(0, 60) }, () => (random.next() < 0.5 ? 0 : random.integer(0, 255))));
    return Buffer.concat([head, tail]);
  };
  for (let round = 0; round < 20; round += 1) {
    const peers = await Promise.all(Array.from({ length: 20 }, () => peerOf(fixture)));
    for (const peer of peers) peer.write(windowFrame(random.integer(0, 5)), garbage(), garbage(), garbage());
    await Promise.all(peers.map((peer) => peer.gone()));
  }
  await waitFor(() => fixture.server.status().connections === 0);
  expect(fixture.server.status().inFlightBytes, `seed ${random.seed}`).toBe(0);
  await expectAlive(fixture);
}, 60_000);
