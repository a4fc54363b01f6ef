import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { AckDecoder } from "./ack-decoder.ts";
import { fuzzLimits } from "./fuzz-decoder.ts";
import { chunked, type FuzzRandom, type FuzzReport, type FuzzStream, lastSequence, mutated, validStream } from "./fuzz-streams.ts";
import { createLumberjackServer, type LumberjackServer } from "./server.ts";
import type { Peer } from "./window-batch.ts";

/**
 * Sends valid and damaged streams, several at a time, to a live server.
 *
 * **Errors**: an Error that names the seed and the round: when a valid stream is not acknowledged to its end or not handed on
 * as it is, when there is an ACK for which no batch was done, when more than `inFlightBytesMax` is in flight, when anything
 * is left of peers that are gone, or when a fresh peer is not served afterwards.
 */
export async function fuzzServer(random: FuzzRandom, rounds: number): Promise<FuzzReport> {
  const run = new ServerRun(random);
  const report = { streams: 0, refused: 0, events: 0 };
  await run.start();
  try {
    for (let round = 0; round < rounds; round += 1) {
      const peers = await run.round().catch((error: unknown) => {
        throw new Error(`seed ${random.seed}, round ${round}: ${String(error)}`, { cause: error });
      });
      for (const { stream, acks } of peers) {
        report.streams += 1;
        report.refused += acks.at(-1) === lastSequence ? 0 : 1;
        report.events += stream.events.length;
      }
    }
    return report;
  } finally {
    await run.stop();
  }
}

interface FuzzPeer {
  readonly stream: FuzzStream;
  readonly isValid: boolean;
  /** All that are not 0. */
  readonly acks: number[];
}

const inFlightBytesMax = 131_072;
const serverOptions = {
  host: "127.0.0.1",
  port: 0,
  batchBytesMax: 16_384,
  inFlightBytesMax,
  keepAliveMs: 50,
  partialBatchMs: 20,
  // A damaged length leaves a peer waiting for what never comes. Long enough that a machine out of breath ends nobody.
  inactivityTimeoutMs: 3000,
};
const peersMax = 8;
/** The server sees some of the cuts; the decoder's run sees all. */
const chunkSizes = [30, 1000, 100_000];
const chunksAtOnce = 50;

class ServerRun {
  readonly #random: FuzzRandom;
  readonly #server: LumberjackServer;
  readonly #handedOn = new Set<string>();
  /** Batches that are done, by the peer's port. */
  readonly #batchesDone = new Map<number, number>();
  #port = 0;
  #keys = 0;
  #problem: string | undefined;

  constructor(random: FuzzRandom) {
    this.#random = random;
    this.#server = createLumberjackServer({
      ...fuzzLimits,
      ...serverOptions,
      onBatch: (events, peer) => this.#onBatch(events, peer),
    });
  }

  async start(): Promise<void> {
    ({ port: this.#port } = await this.#server.start());
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  async round(): Promise<readonly FuzzPeer[]> {
    const random = this.#random;
    const peers = Array.from({ length: random.integer(1, peersMax) }, () => this.#newPeer(random.next() < 0.3));
    await Promise.all(peers.map((peer) => this.#talk(peer)));
    await this.#nothingIsLeft();
    const fresh = this.#newPeer(true);
    await this.#talk(fresh);
    for (const peer of [...peers, fresh]) if (peer.isValid) this.#checkValid(peer);
    if (this.#problem !== undefined) throw new Error(this.#problem);
    this.#handedOn.clear();
    this.#batchesDone.clear();
    return peers;
  }

  #newPeer(isValid: boolean): FuzzPeer {
    return { stream: validStream(this.#random, () => `k${(this.#keys += 1)}`), isValid, acks: [] };
  }

  #checkValid({ stream, acks }: FuzzPeer): void {
    if (acks.at(-1) !== lastSequence) throw new Error(`a valid stream was not acknowledged to its end: ${acks.join(", ")}`);
    const missing = stream.events.find((event) => !this.#handedOn.has(event));
    if (missing !== undefined) throw new Error(`${missing} was acknowledged and not handed on`);
  }

  /** Sends a stream; resolves when the connection is closed. */
  async #talk({ stream, isValid, acks }: FuzzPeer): Promise<void> {
    const bytes = isValid ? stream.bytes : mutated(this.#random, stream.bytes);
    const chunks = chunked(this.#random, bytes, chunkSizes);
    const endsAfterwards = isValid ? this.#random.next() < 0.5 : this.#random.next() < 0.99;
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const decoder = new AckDecoder();
    socket.on("error", () => {});
    socket.on("data", (answer: Buffer) => {
      acks.push(...decoder.push(answer).filter((sequence) => sequence > 0));
      this.#checkAcks(socket, acks);
      if (isValid && acks.at(-1) === lastSequence) socket.end();
    });
    await writeAll(socket, chunks);
    if (endsAfterwards && !socket.destroyed) socket.end();
    await closed;
  }

  #checkAcks(socket: Socket, acks: readonly number[]): void {
    const done = this.#batchesDone.get(socket.localPort ?? 0) ?? 0;
    if (acks.length > done) this.#problem ??= `${acks.length} ACKs came for ${done} batches that were done`;
  }

  async #nothingIsLeft(): Promise<void> {
    for (let tries = 0; this.#server.status().connections > 0; tries += 1) {
      if (tries > 2000) throw new Error("connections are left of peers that are gone");
      await sleep(5);
    }
    const { inFlightBytes, waiting } = this.#server.status();
    if (inFlightBytes !== 0 || waiting !== 0)
      throw new Error(`of peers that are gone, ${inFlightBytes} bytes and ${waiting} waiting are left`);
  }

  async #onBatch(events: readonly Uint8Array[], peer: Peer): Promise<void> {
    const { inFlightBytes } = this.#server.status();
    if (inFlightBytes > inFlightBytesMax) this.#problem ??= `${inFlightBytes} bytes were in flight`;
    if (this.#random.next() < 0.3) await sleep(this.#random.integer(0, 3));
    for (const event of events) this.#handedOn.add(Buffer.from(event).toString());
    this.#batchesDone.set(peer.port, (this.#batchesDone.get(peer.port) ?? 0) + 1);
  }
}

async function writeAll(socket: Socket, chunks: readonly Buffer[]): Promise<void> {
  for (const [index, chunk] of chunks.entries()) {
    if (socket.destroyed) return;
    socket.write(chunk);
    if (index % chunksAtOnce === chunksAtOnce - 1) await sleep(0);
  }
}
