import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { constants, createDeflate, deflateSync } from "node:zlib";
import { selfSigned, waitFor } from "@gatelog/testkit";
import { afterEach, expect, test } from "vitest";
import { compressedFrame, connectRaw, dataFrame, jsonFrame, type RawPeer, short, windowFrame } from "./raw-peer.test-helper.ts";
import { createLumberjackServer, type LumberjackServer, type LumberjackServerEvent, type LumberjackServerOptions } from "./server.ts";
import { eventOverheadBytes } from "./window-batch.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Fixture {
  readonly server: LumberjackServer;
  readonly port: number;
  readonly events: LumberjackServerEvent[];
  /** Bytes of the events that were handed on. */
  readonly taken: () => number;
  /** The most bytes in flight that were ever seen. */
  readonly inFlightMax: () => number;
  readonly peer: () => Promise<RawPeer>;
}

async function serve(options: Partial<LumberjackServerOptions> = {}): Promise<Fixture> {
  const events: LumberjackServerEvent[] = [];
  let taken = 0;
  let inFlightMax = 0;
  const server = createLumberjackServer({
    host: "127.0.0.1",
    port: 0,
    keepAliveMs: 50,
    onEvent: (event) => events.push(event),
    ...options,
    onBatch: async (batch, peer) => {
      inFlightMax = Math.max(inFlightMax, server.status().inFlightBytes);
      for (const event of batch) taken += event.length;
      await options.onBatch?.(batch, peer);
    },
  });
  const { port } = await server.start();
  cleanUps.push(() => server.stop());
  const peer = async () => {
    const raw = await connectRaw(port);
    cleanUps.push(() => void raw.socket.destroy());
    return raw;
  };
  return { server, port, events, taken: () => taken, inFlightMax: () => inFlightMax, peer };
}

const hasFailedWith = (events: readonly LumberjackServerEvent[], code: string) =>
  events.some((event) => event.type === "disconnected" && (event.error as { code?: string } | undefined)?.code === code);

async function expectServed(fixture: Fixture): Promise<void> {
  const peer = await fixture.peer();
  peer.write(windowFrame(1), jsonFrame(1, '{"alive":true}'));
  await peer.acked(1);
}

/** Sends a byte now and then, for as long as it is let. */
function trickle(peer: RawPeer): void {
  const timer = setInterval(() => peer.write(Buffer.from(" ")), 5);
  peer.socket.on("close", () => clearInterval(timer));
  cleanUps.push(() => clearInterval(timer));
}

test("peers that announce much and trickle do not hold back those that send small frames", async () => {
  const fixture = await serve({ inFlightBytesMax: 4 * MiB, slowFrameTimeoutMs: 60_000 });
  const slow = await Promise.all(Array.from({ length: 10 }, fixture.peer));
  for (const peer of slow) {
    peer.write(windowFrame(1), jsonFrame(1, "{", MiB));
    trickle(peer);
  }
  await waitFor(() => fixture.server.status().waiting === 9);
  expect(fixture.server.status().inFlightBytes).toBeLessThanOrEqual(2 * MiB);
  for (let round = 0; round < 20; round += 1) await expectServed(fixture);
});

test("a peer that sends empty windows without end lets the others have their turns", async () => {
  const fixture = await serve();
  const flood = await fixture.peer();
  let seen = 0;
  let mostInOneTurn = 0;
  let isOver = false;
  const look = () => {
    mostInOneTurn = Math.max(mostInOneTurn, flood.acks.length - seen);
    seen = flood.acks.length;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  cleanUps.push(() => void (isOver = true));
  // In one piece: what is there at once would be answered in one turn.
  flood.write(Buffer.concat(Array.from({ length: 10_000 }, () => windowFrame(0))));
  await waitFor(() => flood.acks.length === 10_000);
  expect(mostInOneTurn).toBeLessThan(1000);
  await expectServed(fixture);
});

test("a frame that trickles while others wait for its room costs its connection, and they go on", async () => {
  const fixture = await serve({ inFlightBytesMax: 4 * MiB, slowFrameTimeoutMs: 100 });
  const slow = await Promise.all(Array.from({ length: 3 }, fixture.peer));
  for (const peer of slow) {
    peer.write(windowFrame(1), jsonFrame(1, "{", 1.5 * MiB));
    trickle(peer);
  }
  await waitFor(() => fixture.server.status().waiting > 0);
  const honest = await fixture.peer();
  honest.write(windowFrame(1), jsonFrame(1, JSON.stringify({ text: "x".repeat(1.5 * MiB) })));
  await honest.acked(1);
  expect(hasFailedWith(fixture.events, "GATELOG_LUMBERJACK_SLOW")).toBe(true);
});

test("a large frame may take its time as long as nobody waits for its room", async () => {
  const fixture = await serve({ slowFrameTimeoutMs: 40 });
  const peer = await fixture.peer();
  const frame = jsonFrame(1, JSON.stringify({ text: "x".repeat(300 * KiB) }));
  peer.write(windowFrame(1));
  for (let at = 0; at < frame.length; at += 10 * KiB) {
    peer.write(frame.subarray(at, at + 10 * KiB));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await peer.acked(1);
});

test.each([
  ["the head of a frame", Buffer.from("2")],
  ["a JSON frame", jsonFrame(1, "{", 50)],
  ["a data frame", dataFrame(1, { a: "b" }, 500)],
  ["a compressed frame", short("2", "C", 500)],
])("%s that is never completed costs its connection, however its bytes trickle", async (_, bytes) => {
  const fixture = await serve({ frameTimeoutMs: 100 });
  const peer = await fixture.peer();
  peer.write(windowFrame(2), bytes);
  // Never enough of them, and never silent.
  const timer = setInterval(() => peer.write(Buffer.from("\0")), 20);
  cleanUps.push(() => clearInterval(timer));
  await peer.gone();
  await waitFor(() => fixture.events.some(({ type }) => type === "disconnected"));
  expect(fixture.events.find(({ type }) => type === "disconnected")).toHaveProperty("error");
  expect(fixture.server.status().inFlightBytes).toBe(0);
});

test.each([
  ["empty windows", [windowFrame(0)]],
  ["windows that are announced and not filled", [windowFrame(9)]],
  ["windows of one event", [windowFrame(1), jsonFrame(1, "{}")]],
])("a compressed frame of nothing but %s costs its connection, and no more than a few answers", async (_, unit) => {
  let batches = 0;
  const fixture = await serve({ onBatch: () => Promise.resolve(void (batches += 1)) });
  const peer = await fixture.peer();
  const bytes = Buffer.concat(unit);
  const bomb = deflateSync(Buffer.alloc(bytes.length * Math.floor((8 * MiB) / bytes.length), bytes));
  peer.write(compressedFrame(bomb));
  await peer.gone();
  await waitFor(() => hasFailedWith(fixture.events, "GATELOG_LUMBERJACK_LIMIT"));
  expect(peer.acks.length).toBeLessThanOrEqual(100);
  expect(batches).toBeLessThanOrEqual(100);
  expect(fixture.server.status().inFlightBytes).toBe(0);
  await expectServed(fixture);
});

test("windows that are announced and not filled hold their events for a short time only", async () => {
  const fixture = await serve({ inFlightBytesMax: 100 * KiB, partialBatchMs: 50 });
  const slow = await Promise.all(Array.from({ length: 12 }, fixture.peer));
  for (const peer of slow) {
    peer.write(windowFrame(60_000), jsonFrame(1, JSON.stringify({ text: "x".repeat(9 * KiB) })));
  }
  await Promise.all(slow.map((peer) => peer.acked(1)));
  await expectServed(fixture);
  await waitFor(() => fixture.server.status().inFlightBytes === 0);
});

test("a peer that does not read its ACKs is not read any more, and is closed when it goes on", async () => {
  // The system buffers megabytes of ACKs; those of TLS are larger, and fewer of them fit.
  const { certificate, key } = selfSigned("receiver");
  const fixture = await serve({ inactivityTimeoutMs: 300, tls: { material: () => ({ cert: certificate, key }) } });
  const socket = connectTls({ port: fixture.port, host: "127.0.0.1", rejectUnauthorized: false });
  cleanUps.push(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  const windows = Buffer.concat(Array.from({ length: 10_000 }, () => windowFrame(0)));
  const write = () => {
    while (socket.write(windows));
  };
  socket.on("drain", write);
  write();
  await waitFor(() => hasFailedWith(fixture.events, "GATELOG_LUMBERJACK_SLOW"), { deadlineMs: 25_000 });
});

test("events that are nearly nothing weigh what they cost", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const fixture = await serve({ inFlightBytesMax: MiB, batchBytesMax: 64 * KiB, onBatch: () => held });
  const peers = await Promise.all(Array.from({ length: 8 }, fixture.peer));
  const events = Buffer.concat(Array.from({ length: 20_000 }, (_, index) => jsonFrame(index + 1, "1")));
  for (const peer of peers) peer.write(windowFrame(20_000), events);
  await waitFor(() => fixture.server.status().waiting > 0 || fixture.taken() >= (MiB / (1 + eventOverheadBytes)) * 0.5);
  expect(fixture.taken()).toBeLessThanOrEqual(MiB / (1 + eventOverheadBytes));
  expect(fixture.server.status().inFlightBytes).toBeLessThanOrEqual(MiB);
  release();
  await Promise.all(peers.map((peer) => peer.acked(20_000)));
});

test("an event that comes byte by byte is taken", async () => {
  const fixture = await serve();
  const peer = await fixture.peer();
  const frame = jsonFrame(1, JSON.stringify({ text: "x".repeat(30_000) }));
  peer.write(windowFrame(1));
  for (let at = 0; at < frame.length; at += 1) {
    peer.write(frame.subarray(at, at + 1));
    if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await peer.acked(1);
});

test("many connections that inflate at the same time keep to the bytes in flight", async () => {
  const limits = { inFlightBytesMax: 2 * MiB, batchBytesMax: 256 * KiB, jsonBytesMax: 128 * KiB };
  const fixture = await serve({ ...limits, onBatch: () => new Promise((resolve) => setImmediate(resolve)) });
  const events = Array.from({ length: 800 }, (_, index) => jsonFrame(index + 1, JSON.stringify({ text: "y".repeat(10_000) })));
  // 8 MB in 20 kB.
  const frame = compressedFrame(deflateSync(Buffer.concat(events), { level: 9 }));
  const peers = await Promise.all(Array.from({ length: 20 }, fixture.peer));
  for (const peer of peers) peer.write(windowFrame(800), frame);
  await Promise.all(peers.map((peer) => peer.acked(800)));
  expect(fixture.taken()).toBe(20 * 800 * (10_000 + '{"text":""}'.length));
  expect(fixture.inFlightMax()).toBeLessThanOrEqual(limits.inFlightBytesMax);
  await waitFor(() => fixture.server.status().inFlightBytes === 0);
});

test("events larger than a batch are inflated one connection after the other", async () => {
  const limits = { inFlightBytesMax: MiB, batchBytesMax: 64 * KiB, jsonBytesMax: 2 * MiB };
  const fixture = await serve({ ...limits, onBatch: () => new Promise((resolve) => setTimeout(resolve, 5)) });
  const large = jsonFrame(2, JSON.stringify({ text: "z".repeat(2 * MiB - 100) }));
  const frame = compressedFrame(deflateSync(Buffer.concat([jsonFrame(1, "{}"), large, jsonFrame(3, "{}")])));
  const peers = await Promise.all(Array.from({ length: 10 }, fixture.peer));
  for (const peer of peers) peer.write(windowFrame(3), frame);
  await Promise.all(peers.map((peer) => peer.acked(3)));
  expect(fixture.inFlightMax()).toBeLessThanOrEqual(limits.inFlightBytesMax + limits.jsonBytesMax + eventOverheadBytes);
  await waitFor(() => fixture.server.status().inFlightBytes === 0);
});

/** A zlib stream of `head` and so many MiB of spaces, made without ever having them. */
async function bombOf(head: Buffer, mebibytes: number): Promise<Buffer> {
  const deflate = createDeflate({ level: 9 });
  const pieces: Buffer[] = [];
  deflate.on("data", (piece: Buffer) => pieces.push(piece));
  deflate.write(head);
  const spaces = Buffer.alloc(MiB, 0x20);
  for (let count = 0; count < mebibytes; count += 1) if (!deflate.write(spaces)) await once(deflate, "drain");
  deflate.flush(constants.Z_FULL_FLUSH);
  deflate.end();
  await once(deflate, "end");
  return Buffer.concat(pieces);
}

test("a bomb costs its connection, whatever it pretends to be, and never more bytes than the limits", async () => {
  const limits = { inFlightBytesMax: 2 * MiB, batchBytesMax: 256 * KiB, jsonBytesMax: MiB, inflatedBytesMax: 8 * MiB };
  const fixture = await serve(limits);
  const bombs: [string, Buffer][] = [
    ["GATELOG_LUMBERJACK_LIMIT", await bombOf(jsonFrame(1, "{", 64 * MiB), 64)],
    ["GATELOG_LUMBERJACK_LIMIT", await bombOf(Buffer.concat(Array.from({ length: 16 }, () => windowFrame(0))), 64)],
    [
      "GATELOG_LUMBERJACK_LIMIT",
      deflateSync(Buffer.concat(Array.from({ length: 20 }, () => jsonFrame(1, " ".repeat(900 * KiB)))), { level: 9 }),
    ],
  ];
  let seen = 0;
  const watch = setInterval(() => (seen = Math.max(seen, fixture.server.status().inFlightBytes)), 1);
  cleanUps.push(() => clearInterval(watch));
  for (const [, bomb] of bombs) {
    expect(bomb.length).toBeLessThan(limits.inFlightBytesMax - limits.batchBytesMax);
    const peers = await Promise.all(Array.from({ length: 6 }, fixture.peer));
    for (const peer of peers) peer.write(windowFrame(1000), compressedFrame(bomb));
    await Promise.all(peers.map((peer) => peer.gone()));
  }
  await waitFor(() => fixture.events.filter(({ type }) => type === "disconnected").length === 18);
  for (const told of fixture.events.filter(({ type }) => type === "disconnected")) {
    expect(["GATELOG_LUMBERJACK_LIMIT", "GATELOG_LUMBERJACK_PROTOCOL"]).toContain((told as { error?: { code: string } }).error?.code);
  }
  const most = limits.inFlightBytesMax + limits.jsonBytesMax + eventOverheadBytes;
  expect(Math.max(seen, fixture.inFlightMax())).toBeLessThanOrEqual(most);
  await waitFor(() => fixture.server.status().inFlightBytes === 0);
  await expectServed(fixture);
});

test("connections over their number are refused with an event, and let in once there is room", async () => {
  const fixture = await serve({ connectionsMax: 3 });
  const peers = await Promise.all([fixture.peer(), fixture.peer(), fixture.peer()]);
  await waitFor(() => fixture.server.status().connections === 3);
  const fourth = connect(fixture.port, "127.0.0.1");
  fourth.on("error", () => {});
  await waitFor(() => fourth.closed);
  await waitFor(() => fixture.events.some(({ type }) => type === "refused"));
  expect(fixture.events).toContainEqual(
    expect.objectContaining({ type: "refused", error: expect.objectContaining({ code: "GATELOG_LUMBERJACK_REFUSED" }) }),
  );
  peers[0]?.socket.destroy();
  await waitFor(() => fixture.server.status().connections === 2);
  await expectServed(fixture);
});

test("hundreds of connections that send nothing are closed and leave nothing", async () => {
  const fixture = await serve({ inactivityTimeoutMs: 200 });
  const peers = await Promise.all(Array.from({ length: 300 }, fixture.peer));
  await Promise.all(peers.map((peer) => peer.gone()));
  await waitFor(() => fixture.server.status().connections === 0);
  expect(fixture.server.status()).toMatchObject({ handshaking: 0, inFlightBytes: 0, waiting: 0 });
  await expectServed(fixture);
});
