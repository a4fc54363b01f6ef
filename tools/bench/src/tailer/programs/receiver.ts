// A process of its own that takes what a tailer sends, counts it and acknowledges it, and does nothing else.
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createInflate } from "node:zlib";
import { FrameCounter } from "../frame-counter.ts";
import { LatencySampler } from "../latency-sampler.ts";
import { LineCounter } from "../line-counter.ts";
import type { ReceiverMessage, ReceiverOptions, ReceiverReport, Stall } from "../receiver-protocol.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as ReceiverOptions;
const sampler = options.sample && new LatencySampler(options.sample);
/** One for each connection, those that ended included: a sender that connects again has not lost what was counted. */
const counters: { readonly events: number }[] = [];
let wireBytes = 0;
let reachedAtMs: number | undefined;
let problem: string | undefined;

const server = createServer({ noDelay: true }, serve).listen(0, "127.0.0.1", () =>
  tell({ type: "listening", port: (server.address() as AddressInfo).port }),
);
process.on("message", tellReport);
process.on("disconnect", () => process.exit());

function serve(socket: Socket): void {
  const push = options.protocol === "lumberjack" ? countFrames(socket) : countLines();
  const onBytes = (chunk: Buffer) => {
    try {
      push(chunk);
    } catch (error) {
      problem ??= (error as Error).message;
      socket.destroy();
      tellReport();
    }
    if (reachedAtMs === undefined && countAll() >= options.expectedEvents) {
      reachedAtMs = Date.now();
      tellReport();
    }
  };
  socket.on("data", (chunk: Buffer) => (wireBytes += chunk.length));
  // A sender that is stopped may well reset its connection.
  socket.on("error", () => undefined);
  if (options.protocol === "zippedLines")
    socket
      .pipe(createInflate({ chunkSize: 1 << 18 }))
      .on("data", onBytes)
      .on("error", () => undefined);
  else socket.on("data", onBytes);
}

function countFrames(socket: Socket): (chunk: Buffer) => void {
  const acknowledge = options.stall === undefined ? acknowledgeTo(socket) : acknowledgeLate(socket, options.stall);
  const counter = new FrameCounter({ onWindow: (sequence) => acknowledge(sequence), sampler });
  counters.push(counter);
  return (chunk) => counter.push(chunk);
}

function countLines(): (chunk: Buffer) => void {
  const counter = new LineCounter(sampler);
  counters.push(counter);
  return (chunk) => counter.push(chunk);
}

function acknowledgeTo(socket: Socket): (sequence: number) => void {
  return (sequence) => {
    const ack = Buffer.allocUnsafe(6);
    ack.write("2A", 0, "latin1");
    ack.writeUInt32BE(sequence, 2);
    socket.write(ack);
  };
}

/** ACKs keep their order; as long as one waits, nothing is read. */
function acknowledgeLate(socket: Socket, stall: Stall): (sequence: number) => void {
  const acknowledge = acknowledgeTo(socket);
  let isPauseOver = false;
  let earlier = Promise.resolve();
  const nextDelayMs = () => {
    const events = countAll();
    if (events < stall.afterEvents || events >= stall.untilEvents) return 0;
    if (isPauseOver) return stall.ackDelayMs;
    isPauseOver = true;
    return stall.pauseMs;
  };
  return (sequence) => {
    const delayMs = nextDelayMs();
    if (delayMs > 0) socket.pause();
    earlier = earlier.then(async () => {
      if (delayMs > 0) await sleep(delayMs);
      acknowledge(sequence);
      socket.resume();
    });
  };
}

function countAll(): number {
  let sum = 0;
  for (const { events } of counters) sum += events;
  return sum;
}

function tellReport(): void {
  const { user, system } = process.cpuUsage();
  const report: ReceiverReport = {
    events: countAll(),
    wireBytes,
    reachedAtMs,
    cpuSeconds: (user + system) / 1e6,
    latency: sampler?.summary(),
    problem,
  };
  tell({ type: "report", report });
}

function tell(message: ReceiverMessage): void {
  process.send?.(message);
}
