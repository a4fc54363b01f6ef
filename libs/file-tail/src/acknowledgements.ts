import type { BatchEnd, BatchEnds } from "./batch.ts";
import type { TrackedFile } from "./tracked-file.ts";

/** Says that a batch is acknowledged; gives what may be remembered now, of this batch and of later ones that waited for it. */
export type Acknowledged = () => [TrackedFile, BatchEnd][];

interface Expected {
  readonly weight: number;
  /** Its ends that are not given out yet. */
  left: number;
  isAcknowledged: boolean;
}

interface Part {
  readonly batch: Expected;
  readonly file: TrackedFile;
  readonly end: BatchEnd;
}

/** What a batch counts for however few bytes it has: so also their number is bounded. */
const batchBytesMin = 16 * 1024;

/**
 * The order of acknowledgements: each generation has its own, so that a batch that waits for long holds back its own files alone.
 *
 * **Guarantee**: what belongs to a generation is given out in the order in which it was expected.
 */
export class Acknowledgements {
  readonly #queues = new Map<string, Part[]>();
  #aheadBytes = 0;

  /** Bytes of batches that are acknowledged while something of their generations before them is not. */
  get aheadBytes(): number {
    return this.#aheadBytes;
  }

  /** Takes a batch as the last one of its generations. */
  expect(ends: BatchEnds, bytes: number): Acknowledged {
    const batch: Expected = { weight: Math.max(bytes, batchBytesMin), left: 0, isAcknowledged: false };
    const generations = new Set<string>();
    for (const [file, end] of ends) {
      batch.left += 1;
      generations.add(end.generation);
      const queue = this.#queues.get(end.generation);
      if (queue === undefined) this.#queues.set(end.generation, [{ batch, file, end }]);
      else queue.push({ batch, file, end });
    }
    return () => this.#acknowledge(batch, generations);
  }

  /** Expects nothing any more. */
  forget(): void {
    this.#queues.clear();
    this.#aheadBytes = 0;
  }

  #acknowledge(batch: Expected, generations: ReadonlySet<string>): [TrackedFile, BatchEnd][] {
    batch.isAcknowledged = true;
    if (batch.left > 0) this.#aheadBytes += batch.weight;
    return [...generations].flatMap((generation) => this.#takeReady(generation));
  }

  #takeReady(generation: string): [TrackedFile, BatchEnd][] {
    const queue = this.#queues.get(generation) ?? [];
    const waiting = queue.findIndex((part) => !part.batch.isAcknowledged);
    const ready = waiting === -1 ? queue : queue.splice(0, waiting);
    if (waiting === -1) this.#queues.delete(generation);
    return ready.map(({ batch, file, end }) => {
      batch.left -= 1;
      if (batch.left === 0) this.#aheadBytes -= batch.weight;
      return [file, end];
    });
  }
}
