import { LineBatch } from "./line-batch.ts";

/** A batch has so many bytes at most; a longer line is one of its own. */
const batchBytesMax = 2_097_152;

/** Lines that wait to be written, in batches. A batch that was written takes lines again. */
export class LineQueue {
  readonly #full: LineBatch[] = [];
  #filling = new LineBatch(batchBytesMax);
  #spare: LineBatch | undefined;
  #bytes = 0;

  /** Bytes of the lines that were added and not yet released. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lines that were added and not yet handed out. */
  get lines(): number {
    return this.#full.reduce((sum, batch) => sum + batch.lines, this.#filling.lines);
  }

  get isEmpty(): boolean {
    return this.#full.length === 0 && this.#filling.lines === 0;
  }

  /** Takes a line; returns the batch that it is in. */
  add(line: string): LineBatch {
    let bytes = this.#filling.add(line);
    if (bytes === 0) {
      if (this.#filling.lines > 0) this.#full.push(this.#filling);
      this.#filling = this.#emptyBatch(line);
      bytes = this.#filling.add(line);
    }
    this.#bytes += bytes;
    return this.#filling;
  }

  /** Hands out the oldest batch; undefined when there is none. */
  next(): LineBatch | undefined {
    const batch = this.#full.shift() ?? this.#filling;
    if (batch.lines === 0) return undefined;
    if (batch === this.#filling) this.#filling = this.#emptyBatch();
    return batch;
  }

  /** Takes a batch back that was written. */
  release(batch: LineBatch): void {
    this.#bytes -= batch.length;
    batch.clear();
    if (batch.bytesMax === batchBytesMax) this.#spare ??= batch;
  }

  /** A batch with room for the line at least. */
  #emptyBatch(line = ""): LineBatch {
    const spare = this.#spare;
    this.#spare = undefined;
    // Such a line fits, whatever its characters are.
    if (line.length < batchBytesMax / 4) return spare ?? new LineBatch(batchBytesMax);
    return new LineBatch(Math.max(batchBytesMax, LineBatch.bytesOf(line)));
  }
}
