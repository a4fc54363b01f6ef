import { setImmediate as nextTurn } from "node:timers/promises";
import type { ConsumedBatch } from "@gatelog/topic";
import { readMessage, type ReadMessageOptions, type SinkItem } from "./read-message.ts";

/** Messages read before the event loop gets a turn: less than a millisecond of work, so that the database need not wait for its next piece. */
const messagesPerTurn = 50;

/**
 * The messages of a batch as items. A server has a transaction in hand for as long as it takes to read the next one's messages: they are read
 * meanwhile.
 */
export class ReadAhead {
  readonly #batch: ConsumedBatch;
  readonly #options: ReadMessageOptions;
  /** Items from `#from` on. */
  #items: SinkItem[] = [];
  #from = 0;

  constructor(batch: ConsumedBatch, options: ReadMessageOptions) {
    this.#batch = batch;
    this.#options = options;
  }

  /** The items of `count` messages; those before `from` are not asked for any more. */
  take(from: number, count: number): readonly SinkItem[] {
    this.#items = this.#items.slice(from - this.#from);
    this.#from = from;
    this.#readTo(count);
    return this.#items.slice(0, count);
  }

  /** Runs `work` on what was taken, and reads up to `count` messages behind the `taken` ones meanwhile. */
  async during<T>(work: () => Promise<T>, taken: number, count: number): Promise<T> {
    let isDone = false;
    const working = work().finally(() => (isDone = true));
    // What fails is told below.
    working.catch(() => undefined);
    for (let to = taken; to < taken + count;) {
      await nextTurn();
      if (isDone) break;
      to = Math.min(to + messagesPerTurn, taken + count);
      this.#readTo(to);
    }
    return working;
  }

  #readTo(count: number): void {
    const end = Math.min(this.#from + count, this.#batch.messages.length);
    for (let at = this.#from + this.#items.length; at < end; at += 1) {
      this.#items.push(readMessage(this.#batch.messages[at] as ConsumedBatch["messages"][number], this.#batch, this.#options));
    }
  }
}
