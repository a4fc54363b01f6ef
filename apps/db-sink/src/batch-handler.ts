import { backOff, deliverAll, type BackOff, type Clock, type DeliveryError, type RejectedItem, type Sink } from "@gatelog/pipeline";
import type { ConsumedBatch } from "@gatelog/topic";
import { chunkAt } from "./chunks.ts";
import { isOfDeadLetters, ofDeadLetters } from "./dead-letters-error.ts";
import { AdaptiveRows } from "./flow/adaptive-rows.ts";
import { type RowLimits, rowLimitAt } from "./flow/quiet-hours.ts";
import { retryReasonOf } from "./flow/retry-reason.ts";
import { RowLimiter } from "./flow/row-limiter.ts";
import { ReadAhead } from "./read-ahead.ts";
import type { ReadMessageOptions, SinkItem } from "./read-message.ts";

/** How often the group is told that a batch is still in work, ms. */
const keepAliveMs = 3000;

/** What a BatchHandler works with. */
export interface BatchHandlerOptions {
  readonly sink: Sink<SinkItem>;
  readonly clock: Clock;
  readonly read: ReadMessageOptions;
  /** Whether messages are read while a transaction is in hand: where that is in another process. */
  readonly readsAhead?: boolean;
  readonly batch: { readonly rowsMax: number; readonly bytesMax: number; readonly waitMsMax: number; readonly latencyTargetMs: number };
  readonly limits: RowLimits;
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
  readonly #rows: AdaptiveRows;
  readonly #limiter: RowLimiter;
  readonly #sink: Sink<SinkItem>;
  readonly #givenUp = new AbortController();
  readonly #stopping = new AbortController();
  /** Times of the last records that were stored, by `<topic>/<partition>`. */
  readonly #storedTimesMs = new Map<string, number>();
  #pausedReason: string | undefined;
  #deadLettersReason: string | undefined;
  #inFlight = 0;

  constructor(options: BatchHandlerOptions) {
    this.#options = options;
    this.#backOff = backOff(options.retry);
    this.#rows = new AdaptiveRows(options.batch);
    this.#limiter = new RowLimiter({ clock: options.clock, limitAt: rowLimitAt(options.limits) });
    this.#sink = this.#timed(options.sink);
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

  /** Whether a batch waits because of `limits`. */
  get isHeldBack(): boolean {
    return this.#limiter.isHoldingBack;
  }

  /** Rows that the next transaction may have. */
  get rowsNow(): number {
    return Math.min(this.#rows.rows, this.#limiter.rowsMax());
  }

  /** `requestTime` of the last record of a partition that this process stored, ms; undefined where there is none. */
  storedTimeMs(topic: string, partition: number): number | undefined {
    return this.#storedTimesMs.get(`${topic}/${partition}`);
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

  /** Why the dead-letter topic takes nothing now, so that a message that the database refused holds up its partition; undefined when none does. */
  get deadLettersReason(): string | undefined {
    return this.#deadLettersReason;
  }

  async #deliverChunks(batch: ConsumedBatch): Promise<void> {
    const {
      batch: { bytesMax },
      read,
      readsAhead = false,
    } = this.#options;
    const reader = new ReadAhead(batch, read);
    const kept = new Set<SinkItem>();
    const keepAlive = setInterval(() => void batch.keepAlive().catch(() => {}), keepAliveMs);
    try {
      for (let from = 0; from < batch.messages.length;) {
        const chunk = chunkAt(batch.messages, from, { rowsMax: this.rowsNow, bytesMax });
        await this.#limiter.take(chunk.length, {
          signal: AbortSignal.any([this.#givenUp.signal, this.#stopping.signal]),
          isInVain: () => batch.isWantedBack() || batch.isStale(),
        });
        const items = reader.take(from, chunk.length);
        const next = from + chunk.length;
        const ahead = readsAhead ? chunkAt(batch.messages, next, { rowsMax: this.rowsNow, bytesMax }).length : 0;
        if (await reader.during(() => this.#deliver(items, batch, kept), chunk.length, ahead)) from = next;
      }
    } finally {
      clearInterval(keepAlive);
    }
  }

  /** False when the chunk took the database too long: it is to be cut smaller. `kept`: items of the batch among the dead letters, which are not kept again then. */
  async #deliver(items: readonly SinkItem[], batch: ConsumedBatch, kept: Set<SinkItem>): Promise<boolean> {
    const { clock, consecutiveDeadLettersMax } = this.#options;
    const lost = new AbortController();
    let tooLongMs: number | undefined;
    try {
      await deliverAll(this.#sink, items, {
        clock,
        backOff: this.#backOff,
        signal: AbortSignal.any([this.#givenUp.signal, lost.signal]),
        consecutiveDeadLettersMax,
        // Whose partition was taken away may have been stored by its new owner meanwhile, who then also judges it.
        deadLetter: (rejected) => {
          if (!this.#isLost(batch)) return this.#deadLetter(rejected, kept);
          lost.abort();
          return Promise.reject(new Error("the partition was taken away"));
        },
        onRetry: (error, delayMs) => {
          this.#options.onRetry?.(error, delayMs);
          if (this.#isLost(batch) || batch.isWantedBack()) lost.abort();
          else if (!isOfDeadLetters(error) && retryReasonOf(error) === "timeout" && this.#rows.halve()) {
            tooLongMs = delayMs;
            lost.abort();
          }
        },
        onPaused: (error) => (this.#pausedReason = error.message),
      });
    } catch (error) {
      if (tooLongMs === undefined || this.#givenUp.signal.aborted) throw error;
      await clock.sleep(tooLongMs, this.#givenUp.signal);
      return false;
    } finally {
      // A batch that was given back is somebody else's trouble.
      this.#pausedReason = undefined;
      this.#deadLettersReason = undefined;
    }
    this.#noteTime(batch, items);
    return true;
  }

  /** **Errors**: of the dead letters, never to be taken for the database's. */
  async #deadLetter(rejected: RejectedItem<SinkItem>, kept: Set<SinkItem>): Promise<void> {
    if (kept.has(rejected.item)) return;
    try {
      await this.#options.deadLetter(rejected);
    } catch (error) {
      const failure = ofDeadLetters(error);
      this.#deadLettersReason = failure.message;
      throw failure;
    }
    this.#deadLettersReason = undefined;
    kept.add(rejected.item);
    this.#options.onDeadLetter?.(rejected);
  }

  #noteTime({ topic, partition }: ConsumedBatch, items: readonly SinkItem[]): void {
    const timeMs = Date.parse(items.at(-1)?.identity.time ?? "");
    // A line without a readable time has one of 1970.
    if (timeMs > 0) this.#storedTimesMs.set(`${topic}/${partition}`, timeMs);
  }

  /** While it stops, a batch counts as stale and may still be committed; otherwise somebody else has it now. */
  #isLost(batch: ConsumedBatch): boolean {
    return !this.#stopping.signal.aborted && batch.isStale();
  }

  #timed(sink: Sink<SinkItem>): Sink<SinkItem> {
    const { clock } = this.#options;
    return {
      start: () => sink.start(),
      stop: () => sink.stop(),
      write: async (items, signal) => {
        const startedMs = clock.monotonicMs();
        await sink.write(items, signal);
        this.#rows.note(items.length, clock.monotonicMs() - startedMs);
      },
    };
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
