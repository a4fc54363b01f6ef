import type { Socket } from "node:net";
import type { ByteBudget } from "./byte-budget.ts";
import { encodeAck } from "./encoder.ts";
import { LumberjackError } from "./errors.ts";
import { type Frame, FrameDecoder } from "./frame-decoder.ts";
import { inflatePieces } from "./inflate.ts";
import type { DecoderLimits } from "./protocol.ts";
import { type OnBatch, type Peer, WindowBatch } from "./window-batch.ts";
import { SocketReader } from "./socket-reader.ts";

/** What all connections of a server share. */
export interface ConnectionContext {
  readonly limits: DecoderLimits;
  readonly batchBytesMax: number;
  readonly inactivityTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly budget: ByteBudget;
  readonly onBatch: OnBatch;
}

/** A frame up to this size is kept while it arrives without asking the budget: what a socket buffer holds anyway. */
const unaskedBytesMax = 256 * 1024;
/** Batches of one connection that may wait for `onBatch` at the same time; their ACKs keep their order. */
const pendingBatchesMax = 2;

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
  #windowLeft = 0;
  #windowVersion = 0;
  /** Bytes of the incomplete frame that were already asked of the budget. */
  #askedBytes = 0;
  /** Waits on our side; the peer is told by keep-alives and not blamed for its silence. */
  #busy = 0;
  #pending: Promise<void>[] = [];
  #failure: unknown;

  constructor(socket: Socket, peer: Peer, context: ConnectionContext) {
    this.#socket = socket;
    this.#context = context;
    this.#reader = new SocketReader(socket, this.#stopReading.signal);
    this.#decoder = new FrameDecoder(context.limits);
    this.#batch = new WindowBatch(peer);
  }

  /** Serves the peer until it leaves, fails, or `stop` is called. Resolves with the reason of a failure, else undefined. */
  async serve(): Promise<unknown> {
    const keepAlive = setInterval(() => this.#sendKeepAlive(), this.#context.keepAliveMs);
    this.#socket.setTimeout(this.#context.inactivityTimeoutMs, () => this.#onInactive());
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#stopReading.abort());
    try {
      await this.#readFrames();
    } catch (error) {
      this.#fail(error);
    }
    await this.#waiting(Promise.all(this.#pending));
    clearInterval(keepAlive);
    this.#context.budget.release(this.#batch.drop() + this.#askedBytes);
    this.#askedBytes = 0;
    this.#reader.release();
    if (this.#failure === undefined) this.#socket.end();
    else this.#socket.destroy();
    return this.#failure;
  }

  /** Takes nothing more; `serve` resolves when what was handed on is acknowledged. */
  stop(): void {
    this.#stopReading.abort();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #readFrames(): Promise<void> {
    for (;;) {
      const chunk = await this.#reader.next();
      if (chunk === null) return;
      this.#decoder.push(chunk);
      for (let frame = this.#decoder.next(); frame !== undefined; frame = this.#decoder.next()) {
        await this.#onFrame(frame);
        if (this.#stopReading.signal.aborted) return;
      }
      await this.#askForIncompleteFrame();
    }
  }

  async #onFrame(frame: Frame): Promise<void> {
    if (frame.kind === "window") return this.#onWindow(frame.version, frame.count);
    if (frame.kind === "compressed") return this.#onCompressed(frame.payload);
    this.#checkWindow();
    if (!(await this.#ask(frame.json.length))) return;
    this.#add(frame);
    if (this.#windowLeft === 0 || this.#batch.bytes >= this.#context.batchBytesMax) await this.#handOn();
  }

  async #onWindow(version: number, count: number): Promise<void> {
    // A peer may open a window before it filled the last one: what came is complete as it is.
    if (this.#batch.count > 0) await this.#handOn();
    this.#windowLeft = count;
    this.#windowVersion = version;
    if (count === 0) {
      await Promise.all(this.#pending);
      this.#write(encodeAck(version, 0));
    }
  }

  /**
   * Inflates and reads a compressed frame. One batch's worth is asked of the budget beforehand and moves to each batch
   * that is built from the frame, so that a connection never waits for bytes while it holds an inflated piece.
   */
  async #onCompressed(payload: Buffer): Promise<void> {
    const { limits, batchBytesMax, budget } = this.#context;
    if (!(await this.#ask(payload.length + batchBytesMax))) return;
    let cover = batchBytesMax;
    try {
      const decoder = new FrameDecoder(limits, { nested: true });
      for await (const piece of inflatePieces(payload, limits.inflatedBytesMax)) {
        decoder.push(piece);
        for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
          if (frame.kind === "window") await this.#onWindow(frame.version, frame.count);
          if (frame.kind !== "event") continue;
          this.#checkWindow();
          const covered = Math.min(cover, frame.json.length);
          cover -= covered;
          budget.charge(frame.json.length - covered);
          this.#add(frame);
          if (this.#windowLeft === 0) await this.#handOn();
          if (this.#batch.bytes < batchBytesMax) continue;
          await this.#handOn();
          await this.#waiting(Promise.all(this.#pending));
          if (this.#stopReading.signal.aborted) return;
          budget.charge(batchBytesMax - cover);
          cover = batchBytesMax;
        }
      }
      if (decoder.bufferedBytes > 0) throw new LumberjackError("GATELOG_LUMBERJACK_PROTOCOL", "a compressed frame ends within a frame");
    } finally {
      budget.release(payload.length + cover);
    }
  }

  #add(event: { sequence: number; json: Buffer }): void {
    this.#windowLeft -= 1;
    this.#batch.add(event.sequence, event.json);
  }

  #checkWindow(): void {
    if (this.#windowLeft === 0) throw new LumberjackError("GATELOG_LUMBERJACK_PROTOCOL", "an event outside of a window");
  }

  /** Gives the batch to `onBatch`; its ACK follows when that resolved and all earlier ACKs are out. */
  async #handOn(): Promise<void> {
    if (this.#pending.length >= pendingBatchesMax) await this.#waiting(this.#pending[0] ?? Promise.resolve());
    if (this.#batch.count === 0 || this.#failure !== undefined) return;
    const earlier = Promise.all(this.#pending);
    const { done, sequence, bytes } = this.#batch.handOn(this.#context.onBatch);
    const version = this.#windowVersion;
    const finish = async () => {
      try {
        await done;
        await earlier;
        if (this.#failure === undefined) this.#write(encodeAck(version, sequence));
      } catch (error) {
        this.#fail(error);
      } finally {
        this.#context.budget.release(bytes);
        this.#pending = this.#pending.filter((other) => other !== finished);
      }
    };
    const finished = finish();
    this.#pending.push(finished);
  }

  /**
   * Takes `bytes` from the budget, less what was asked for beforehand. A partial batch is handed on before waiting, and what
   * was asked for is added to at once: nobody waits while holding, or all could wait for each other.
   */
  async #ask(bytes: number): Promise<boolean> {
    const { budget } = this.#context;
    const held = this.#askedBytes;
    this.#askedBytes = 0;
    if (held > bytes) budget.release(held - bytes);
    else if (held > 0) budget.charge(bytes - held);
    if (held > 0 || budget.tryAcquire(bytes)) return true;
    await this.#handOn();
    return this.#waiting(budget.acquire(bytes, this.#stopReading.signal));
  }

  /** Asks once for all that the frame will need. */
  async #askForIncompleteFrame(): Promise<void> {
    const frame = this.#decoder.incomplete;
    if (frame === undefined || frame.announcedBytes <= unaskedBytesMax || this.#askedBytes > 0) return;
    const { limits, batchBytesMax } = this.#context;
    const bytesOf = {
      json: frame.announcedBytes,
      compressed: frame.announcedBytes + batchBytesMax,
      // How long a version 1 frame gets, only its end tells.
      data: limits.jsonBytesMax,
    };
    const bytes = bytesOf[frame.kind];
    if (await this.#ask(bytes)) this.#askedBytes = bytes;
  }

  async #waiting<T>(work: Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work;
    } finally {
      this.#busy -= 1;
    }
  }

  #sendKeepAlive(): void {
    if (this.#windowVersion === 0 || this.#socket.writableLength > 0) return;
    if (this.#busy > 0 || this.#pending.length > 0) this.#write(encodeAck(this.#windowVersion, 0));
  }

  #onInactive(): void {
    if (this.#busy > 0 || this.#pending.length > 0) return;
    this.#fail(new LumberjackError("GATELOG_LUMBERJACK_INACTIVE", `nothing came for ${this.#context.inactivityTimeoutMs} ms`));
  }

  #write(frame: Buffer): void {
    if (this.#socket.writable) this.#socket.write(frame);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#stopReading.abort();
    this.#socket.destroy();
  }
}
