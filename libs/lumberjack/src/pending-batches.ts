import type { Socket } from "node:net";
import type { ByteBudget } from "./byte-budget.ts";
import { encodeAck } from "./encoder.ts";
import type { OnBatch, WindowBatch } from "./window-batch.ts";

/** Bytes that were taken for a frame that becomes batches: what is left of them, and how many at most. */
export interface Cover {
  leftBytes: number;
  readonly bytesMax: number;
}

/** Batches of one connection that may wait for `onBatch` at the same time; their ACKs keep their order. */
const pendingBatchesMax = 2;

export interface PendingBatchesOptions {
  readonly socket: Socket;
  readonly budget: ByteBudget;
  readonly onBatch: OnBatch;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The batches of one connection that were handed on, and their ACKs.
 *
 * **Guarantee**: an ACK leaves only after `onBatch` resolved for every event that it covers, in order; after the first
 * failure no further ACK leaves.
 */
export class PendingBatches {
  readonly #options: PendingBatchesOptions;
  #pending: Promise<void>[] = [];
  #hasFailed = false;
  #cover: Cover | undefined;

  constructor(options: PendingBatchesOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#pending.length;
  }

  /** Whether another batch may be handed on at once: there is room, and the peer reads its ACKs. */
  get hasRoom(): boolean {
    return this.#pending.length < pendingBatchesMax && !this.#options.socket.writableNeedDrain;
  }

  /** Resolves when a batch is done, or at once when none is pending. */
  async oldest(): Promise<void> {
    await this.#pending[0];
  }

  async all(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** From now on what batches give back goes into `cover`, and to the others only what does not fit there; until it is undefined again. */
  refill(cover: Cover | undefined): void {
    this.#cover = cover;
  }

  /** Nothing more is acknowledged. */
  fail(): void {
    this.#hasFailed = true;
  }

  /** Gives the batch to `onBatch`; its ACK follows when that resolved and all earlier ACKs are out. */
  handOn(batch: WindowBatch, version: number): void {
    if (batch.count === 0 || this.#hasFailed) return;
    const earlier = this.all();
    const { done, sequence, weight } = batch.handOn(this.#options.onBatch);
    const finished = this.#finish(Promise.all([done, earlier]), { ack: encodeAck(version, sequence), weight });
    this.#pending.push(finished);
    void finished.then(() => {
      this.#pending = this.#pending.filter((other) => other !== finished);
    });
  }

  async #finish(work: Promise<unknown>, { ack, weight }: { ack: Buffer; weight: number }): Promise<void> {
    const { socket, onFailure } = this.#options;
    try {
      await work;
      if (!this.#hasFailed && socket.writable) socket.write(ack);
    } catch (error) {
      onFailure(error);
    } finally {
      this.#giveBack(weight);
    }
  }

  #giveBack(weight: number): void {
    const cover = this.#cover;
    const kept = cover === undefined ? 0 : Math.min(weight, cover.bytesMax - cover.leftBytes);
    if (cover !== undefined) cover.leftBytes += kept;
    this.#options.budget.release(weight - kept);
  }
}
