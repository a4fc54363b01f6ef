/** Rows of the first transaction, before anything is known of the database. */
const rowsAtStart = 1000;
/** Fewer rows make a transaction hardly shorter, for its commit costs as much; and there would be too many of them. */
const rowsMin = 100;
/** What one transaction counts in the average of the cost per row. */
const weight = 0.2;
/** One slow transaction (a checkpoint, a lock) counts as this many times the average at most. */
const outlierFactor = 4;
/** Largest change of one step, and how far off the wish must be for any: without these two it would swing. */
const growth = 1.25;
const shrinkage = 0.8;
const deadBand = 0.1;

export interface AdaptiveRowsOptions {
  readonly rowsMax: number;
  /** How long a transaction should take. */
  readonly latencyTargetMs: number;
}

/**
 * How many rows the next transaction may have, so that it takes about the target: long ones hold locks and stall the database for its
 * other users, short ones waste its commits.
 *
 * **Guarantee**: between 100 (or `rowsMax`, where that is less) and `rowsMax`; goes there by small steps, from an average over many
 * transactions, and stays where the target is met.
 */
export class AdaptiveRows {
  readonly #rowsMin: number;
  readonly #rowsMax: number;
  readonly #targetMs: number;
  #rows: number;
  #msPerRow: number | undefined;

  constructor({ rowsMax, latencyTargetMs }: AdaptiveRowsOptions) {
    this.#rowsMin = Math.min(rowsMin, rowsMax);
    this.#rowsMax = rowsMax;
    this.#targetMs = latencyTargetMs;
    this.#rows = Math.min(rowsAtStart, rowsMax);
  }

  get rows(): number {
    return Math.round(this.#rows);
  }

  /** A transaction was stored. One that was far from full says little: its commit is most of its cost. */
  note(rows: number, durationMs: number): void {
    if (rows < this.#rows / 2) return;
    const before = this.#msPerRow;
    const cost = durationMs / rows;
    const seen = before === undefined ? cost : Math.min(cost, before * outlierFactor);
    this.#msPerRow = Math.max(before === undefined ? seen : before + weight * (seen - before), 1e-6);
    const wanted = this.#targetMs / this.#msPerRow;
    if (Math.abs(wanted - this.#rows) > deadBand * this.#rows) this.#become(wanted);
  }

  /** A transaction took so long that the database gave it up: half as many rows. False where there are few already. */
  halve(): boolean {
    const before = this.rows;
    this.#rows = Math.max(this.#rowsMin, this.#rows / 2);
    this.#msPerRow = this.#targetMs / this.#rows;
    return this.rows < before;
  }

  #become(wanted: number): void {
    const step = Math.min(Math.max(wanted, this.#rows * shrinkage), this.#rows * growth);
    this.#rows = Math.min(Math.max(step, this.#rowsMin), this.#rowsMax);
  }
}
