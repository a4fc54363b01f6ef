import { type BackOff, type Clock, type DeliveryError, toDeliveryError } from "@gatelog/pipeline";
import { type FileSystem, openSegmentLog, type SegmentLog, type SegmentLogEvent, type SegmentLogStats } from "@gatelog/segment-log";

export interface DurableLogOptions {
  readonly dir: string;
  readonly bytesMax: number;
  readonly cursors: readonly string[];
  readonly fileSystem?: FileSystem;
  readonly clock: Clock;
  readonly retry: BackOff;
  readonly onEvent: (event: SegmentLogEvent) => void;
  /** Told when an append failed and will be tried again. */
  readonly onRetry: (error: DeliveryError) => void;
}

/**
 * A segment log for the processor's buffer and its dead letters, which outlives the disk's bad moments: an append that fails is tried again, with the same
 * bytes, until it is durable or given up; after a failed fsync the log is opened anew.
 *
 * **Guarantee**: a resolved append is durable. A repeated one may stand twice in the log, with the same ids.
 */
export class DurableLog {
  readonly #options: DurableLogOptions;
  #log: SegmentLog;
  #reopening: Promise<void> | undefined;
  #isClosing = false;
  #trouble: string | undefined;

  private constructor(options: DurableLogOptions, log: SegmentLog) {
    this.#options = options;
    this.#log = log;
  }

  /** **Errors**: as openSegmentLog. */
  static async open(options: DurableLogOptions): Promise<DurableLog> {
    return new DurableLog(options, await openLog(options));
  }

  /** **Errors**: permanent ones of the log, and whatever `signal` cut short. */
  async append(payloads: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.#log.append(payloads, { signal });
        this.#trouble = undefined;
        this.#options.retry.reset();
        return;
      } catch (error) {
        const failure = toDeliveryError(error);
        if (signal.aborted || failure.permanent) throw failure;
        this.#trouble = failure.message;
        this.#options.onRetry(failure);
        await this.#options.clock.sleep(this.#options.retry.next(), signal);
        if (signal.aborted) throw failure;
        await this.#reopenIfNeeded();
      }
    }
  }

  /** What the disk said to the last append, where that was nothing good. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** True while appends wait for space. */
  get isFull(): boolean {
    return this.#log.stats().state === "full";
  }

  get bytes(): number {
    return this.#log.bytes;
  }

  stats(): SegmentLogStats {
    return this.#log.stats();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#reopening;
    await this.#log.close();
  }

  /** After a failed fsync the log is poisoned; closed, where opening it anew failed the last time. */
  async #reopenIfNeeded(): Promise<void> {
    const { state } = this.#log.stats();
    if (this.#isClosing || (state !== "poisoned" && state !== "closed")) return this.#reopening;
    this.#reopening ??= this.#reopen().finally(() => (this.#reopening = undefined));
    return this.#reopening;
  }

  async #reopen(): Promise<void> {
    try {
      await this.#log.close();
      this.#log = await openLog(this.#options);
    } catch (error) {
      // The next append fails on the closed log, says so, and comes here again.
      this.#options.onRetry(toDeliveryError(error));
    }
  }
}

function openLog({ dir, bytesMax, cursors, onEvent, fileSystem }: DurableLogOptions): Promise<SegmentLog> {
  const options = { dir, bytesMax, cursors: [...cursors], onEvent };
  return openSegmentLog(fileSystem === undefined ? options : { ...options, fileSystem });
}
