// A process of its own that sends events over Lumberjack as fast as they are acknowledged, or at a rate, and costs as little as it can.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { createWindows, type EventWindow, numberEvents, windowEvents } from "../events.ts";
import type { SenderMessage, SenderOptions } from "../sender-protocol.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as SenderOptions;
const { port, connections, compressionLevel, events, firstEvent, eventsPerSecond } = options;
/** Windows of one connection that are not acknowledged. */
const outstandingMax = 2;
const ackBytes = 6;
const poolWindows = 8;

const windows = createWindows(poolWindows * connections);
const compressed = compressionLevel === 0 ? undefined : windows.map(({ frames }) => compressedFrame(frames));
const total = Math.ceil(events / windowEvents);
let started = 0;
let acknowledged = 0;
let bytes = 0;

process.on("disconnect", () => process.exit());
process.on("message", () => void send().catch((error: unknown) => tell({ type: "failed", reason: String(error) })));
tell({ type: "ready" });

async function send(): Promise<void> {
  const startedAtMs = Date.now();
  const cpuBefore = process.cpuUsage();
  const progress = setInterval(() => tell({ type: "progress", acknowledged: acknowledged * windowEvents }), 200);
  await Promise.all(Array.from({ length: connections }, (_, index) => sendOver(index, startedAtMs)));
  clearInterval(progress);
  const { user, system } = process.cpuUsage(cpuBefore);
  const report = { events: total * windowEvents, bytes, startedAtMs, acknowledgedAtMs: Date.now(), cpuSeconds: (user + system) / 1e6 };
  tell({ type: "done", report });
}

async function sendOver(connection: number, startedAtMs: number): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const acks = new AckCounter(socket);
  await once(socket, "connect");
  for (let own = 0; started < total; own += 1) {
    const number = started;
    started += 1;
    await acks.untilBelow(outstandingMax);
    if (eventsPerSecond !== undefined)
      await sleep(Math.max(0, startedAtMs + (number * windowEvents * 1000) / eventsPerSecond - Date.now()));
    // A window is written over only when it is acknowledged, for the kernel may still read from it.
    const slot = connection * poolWindows + (own % poolWindows);
    await write(socket, slot, firstEvent + number * windowEvents);
    acks.sent += 1;
  }
  await acks.untilBelow(1);
  socket.end();
}

async function write(socket: Socket, slot: number, first: number): Promise<void> {
  const window = windows[slot] as EventWindow;
  bytes += window.frames.length;
  if (compressed === undefined) numberEvents(window, first);
  socket.write(windowHead());
  if (!socket.write(compressed?.[slot] ?? window.frames)) await once(socket, "drain");
}

/** Counts ACKs; one that is not of a whole window is a keep-alive, or of a part. */
class AckCounter {
  sent = 0;
  #acknowledged = 0;
  #rest = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(socket: Socket) {
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the processor closed the connection")));
  }

  async untilBelow(max: number): Promise<void> {
    while (this.sent - this.#acknowledged >= max) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (; this.#rest.length >= ackBytes; this.#rest = this.#rest.subarray(ackBytes)) {
      if (this.#rest.readUInt32BE(2) !== windowEvents) continue;
      this.#acknowledged += 1;
      acknowledged += 1;
    }
    this.#wake?.();
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#wake?.();
  }
}

function windowHead(): Buffer {
  const head = Buffer.from("2W\0\0\0\0", "latin1");
  head.writeUInt32BE(windowEvents, 2);
  return head;
}

function compressedFrame(frames: Buffer): Buffer {
  const payload = deflateSync(frames, { level: compressionLevel });
  const head = Buffer.from("2C\0\0\0\0", "latin1");
  head.writeUInt32BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

function tell(message: SenderMessage): void {
  process.send?.(message);
}
