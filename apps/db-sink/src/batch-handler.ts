import { backOff, deliverAll, type BackOff, type Clock, type DeliveryError, type RejectedItem } from "@gatelog/pipeline";
import type { ConsumedBatch } from "@gatelog/topic";
import { chunksOf } from "./chunks.ts";
import type { DatabaseSink } from "./database-sink.ts";
import { readMessage, type ReadMessageOptions, type SinkItem } from "./read-message.ts";

/** How often the group is told that a batch is still in work, ms. */
const keepAliveMs = 3000;

/** What a BatchHandler works with. */
export interface BatchHandlerOptions {
  readonly sink: DatabaseSink;
  readonly clock: Clock;
  readonly read: ReadMessageOptions;
  readonly batch: { readonly rowsMax: number; readonly bytesMax: number; readonly waitMsMax: number };
  readonly retry: { readonly minMs: number; readonly maxMs: number };
  readonly consecutiveDeadLettersMax: number;
  readonly deadLetter: (rejected: RejectedItem<SinkItem>) => Promise<void>;
  readonly onRead?: (messages: number) => void;
  readonly onRetry?: (error: DeliveryError, delayMs: number) => void;
  readonly onDeadLetter?: (rejected: RejectedItem<SinkItem>) => void;
}

/**
 * Takes a batch of messages to the database, in order, by the delivery law.
 *
 * **Guarantee**: `handle` resolves when every message of the batch is durable in the database or the dead-letter topic, so that its
 * offset may be committed; it rejects when the batch was taken away while the database failed, or at `giveUp`.
 */
export class BatchHandler {
  readonly #options: BatchHandlerOptions;
  readonly #backOff: BackOff;
  readonly #givenUp = new AbortController();
  readonly #stopping = new AbortController();
  #pausedReason: string | undefined;
  #inFlight = 0;

  constructor(options: BatchHandlerOptions) {
    this.#options = options;
    this.#backOff = backOff(options.retry);
  }

  async handle(batch: ConsumedBatch): Promise<void> {
    const { clock, onRead } = this.#options;
    const startedMs = clock.monotonicMs();
    onRead?.(batch.messages.length);
    this.#inFlight += batch.messages.length;
    try {
      await this.#deliverChunks(batch);
      await this.#rest(batch, startedMs);
    } finally {
      this.#inFlight -= batch.messages.length;
    }
  }

  /** Messages in hand: handed over, and `handle` has not settled. Partitions may be handled side by side. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The batch in hand is finished, without rests; no other is expected. */
  stop(): void {
    this.#stopping.abort();
  }

  /** The batch in hand is given up: `handle` rejects. */
  giveUp(): void {
    this.#givenUp.abort();
  }

  /** Why nothing is dead-lettered any more; undefined when all is well. */
  get pausedReason(): string | undefined {
    return this.#pausedReason;
  }

  async #deliverChunks(batch: ConsumedBatch): Promise<void> {
    const lost = new AbortController();
    const keepAlive = setInterval(() => void batch.keepAlive().catch(() => {}), keepAliveMs);
    try {
      for (const messages of chunksOf(batch.messages, this.#options.batch)) await this.#deliver(messages, batch, lost);
    } finally {
      clearInterval(keepAlive);
    }
  }

  async #deliver(messages: ConsumedBatch["messages"], batch: ConsumedBatch, lost: AbortController): Promise<void> {
    const { sink, clock, read, consecutiveDeadLettersMax, deadLetter, onDeadLetter } = this.#options;
    const items = messages.map((message) => readMessage(message, batch, read));
    await deliverAll(sink, items, {
      clock,
      backOff: this.#backOff,
      signal: AbortSignal.any([this.#givenUp.signal, lost.signal]),
      consecutiveDeadLettersMax,
      deadLetter,
      onRetry: (error, delayMs) => {
        this.#options.onRetry?.(error, delayMs);
        // While it stops, a batch counts as stale and may still be committed; otherwise somebody else has it now.
        if (!this.#stopping.signal.aborted && batch.isStale()) lost.abort();
      },
      onPaused: (error) => (this.#pausedReason = error.message),
      ...(onDeadLetter === undefined ? {} : { onDeadLetter }),
    });
    this.#pausedReason = undefined;
  }

  /**
   * Keeps a trickle of messages from becoming a transaction each: after a batch that was not full the next one is read only
   * `waitMsMax` after this one began, together with what came meanwhile. The first message after a silence does not wait.
   */
  async #rest(batch: ConsumedBatch, startedMs: number): Promise<void> {
    const { clock, batch: bounds } = this.#options;
    if (batch.messages.length >= bounds.rowsMax) return;
    const restMs = startedMs + bounds.waitMsMax - clock.monotonicMs();
    if (restMs > 0) await clock.sleep(restMs, AbortSignal.any([this.#stopping.signal, this.#givenUp.signal]));
  }
}
