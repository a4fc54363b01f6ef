import { AsyncLocalStorage } from "node:async_hooks";

/**
 * How many bytes one fetch may become when it is decompressed. A broker counts what is compressed: four MiB of repetitive lines are eighty
 * by snappy, and thousands by gzip.
 *
 * **Guarantee**: what is decompressed before `onExceeded` throws is at most `bytesMax`.
 */
export class FetchBudget {
  #left: number;
  readonly #onExceeded: () => never;

  constructor({ bytesMax, onExceeded }: { readonly bytesMax: number; readonly onExceeded: () => never }) {
    this.#left = bytesMax;
    this.#onExceeded = onExceeded;
  }

  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) this.#onExceeded();
  }
}

// kafkajs looks codecs up by their number alone, but calls them in the asynchronous context of the fetch.
const current = new AsyncLocalStorage<FetchBudget>();

/** What is decompressed from here on in this asynchronous context counts against the budget. */
export function beginFetch(budget: FetchBudget): void {
  current.enterWith(budget);
}

/** To be called by a codec before it decompresses to so many bytes. */
export function beforeDecompressing(bytes: number): void {
  current.getStore()?.take(bytes);
}
