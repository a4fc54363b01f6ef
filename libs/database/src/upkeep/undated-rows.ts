import { deleteKeys, firstId, keyOf } from "../call-keys.ts";
import type { SessionRow, SqlSession } from "../sql-session.ts";
import { type Outcome, PagedReading, type Place, sweepDaily } from "./daily-sweep.ts";
import { type Cutoffs, type KeptFrom, midnightMs, undatedDay } from "./retention.ts";
import { inSteps, type StepOptions } from "./steps.ts";

/** How the work is cut. */
export interface UndatedRowsOptions extends StepOptions {
  /** Rows that one run looks at; the next one goes on behind them. */
  readonly sweptRowsMax: number;
  readonly onDeleted: (table: "interface_log" | "interface_body", rows: number) => void;
}

/**
 * Deletes rows without a day, which age by when they were stored. There is no index for that, and none of them can come late: all are looked at once a day, by
 * key, so that no statement reads more than a step has, however many there are.
 */
export async function deleteUndatedRows(session: SqlSession, cutoffs: Cutoffs, options: UndatedRowsOptions): Promise<void> {
  const read = async (behind: Place | undefined): Promise<Outcome> => {
    const reading = new PagedReading(behind, options.sweptRowsMax);
    const ask = (last: Place | undefined) =>
      session.rows(
        `SELECT event_day, id, project, stored_at FROM interface_log WHERE event_day = ? AND id > ? ORDER BY id LIMIT ${options.rowsPerStep}`,
        [undatedDay, last?.id ?? firstId],
      );
    const placeOf = (row: SessionRow) => ({ at: undatedDay, id: keyOf(row).id });
    await inSteps(
      options,
      () => reading.page(ask, placeOf),
      (rows) => deleteOver(session, rows, { cutoffs, options }),
    );
    return reading.outcome(options.signal);
  };
  await sweepDaily(session, { name: "sweep of rows without a day", today: cutoffs.today, read });
}

async function deleteOver(
  session: SqlSession,
  rows: readonly SessionRow[],
  { cutoffs, options }: { readonly cutoffs: Cutoffs; readonly options: UndatedRowsOptions },
): Promise<number> {
  const over = (kept: keyof KeptFrom) =>
    rows.filter((row) => storedMs(row) < midnightMs(cutoffs.of(row["project"] as string | null)[kept])).map(keyOf);
  const calls = over("metadata");
  // A body is kept no longer than its call.
  const withBody = over("body");
  const counts = await session.transaction(async (step) => ({
    bodies: await deleteKeys(step, "interface_body", withBody),
    calls: await deleteKeys(step, "interface_log", calls),
  }));
  options.onDeleted("interface_body", counts.bodies);
  options.onDeleted("interface_log", counts.calls);
  return counts.calls + counts.bodies;
}

function storedMs(row: SessionRow): number {
  return new Date(row["stored_at"] as Date | string).getTime();
}
