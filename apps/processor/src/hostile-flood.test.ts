import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { deflateSync } from "node:zlib";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Bench, beatsEvent, recordLine, type RunningProcessor } from "./processor.test-helper.ts";

const MiB = 1024 * 1024;
const windows = 40;
const windowEvents = 250;
/** Of each kind; one that is thrown out comes again. */
const attackersPerKind = 12;
/** What is shorter is written once. */
const endlessBytesMin = 1024;
/** Of what is started with 64 MiB of events in flight. Seen: 225. */
const rssMiBMax = 400;

let bench: Bench;
let isOver: boolean;
const sockets = new Set<Socket>();

beforeEach(async () => {
  bench = await Bench.create();
  isOver = false;
});

afterEach(async () => {
  isOver = true;
  for (const socket of sockets) socket.destroy();
  await bench.close();
});

/** A frame of version 2 whose head is a type and numbers. */
function frame(type: string, ...numbers: readonly number[]): Buffer {
  const head = Buffer.alloc(2 + numbers.length * 4);
  head.write(`2${type}`);
  numbers.forEach((number, index) => head.writeUInt32BE(number, 2 + index * 4));
  return head;
}

const spaces = Buffer.alloc(MiB, 0x20);
const bombs = [
  // A small event and then 64 MiB that are no frame; and an event of 64 MiB; and empty windows without end.
  deflateSync(Buffer.concat([frame("J", 1, 2), Buffer.from("{}"), ...Array<Buffer>(64).fill(spaces)])),
  deflateSync(Buffer.concat([frame("J", 1, 64 * MiB), ...Array<Buffer>(64).fill(spaces)])),
  deflateSync(Buffer.concat(Array<Buffer>(500_000).fill(frame("W", 0)))),
];

/** What an attacker writes first, and what it goes on with for as long as it is let; without that it falls silent. */
const attacks: Readonly<Record<string, (socket: Socket, turn: number) => Buffer | undefined>> = {
  "random bytes": () => randomBytes(64 * 1024),
  bombs: (socket, turn) => {
    const bomb = bombs[turn % bombs.length] as Buffer;
    socket.write(frame("W", 1000));
    socket.write(frame("C", bomb.length));
    socket.write(bomb);
    return undefined;
  },
  "frames that do not end": (socket) => {
    socket.write(frame("W", 2));
    socket.write(frame("J", 1, 9 * MiB));
    socket.write(Buffer.alloc(8 * MiB, 0x61));
    return undefined;
  },
  "frames over every limit": () => Buffer.concat([frame("W", 1), frame("J", 1, 0xffffffff)]),
  "more events than any window may have": () => frame("W", 0xffffffff),
  "empty windows, and nobody reads the answers": (socket) => {
    socket.pause();
    return Buffer.concat(Array<Buffer>(10_000).fill(frame("W", 0)));
  },
  "half a head": () => Buffer.from("2W\0"),
  "half-open connections": (socket) => void socket.end(frame("W", 5)),
  "nothing at all": () => undefined,
};

/** One attacker: comes again whenever it is thrown out. */
function attack(port: number, name: string, turn: number): void {
  if (isOver) return;
  const socket = connect(port, "127.0.0.1");
  sockets.add(socket);
  socket.resume();
  socket.on("error", () => undefined);
  socket.once("close", () => {
    sockets.delete(socket);
    setTimeout(() => attack(port, name, turn + 1), 20);
  });
  const more = attacks[name]?.(socket, turn);
  if (more === undefined) return;
  if (more.length < endlessBytesMin) return void socket.write(more);
  const goOn = () => {
    while (!socket.destroyed && socket.write(more));
  };
  socket.on("drain", goOn);
  goOn();
}

function rssMiB({ process: { pid } }: RunningProcessor): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}

it(
  "a flood of hostile bytes on a hundred connections is counted and kept within its memory, and an honest sender loses nothing",
  { timeout: 180_000 },
  async () => {
    const processor = await bench.start({ inputs: [{ beats: { port: 0, inactivityTimeoutMs: 5000 } }] });
    const messages = await bench.collect();
    for (const name of Object.keys(attacks)) {
      for (let turn = 0; turn < attackersPerKind; turn += 1) attack(processor.beatsPort, name, turn);
    }
    let rssMiBSeen = 0;
    const watch = setInterval(() => (rssMiBSeen = Math.max(rssMiBSeen, rssMiB(processor))), 50);
    const client = bench.client(processor.beatsPort);
    try {
      for (let window = 0; window < windows; window += 1) {
        const from = window * windowEvents;
        const events = Array.from({ length: windowEvents }, (_, index) => beatsEvent(recordLine(from + index), from + index));
        await client.send(events).catch(() => client.send(events));
      }
    } finally {
      clearInterval(watch);
    }
    const total = windows * windowEvents;
    const honest = () => messages.filter(({ key }) => key.startsWith("0199a1b2-c3d4-7000-8000-"));
    await waitFor(() => honest().length >= total, { deadlineMs: 60_000, what: "every honest event" });
    expect(new Set(honest().map(({ key }) => key)).size).toBe(total);
    expect(honest()).toHaveLength(total);
    console.log(`at most ${Math.round(rssMiBSeen)} MiB`);
    expect(rssMiBSeen).toBeLessThan(rssMiBMax);
    for (const code of ["PROTOCOL", "LIMIT", "SLOW"]) {
      await waitFor(async () => (await processor.metric("senders_disconnected_total", `GATELOG_LUMBERJACK_${code}`)) > 0, { what: code });
    }
    expect(processor.process.output().split("\n").length, "lines of its log").toBeLessThan(200);
    expect((await processor.readiness()).status).toBe(200);
  },
);
