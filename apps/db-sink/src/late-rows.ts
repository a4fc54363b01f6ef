import { dayOf, undatedDay } from "@gatelog/database";
import type { Clock } from "@gatelog/pipeline";
import type { PartEvent } from "./log-events.ts";

const dayMs = 86_400_000;
/** It is told at the first row, and then this often at most, ms. */
const intervalMs = 3_600_000;

/** Rows that were inserted though their time was over already: a topic that is read again after they were removed, or a backfill. */
export class LateRows {
  readonly #clock: Clock;
  readonly #metadataDays: number;
  readonly #onEvent: (event: PartEvent) => void;
  #untold = 0;
  #toldAtMs = -Infinity;

  constructor(options: { readonly clock: Clock; readonly metadataDays: number; readonly onEvent: (event: PartEvent) => void }) {
    this.#clock = options.clock;
    this.#metadataDays = options.metadataDays;
    this.#onEvent = options.onEvent;
  }

  /** How many of the rows of a transaction are late; tells of them. */
  note(insertedByDay: ReadonlyMap<string, number>): number {
    const keptFrom = dayOf(this.#clock.now() - this.#metadataDays * dayMs);
    const late = [...insertedByDay].filter(([day]) => day !== undatedDay && day < keptFrom);
    const rows = late.reduce((sum, [, count]) => sum + count, 0);
    this.#untold += rows;
    if (this.#untold > 0 && this.#clock.monotonicMs() - this.#toldAtMs >= intervalMs) this.#tell(keptFrom);
    return rows;
  }

  #tell(keptFrom: string): void {
    const message = `${this.#untold} rows of days before ${keptFrom} came after their retention: they are counted in call_roll_up, once more where they had been there before, and go with the next upkeep`;
    this.#untold = 0;
    this.#toldAtMs = this.#clock.monotonicMs();
    this.#onEvent({ code: "GATELOG_DB_SINK_LATE", level: "warn", message });
  }
}
