import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { SeededRandom } from "@gatelog/testkit";
import { AnswerReader } from "./answer-reader.ts";
import { requestBytes, type Call, type Calls } from "./calls.ts";

/** How many calls are sent at once, pipelined, before their answers are awaited. */
const burstSizes = [1, 1, 1, 1, 2, 4, 8] as const;
/** One burst of so many is left by its client before its answers are whole. */
const burstsPerLeaving = 60;
const reconnectMs = 5;

/** What a client calls and whom it tells. */
export interface ClientOptions {
  readonly port: number;
  readonly calls: Calls;
  readonly random: SeededRandom;
  /** The start of the gateway that takes connections now. */
  readonly life: () => number;
  /** Called when a burst has just been written, before any of its answers can have come. */
  readonly onSent: () => void;
  readonly signal: AbortSignal;
}

/**
 * Calls on one kept connection after the other until all calls were sent; what a connection did not answer whole is not sent again.
 *
 * **Errors**: Error, when what comes is no answer.
 */
export async function runClient(options: ClientOptions): Promise<void> {
  while (!options.calls.isOver && !options.signal.aborted) {
    await converse(options);
    if (!options.calls.isOver) await sleep(reconnectMs);
  }
}

/** One connection, from its beginning until either side ends it. */
async function converse({ port, calls, random, life: currentLife, onSent, signal }: ClientOptions): Promise<void> {
  // Told by whom the connection reaches, which is in force before the kernel is asked.
  const life = currentLife();
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const waiting: Call[] = [];
  let fault: unknown;
  const sendBurst = () => {
    if (socket.destroyed) return;
    const burst = calls.next(random.pick(burstSizes), life);
    if (burst.length === 0) {
      socket.end();
      return;
    }
    waiting.push(...burst);
    socket.write(Buffer.concat(burst.map(requestBytes)));
    onSent();
    if (random.integer(1, burstsPerLeaving) === 1) leave(socket, random);
  };
  const reader = new AnswerReader({
    isHead: () => waiting[0]?.method === "HEAD",
    onWhole: (answer) => {
      Object.assign(waiting.shift() ?? fail(), { answer, answeredMs: performance.now() });
      if (waiting.length === 0) sendBurst();
    },
  });
  const abandon = () => socket.destroy();
  signal.addEventListener("abort", abandon, { once: true });
  socket.once("connect", sendBurst);
  socket.on("data", (bytes) => {
    try {
      reader.push(bytes);
    } catch (error) {
      fault = error;
      socket.destroy();
    }
  });
  // Refused or reset, as is to be expected of a gateway that is killed: its close tells.
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("close", resolve));
  signal.removeEventListener("abort", abandon);
  if (fault !== undefined) throw fault;
}

/** Cuts the connection off: at once, or with the first bytes that come. */
function leave(socket: Socket, random: SeededRandom): void {
  if (random.integer(0, 1) === 0) setImmediate(() => socket.resetAndDestroy());
  else socket.prependOnceListener("data", () => socket.resetAndDestroy());
}

function fail(): never {
  throw new Error("an answer came that nobody asked for");
}
