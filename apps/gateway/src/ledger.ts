import { formatMark } from "@gatelog/log-record";
import type { PreviousBoot } from "./log-recovery.ts";

/** A mark tells of so many aborted calls at most, and of each this long after it at most. */
const abortedMax = 1000;
const abortedMs = 100;

/** What a ledger writes about and where. */
export interface LedgerOptions {
  readonly gateway: string;
  readonly boot: string;
  readonly previous: PreviousBoot | undefined;
  readonly intervalMs: number;
  /** The numbers without a record, asked for at each mark: to keep them at each call costs more than to gather them now and then. */
  readonly inFlight: () => readonly number[];
  /** Undefined in format seed, which has no marks. */
  readonly append: ((line: string) => void) | undefined;
}

/**
 * Gives every arrival its number and writes marks, so that a reader can tell a lost record from a call in flight.
 *
 * **Guarantee**: a number is given once and in order. When a mark is appended, every number up to its `seq` that is not in its
 * `inFlight` has its record in the log before the mark, because `inFlight` has what ended appended before it tells.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  #inFlight = 0;
  #seq = 0;
  #isMarked = true;
  #timer: NodeJS.Timeout | undefined;
  #aborted: number[] = [];
  #abortedTimer: NodeJS.Timeout | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Writes the first mark, then one per interval in which anything happened. */
  start(): void {
    this.#mark(false, this.#options.previous);
    this.#timer = setInterval(() => {
      if (!this.#isMarked) this.#mark(false);
    }, this.#options.intervalMs);
    this.#timer.unref();
  }

  /** The number of a call that arrives now. */
  arrived(): number {
    this.#isMarked = false;
    this.#seq += 1;
    this.#inFlight += 1;
    return this.#seq;
  }

  /** The record of a call was appended. */
  ended(): void {
    this.#isMarked = false;
    this.#inFlight -= 1;
  }

  /**
   * The record of this call says that its answer was complete, and then its client left before the last byte. A mark tells of it
   * soon; in format seed nothing can.
   */
  aborted(seq: number): void {
    if (this.#options.append === undefined) return;
    this.#aborted.push(seq);
    if (this.#aborted.length === abortedMax) this.#mark(false);
    else this.#abortedTimer ??= setTimeout(() => this.#mark(false), abortedMs).unref();
  }

  /** Calls without a record. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Writes the closing mark. To be called after all else. */
  close(): void {
    clearInterval(this.#timer);
    this.#mark(true);
  }

  #mark(closing: boolean, previous?: PreviousBoot): void {
    this.#isMarked = true;
    clearTimeout(this.#abortedTimer);
    this.#abortedTimer = undefined;
    const aborted = this.#aborted;
    if (aborted.length > 0) this.#aborted = [];
    const { gateway, boot, inFlight, append } = this.#options;
    append?.(
      formatMark({
        v: 1,
        type: "mark",
        gateway,
        boot,
        seq: this.#seq,
        inFlight: [...inFlight()],
        closing,
        ...(previous && { previous }),
        ...(aborted.length > 0 && { aborted }),
      }),
    );
  }
}
