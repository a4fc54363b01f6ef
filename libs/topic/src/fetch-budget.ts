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

  /** What may still be decompressed. */
  get left(): number {
    return Math.max(0, this.#left);
  }

  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) this.#onExceeded();
  }
}

/** Where no fetch says it: what one Buffer holds on every machine. */
const bytesMaxDefault = 2 ** 31 - 1;

// kafkajs looks codecs up by their number alone, but calls them in the asynchronous context of the fetch.
const current = new AsyncLocalStorage<FetchBudget>();

/** What is decompressed from here on in this asynchronous context counts against the budget. */
export function beginFetch(budget: FetchBudget): void {
  current.enterWith(budget);
}

/** To be called by a codec before it decompresses to so many bytes, where the format says truly how many. */
export function beforeDecompressing(bytes: number): void {
  current.getStore()?.take(bytes);
}

/**
 * Runs a codec of a format that does not say truly how large the result is: it is given how much it may become at most, and answers with nothing when that
 * is too little.
 */
export async function decompressWithin(decompress: (bytesMax: number) => Promise<Buffer | undefined>): Promise<Buffer> {
  const result = await decompress(Math.min(current.getStore()?.left ?? bytesMaxDefault, bytesMaxDefault));
  current.getStore()?.take(result?.length ?? Infinity);
  if (result === undefined) throw new Error(`it is more than ${bytesMaxDefault} bytes when it is decompressed`);
  return result;
}
