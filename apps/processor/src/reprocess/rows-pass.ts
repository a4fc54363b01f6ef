import type { Database, StoredCall } from "@gatelog/database";
import type { WorkEvent } from "../work-event.ts";
import type { Pace } from "./pace.ts";
import { pageItemsFirst, pageSizeAfter } from "./page-size.ts";
import { persevere } from "./persevere.ts";
import { rebuildRow } from "./rebuild-row.ts";
import type { ReprocessPlan } from "./reprocess-plan.ts";
import type { RunState } from "./run-state.ts";
import type { SqlRows } from "./sql-rows.ts";
import { isInRange } from "./stored-pass.ts";

export interface RowsPassOptions {
  readonly plan: Pick<ReprocessPlan, "days" | "fromMs" | "toMs">;
  readonly state: RunState;
  readonly seedTimeZone: string;
  readonly database: Database;
  readonly rows: SqlRows;
  readonly pace: Pace;
  /** Makes the state durable. */
  readonly save: () => Promise<void>;
}

/** Makes the rows of the days anew of what they say themselves, where the stored records are the source. Its place is the run's. */
export class RowsPass {
  readonly #options: RowsPassOptions;
  #pageRows = pageItemsFirst;

  constructor(options: RowsPassOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { plan, state } = this.#options;
    for (const day of plan.days) if (state.rowsAt === undefined || day >= state.rowsAt.day) await this.#readDay(day);
  }

  async #readDay(day: string): Promise<void> {
    const { database, state, save } = this.#options;
    for (;;) {
      const after = state.rowsAt?.day === day ? state.rowsAt.id : undefined;
      const rowsMax = this.#pageRows;
      const page = await persevere(`reading rows of ${day}`, () => database.storedCalls({ day, after, rowsMax }));
      const last = page.at(-1);
      if (last === undefined) return;
      await this.#take(page);
      this.#pageRows = pageSizeAfter(page.map(({ row }) => row));
      state.rowsAt = { day, id: last.row.id };
      await save();
    }
  }

  async #take(page: readonly StoredCall[]): Promise<void> {
    const { plan, state, seedTimeZone, rows, pace } = this.#options;
    const events: WorkEvent[] = [];
    for (const { row, version } of page) {
      const event = rows.isDue(version) ? rebuildRow(row, seedTimeZone) : undefined;
      if (!rows.isDue(version)) state.counts.rowsLeft++;
      else if (event === undefined) state.counts.rowsKept++;
      else if (isInRange(event, plan)) events.push(event);
    }
    await pace.take(events.length);
    await rows.update(events);
  }
}
