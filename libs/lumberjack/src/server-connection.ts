import type { Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { ConnectionContext } from "./connection-context.ts";
import { encodeAck } from "./encoder.ts";
import { LumberjackError } from "./errors.ts";
import { checkLimit, type Frame, FrameDecoder } from "./frame-decoder.ts";
import { FrameRoom } from "./frame-room.ts";
import { inflatePieces } from "./inflate.ts";
import { LargeEvent } from "./large-event.ts";
import { type Cover, PendingBatches } from "./pending-batches.ts";
import { type PeerState, PeerWatch } from "./peer-watch.ts";
import { eventOverheadBytes, type Peer, weightOf, WindowBatch } from "./window-batch.ts";
import { SocketReader } from "./socket-reader.ts";

type EventFrame = Extract<Frame, { kind: "event" }>;

/** Senders open their windows outside of compressed frames. Inside, ten million of them would fit into 100 KB, each to be handed on and answered. */
const compressedWindowsMax = 64;

/** Empty windows of one connection that are answered before the others have their turn. */
const emptyWindowsPerTurn = 64;

/**
 * One peer: reads its windows, hands on the events, answers with ACKs.
 *
 * **Guarantee**: an ACK leaves only after `onBatch` resolved for every event that it covers, in order; after the first
 * failure no further ACK leaves and the connection is closed, so that the peer sends again.
 */
export class ServerConnection {
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #stopReading = new AbortController();
  readonly #reader: SocketReader;
  readonly #decoder: FrameDecoder;
  readonly #batch: WindowBatch;
  readonly #pending: PendingBatches;
  readonly #room: FrameRoom;
  #windowLeft = 0;
  #windowVersion = 0;
  #emptyWindows = 0;
  /** Waits on our side; the peer is told by keep-alives and not blamed for its silence. */
  #busy = 0;
  /** Nothing of what came is left to be done: the next step is the peer's. */
  #isReading = false;
  /** Since when we wait for the rest of a frame; undefined between frames. */
  #frameSinceMs: number | undefined;
  #failure: unknown;

  constructor(socket: Socket, peer: Peer, context: ConnectionContext) {
    const { limits, budget, onBatch } = context;
    this.#socket = socket;
    this.#context = context;
    this.#reader = new SocketReader(socket, this.#stopReading.signal);
    this.#decoder = new FrameDecoder(limits);
    this.#batch = new WindowBatch(peer);
    this.#room = new FrameRoom(context);
    this.#pending = new PendingBatches({ socket, budget, onBatch, onFailure: (error) => this.#fail(error) });
  }

  /** Serves the peer until it leaves, fails, or `stop` is called. Resolves with the reason of a failure, else undefined. */
  async serve(): Promise<unknown> {
    const watch = new PeerWatch(
      { socket: this.#socket, state: () => this.#state(), handOn: () => this.#handOnPartial(), fail: (error) => this.#fail(error) },
      this.#context,
    );
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#stopReading.abort());
    try {
      await this.#readFrames();
    } catch (error) {
      this.#fail(error);
    }
    // What is incomplete will not be completed: others need not wait for it until the batches are done.
    this.#room.settle(0);
    this.#context.budget.release(this.#batch.drop());
    await this.#waiting(this.#pending.all());
    watch.stop();
    this.#reader.release();
    if (this.#failure === undefined) this.#socket.end();
    else this.#socket.destroy();
    return this.#failure;
  }

  /** Takes nothing more; `serve` resolves when what was handed on is acknowledged. */
  stop(): void {
    this.#stopReading.abort();
  }

  async #readFrames(): Promise<void> {
    for (;;) {
      this.#isReading = true;
      const chunk = await this.#reader.next();
      this.#isReading = false;
      if (chunk === null) return;
      this.#decoder.push(chunk);
      for (let frame = this.#decoder.next(); frame !== undefined; frame = this.#decoder.next()) {
        this.#frameSinceMs = undefined;
        const wait = this.#onFrame(frame);
        if (wait !== undefined) await wait;
        if (this.#stopReading.signal.aborted) return;
      }
      if (this.#decoder.isWithinFrame) await this.#onIncompleteFrame();
    }
  }

  #onFrame(frame: Frame): Promise<void> | undefined {
    if (frame.kind === "event") return this.#onEvent(frame);
    return frame.kind === "window" ? this.#onWindow(frame.version, frame.count) : this.#onCompressed(frame.payload);
  }

  /** The common case makes no promise. */
  #onEvent(frame: EventFrame): Promise<void> | undefined {
    this.#checkWindow();
    const weight = weightOf(frame.json);
    if (this.#room.bytes > 0 || !this.#context.budget.tryAcquire(weight)) return this.#onEventWithoutRoom(frame, weight);
    this.#add(frame);
    return this.#isBatchFull() ? this.#handOn() : undefined;
  }

  async #onEventWithoutRoom(frame: EventFrame, weight: number): Promise<void> {
    if (!(await this.#ask(weight))) return;
    this.#add(frame);
    if (this.#isBatchFull()) await this.#handOn();
  }

  async #onWindow(version: number, count: number): Promise<void> {
    // A peer may open a window before it filled the last one: what came is complete as it is.
    if (this.#batch.count > 0) await this.#handOn();
    this.#windowLeft = count;
    this.#windowVersion = version;
    if (count > 0) return;
    await this.#waiting(this.#pending.all());
    this.#emptyWindows += 1;
    // They cost their sender next to nothing: whoever sends them without end must not keep the others from being read.
    if (this.#emptyWindows % emptyWindowsPerTurn === 0) await setImmediate();
    await this.#untilAcksAreRead();
    if (this.#socket.writable) this.#socket.write(encodeAck(version, 0));
  }

  /**
   * Inflates and reads a compressed frame. One batch's worth is asked of the budget beforehand; what its batches give back
   * covers the next ones, so that a connection never waits for bytes while it holds an inflated piece.
   */
  async #onCompressed(payload: Buffer): Promise<void> {
    const { batchBytesMax, budget } = this.#context;
    if (!(await this.#ask(payload.length + batchBytesMax))) return;
    const cover = { leftBytes: batchBytesMax, bytesMax: batchBytesMax };
    this.#pending.refill(cover);
    try {
      await this.#readCompressed(payload, cover);
    } finally {
      this.#pending.refill(undefined);
      budget.release(payload.length + cover.leftBytes);
    }
  }

  async #readCompressed(payload: Buffer, cover: Cover): Promise<void> {
    const { limits, largeBudget } = this.#context;
    const { signal } = this.#stopReading;
    const decoder = new FrameDecoder(limits, { nested: true });
    const large = new LargeEvent(largeBudget, limits.jsonBytesMax);
    let windows = 0;
    try {
      for await (const piece of inflatePieces(payload, limits.inflatedBytesMax)) {
        decoder.push(piece);
        for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
          if (frame.kind === "window") {
            checkLimit("windows in a compressed frame", (windows += 1), compressedWindowsMax);
            await this.#onWindow(frame.version, frame.count);
          }
          if (frame.kind === "event") {
            const wait = this.#onCoveredEvent(frame, cover);
            if (wait !== undefined) await wait;
            if (large.isHeld) await large.release(this.#waiting(this.#pending.all()));
          }
          if (signal.aborted) return;
        }
        // One event may be larger than what is covered: then one connection after the other.
        if ((decoder.incomplete?.announcedBytes ?? 0) > cover.bytesMax) await this.#waiting(large.acquire(signal));
        if (signal.aborted) return;
      }
      if (decoder.isWithinFrame) throw new LumberjackError("GATELOG_LUMBERJACK_PROTOCOL", "a compressed frame ends within a frame");
    } finally {
      await large.release(Promise.resolve());
    }
  }

  /** The common case makes no promise. */
  #onCoveredEvent(frame: EventFrame, cover: Cover): Promise<void> | undefined {
    this.#checkWindow();
    const weight = weightOf(frame.json);
    if (weight > cover.leftBytes) return this.#onUncoveredEvent(frame, cover, weight);
    cover.leftBytes -= weight;
    this.#add(frame);
    return this.#isBatchFull() ? this.#handOn() : undefined;
  }

  async #onUncoveredEvent(frame: EventFrame, cover: Cover, weight: number): Promise<void> {
    await this.#handOn();
    await this.#waiting(this.#pending.all());
    if (this.#stopReading.signal.aborted) return;
    const covered = Math.min(weight, cover.leftBytes);
    cover.leftBytes -= covered;
    this.#context.budget.charge(weight - covered);
    this.#add(frame);
    if (this.#isBatchFull()) await this.#handOn();
  }

  #add(event: EventFrame): void {
    this.#windowLeft -= 1;
    this.#batch.add(event.sequence, event.json);
  }

  #isBatchFull(): boolean {
    return this.#batch.count > 0 && (this.#windowLeft === 0 || this.#batch.weight >= this.#context.batchBytesMax);
  }

  #checkWindow(): void {
    if (this.#windowLeft === 0) throw new LumberjackError("GATELOG_LUMBERJACK_PROTOCOL", "an event outside of a window");
  }

  async #handOn(): Promise<void> {
    while (!this.#pending.hasRoom) {
      await this.#untilAcksAreRead();
      await this.#waiting(this.#pending.oldest());
      if (this.#stopReading.signal.aborted) return;
    }
    this.#pending.handOn(this.#batch, this.#windowVersion);
  }

  /**
   * Takes `bytes` from the budget, from what was reserved for the frame first. A partial batch is handed on before waiting:
   * nobody waits while holding, or all could wait for each other.
   */
  async #ask(bytes: number): Promise<boolean> {
    const { budget } = this.#context;
    if (this.#room.settle(bytes) || budget.tryAcquire(bytes)) return true;
    await this.#handOn();
    return this.#waiting(budget.acquire(bytes, this.#stopReading.signal));
  }

  /** Reserves, once, all that a large frame will need. */
  async #onIncompleteFrame(): Promise<void> {
    const frame = this.#decoder.incomplete;
    const { limits, batchBytesMax, unaskedBytesMax } = this.#context;
    if (frame !== undefined && frame.announcedBytes > unaskedBytesMax && this.#room.bytes === 0) {
      const bytesOf = {
        json: frame.announcedBytes + eventOverheadBytes,
        compressed: frame.announcedBytes + batchBytesMax,
        // How long a version 1 frame gets, only its end tells.
        data: limits.jsonBytesMax + eventOverheadBytes,
      };
      await this.#reserve(bytesOf[frame.kind]);
    }
    this.#frameSinceMs ??= performance.now();
  }

  async #reserve(bytes: number): Promise<void> {
    if (this.#room.tryReserve(bytes)) return;
    await this.#handOn();
    await this.#waiting(this.#room.reserve(bytes, this.#stopReading.signal));
  }

  async #waiting<T>(work: Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work;
    } finally {
      this.#busy -= 1;
    }
  }

  /** A peer that sends but does not read would let its ACKs pile up here. It is not waited for longer than for one that is silent. */
  async #untilAcksAreRead(): Promise<void> {
    const { signal } = this.#stopReading;
    if (!this.#socket.writableNeedDrain || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off("drain", done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#socket.on("drain", done);
      signal.addEventListener("abort", done);
    });
  }

  #state(): PeerState {
    return {
      version: this.#windowVersion,
      isWaitingForUs: this.#busy > 0 || this.#pending.count > 0,
      isReading: this.#isReading,
      isOwing: this.#windowLeft > 0 || this.#frameSinceMs !== undefined || this.#socket.writableLength > 0,
      frameSinceMs: this.#frameSinceMs,
      isRoomWanted: this.#room.isWanted,
      batchMs: this.#batch.ageMs,
    };
  }

  #handOnPartial(): void {
    if (this.#pending.hasRoom) this.#pending.handOn(this.#batch, this.#windowVersion);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#pending.fail();
    this.#stopReading.abort();
    this.#socket.destroy();
  }
}
