import { randomBytes } from "node:crypto";
import { deflateSync } from "node:zlib";
import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { connectRaw, type RawPeer } from "./raw-peer.test-helper.ts";
import { createLumberjackServer, type LumberjackServerEvent, type LumberjackServerOptions } from "./server.ts";

/*
 * The wire, byte by byte: every test writes bytes as another implementation would, and looks at the bytes that come back.
 */

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(options: Partial<LumberjackServerOptions> = {}) {
  const batches: string[][] = [];
  const events: LumberjackServerEvent[] = [];
  const server = createLumberjackServer({
    host: "127.0.0.1",
    port: 0,
    keepAliveMs: 60_000,
    onEvent: (event) => events.push(event),
    ...options,
    onBatch: async (batch, peer) => {
      await options.onBatch?.(batch, peer);
      batches.push(batch.map((event) => Buffer.from(event).toString()));
    },
  });
  const { port } = await server.start();
  cleanUps.push(() => server.stop());
  const peer = async (): Promise<RawPeer> => {
    const raw = await connectRaw(port);
    cleanUps.push(() => void raw.socket.destroy());
    return raw;
  };
  return { server, batches, events, peer };
}

/** Bytes as hexadecimal digits, spaces between them as they please. */
const hex = (...parts: readonly string[]) => Buffer.from(parts.join("").replaceAll(" ", ""), "hex");
const text = (value: string) => Buffer.from(value).toString("hex");
const u32 = (value: number) => (value >>> 0).toString(16).padStart(8, "0");

interface Version {
  readonly name: string;
  /** `W` and `A`, with the version before them. */
  readonly window: (count: number) => string;
  readonly ack: (sequence: number) => string;
  /** One event with the single field `m`. */
  readonly event: (sequence: number, value: string) => string;
  readonly compressed: (payload: Uint8Array) => string;
}

const versions: readonly Version[] = [
  {
    name: "version 1",
    window: (count) => `3157${u32(count)}`,
    ack: (sequence) => `3141${u32(sequence)}`,
    event: (sequence, value) => `3144${u32(sequence)} 00000001 00000001${text("m")} ${u32(Buffer.byteLength(value))}${text(value)}`,
    compressed: (payload) => `3143${u32(payload.length)}${Buffer.from(payload).toString("hex")}`,
  },
  {
    name: "version 2",
    window: (count) => `3257${u32(count)}`,
    ack: (sequence) => `3241${u32(sequence)}`,
    event: (sequence, value) => {
      const json = JSON.stringify({ m: value });
      return `324a${u32(sequence)} ${u32(Buffer.byteLength(json))}${text(json)}`;
    },
    compressed: (payload) => `3243${u32(payload.length)}${Buffer.from(payload).toString("hex")}`,
  },
];

const jsonOf = (value: string) => JSON.stringify({ m: value });

describe.each(versions)("$name", ({ window, ack, event, compressed }) => {
  /** Waits for exactly these bytes. */
  const expectAnswer = async (peer: RawPeer, ...acks: readonly string[]) => {
    const expected = hex(...acks);
    await waitFor(() => peer.received().length >= expected.length, { what: "the answer", intervalMs: 5 });
    expect(peer.received().toString("hex")).toBe(expected.toString("hex"));
  };

  test("a window of one event is acknowledged in its own version", async () => {
    const { peer: connect, batches } = await serve();
    const peer = await connect();
    peer.write(hex(window(1), event(1, "a")));
    await expectAnswer(peer, ack(1));
    expect(batches).toEqual([[jsonOf("a")]]);
  });

  test("UTF-8 arrives as it is", async () => {
    const value = '日志 — ¿qué? \u{1f600} \u0000 \\ " \u2028';
    const { peer: connect, batches } = await serve();
    const peer = await connect();
    peer.write(hex(window(1), event(1, value)));
    await expectAnswer(peer, ack(1));
    expect(batches).toEqual([[jsonOf(value)]]);
  });

  test("a compressed window is the same as a plain one", async () => {
    const { peer: connect, batches } = await serve();
    const peer = await connect();
    const inner = hex(event(1, "a"), event(2, "b"));
    for (const level of [0, 1, 9]) peer.write(hex(window(2), compressed(deflateSync(inner, { level }))));
    await expectAnswer(peer, ack(2), ack(2), ack(2));
    expect(batches).toEqual([1, 2, 3].map(() => [jsonOf("a"), jsonOf("b")]));
  });

  test("a compressed frame may hold windows and their events", async () => {
    const { peer: connect, batches } = await serve();
    const peer = await connect();
    peer.write(hex(compressed(deflateSync(hex(window(1), event(1, "a"), window(2), event(1, "b"), event(2, "c"))))));
    await expectAnswer(peer, ack(1), ack(2));
    expect(batches).toEqual([[jsonOf("a")], [jsonOf("b"), jsonOf("c")]]);
  });

  test("an empty window is answered with ACK 0 at once, and the next window is as any", async () => {
    const { peer: connect, batches } = await serve();
    const peer = await connect();
    peer.write(hex(window(0)));
    await expectAnswer(peer, ack(0));
    peer.write(hex(window(0), window(1), event(1, "a")));
    await expectAnswer(peer, ack(0), ack(0), ack(1));
    expect(batches).toEqual([[jsonOf("a")]]);
  });

  test("sequences need not start at one", async () => {
    const { peer: connect } = await serve();
    const peer = await connect();
    peer.write(hex(window(2), event(70_000, "a"), event(70_001, "b")));
    await expectAnswer(peer, ack(70_001));
  });

  test("the highest sequence of the batch is acknowledged, in whatever order they come", async () => {
    const { peer: connect } = await serve();
    const peer = await connect();
    peer.write(hex(window(3), event(8, "b"), event(9, "c"), event(7, "a")));
    await expectAnswer(peer, ack(9));
  });

  test("sequences begin anew behind the last one of 32 bits, and the last that came is acknowledged", async () => {
    const { peer: connect } = await serve();
    const peer = await connect();
    peer.write(hex(window(4), event(0xfffffffe, "a"), event(0xffffffff, "b"), event(0, "c"), event(1, "d")));
    peer.write(hex(window(1), event(0xffffffff, "e")));
    await expectAnswer(peer, ack(1), ack(0xffffffff));
  });

  test("a new window while a batch is incomplete hands on and acknowledges what came", async () => {
    const { peer: connect, batches } = await serve();
    const peer = await connect();
    peer.write(hex(window(3), event(1, "a"), event(2, "b"), window(1), event(1, "c")));
    await expectAnswer(peer, ack(2), ack(1));
    expect(batches).toEqual([[jsonOf("a"), jsonOf("b")], [jsonOf("c")]]);
  });

  test("an empty window while a batch is incomplete hands it on as well", async () => {
    const { peer: connect, batches } = await serve();
    const peer = await connect();
    peer.write(hex(window(3), event(1, "a"), window(0)));
    await expectAnswer(peer, ack(1), ack(0));
    expect(batches).toEqual([[jsonOf("a")]]);
  });

  test("a window that is never filled is acknowledged in part", async () => {
    const { peer: connect, batches } = await serve({ partialBatchMs: 40 });
    const peer = await connect();
    peer.write(hex(window(5), event(1, "a"), event(2, "b")));
    await expectAnswer(peer, ack(2));
    peer.write(hex(event(3, "c"), event(4, "d"), event(5, "e")));
    await expectAnswer(peer, ack(2), ack(5));
    expect(batches.flat()).toEqual(["a", "b", "c", "d", "e"].map(jsonOf));
  });

  test("ACK 0 is sent while a batch is pending, and never otherwise", async () => {
    let finish = () => {};
    const { peer: connect } = await serve({ keepAliveMs: 20, onBatch: () => new Promise<void>((resolve) => (finish = resolve)) });
    const peer = await connect();
    peer.write(hex(window(1), event(1, "a")));
    await waitFor(() => peer.acks.length >= 3);
    expect(new Set(peer.acks)).toEqual(new Set([0]));
    finish();
    await peer.acked(1);
    const answered = peer.acks.length;
    expect(peer.acks.at(-1)).toBe(1);
    peer.write(hex(window(0)));
    await waitFor(() => peer.acks.length > answered);
    expect(peer.acks.slice(answered)).toEqual([0]);
    expect(peer.received().toString("hex").replaceAll(ack(0), "")).toBe(ack(1));
  });

  test("an idle connection is closed", async () => {
    const { peer: connect, events } = await serve({ inactivityTimeoutMs: 60 });
    const peer = await connect();
    peer.write(hex(window(1), event(1, "a")));
    await peer.gone();
    expect(peer.received()).toEqual(hex(ack(1)));
    await waitFor(() => events.some((told) => told.type === "disconnected"));
    expect(events).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ code: "GATELOG_LUMBERJACK_INACTIVE" }) }));
  });

  test("connections at the same time do not disturb each other", async () => {
    const { peer: connect, batches } = await serve();
    const peers = await Promise.all(Array.from({ length: 30 }, connect));
    // A byte of each in turn.
    const streams = peers.map((_, index) => hex(window(2), event(1, `p${index}`), event(2, `q${index}`)));
    for (let at = 0; at < Math.max(...streams.map(({ length }) => length)); at += 1) {
      for (const [index, peer] of peers.entries()) peer.write(streams[index]?.subarray(at, at + 1) ?? Buffer.alloc(0));
    }
    await Promise.all(peers.map((peer) => expectAnswer(peer, ack(2))));
    const expected = peers.map((_, index) => [jsonOf(`p${index}`), jsonOf(`q${index}`)].join());
    expect(batches.map((batch) => batch.join()).toSorted()).toEqual(expected.toSorted());
  });

  test("a big window arrives whole, plain and compressed", async () => {
    const { peer: connect, batches } = await serve();
    const peer = await connect();
    const values = Array.from({ length: 5000 }, (_, index) => `${index} ${randomBytes(100).toString("hex")}`);
    const frames = hex(...values.map((value, index) => event(index + 1, value)));
    peer.write(hex(window(values.length)), frames);
    peer.write(hex(window(values.length), compressed(deflateSync(frames))));
    await waitFor(() => peer.acks.filter((sequence) => sequence === 5000).length === 2);
    expect(batches.flat()).toEqual([...values, ...values].map(jsonOf));
  });
});

test("version 1 counts of fields and lengths that are zero or negative cost the connection alone", async () => {
  const { peer: connect, events } = await serve();
  const wrong = [
    hex("3157 00000001 3144 00000001 00000000"),
    hex("3157 00000001 3144 00000001 ffffffff"),
    hex("3157 00000001 3144 00000001 80000000"),
    hex("3157 00000001 3144 00000001 00000001 ffffffff"),
    hex("3157 00000001 3144 00000001 00000001 00000001 61 ffffffff"),
    hex("3157 00000001 3144 00000001 00000001 00000001 61 80000000"),
    hex("3157 ffffffff"),
  ];
  for (const bytes of wrong) {
    const peer = await connect();
    peer.write(bytes);
    await peer.gone();
    expect(peer.received()).toHaveLength(0);
  }
  await waitFor(() => events.filter(({ type }) => type === "disconnected").length === wrong.length);
  for (const told of events.filter(({ type }) => type === "disconnected")) expect(told).toHaveProperty("error");
});

test("version 1 keys and values may be empty, and the later of two fields with one key counts", async () => {
  const { peer: connect, batches } = await serve();
  const peer = await connect();
  peer.write(hex("3157 00000002  3144 00000001 00000001 00000000 00000000"));
  peer.write(hex("3144 00000002 00000002 00000001 61 00000001 62 00000001 61 00000001 63"));
  await peer.acked(2);
  expect(batches).toEqual([['{"":""}', '{"a":"c"}']]);
});

test("version 2 lengths that are zero or negative cost the connection alone", async () => {
  const { peer: connect, events } = await serve();
  const wrong = [
    "324a 00000001 00000000",
    "324a 00000001 ffffffff",
    "324a 00000001 80000000",
    "3243 00000000",
    "3243 ffffffff",
    "3243 80000000",
  ];
  for (const frame of wrong) {
    const peer = await connect();
    peer.write(hex("3257 00000001", frame));
    await peer.gone();
    expect(peer.received()).toHaveLength(0);
  }
  await waitFor(() => events.filter(({ type }) => type === "disconnected").length === wrong.length);
  for (const told of events.filter(({ type }) => type === "disconnected")) expect(told).toHaveProperty("error");
});

test("versions may change from window to window, and each is acknowledged in its own", async () => {
  const [one, two] = versions as [Version, Version];
  const { peer: connect } = await serve();
  const peer = await connect();
  peer.write(hex(one.window(1), one.event(1, "a"), two.window(1), two.event(2, "b"), one.window(0)));
  await waitFor(() => peer.received().length === 18);
  expect(peer.received()).toEqual(hex(one.ack(1), two.ack(2), one.ack(0)));
});
