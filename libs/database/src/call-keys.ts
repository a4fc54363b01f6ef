import type { SessionRow, SqlStep } from "./sql-session.ts";

/** The key of a call. */
export interface CallKey {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly id: string;
}

/** The tables that have rows of a call, those that depend on others first. */
export type KeyedTable = "interface_log" | "interface_body";

/** The key in a row that has `event_day` and `id`. */
export function keyOf(row: SessionRow): CallKey {
  return { day: String(row["event_day"]), id: String(row["id"]) };
}

/** Deletes rows by their keys; how many there were. */
export async function deleteKeys(step: SqlStep, table: KeyedTable, keys: readonly CallKey[]): Promise<number> {
  let count = 0;
  for (const [day, ids] of idsByDay(keys)) {
    count += await step.run(`DELETE FROM ${table} WHERE event_day = ? AND id IN (${ids.map(() => "?").join(", ")})`, [day, ...ids]);
  }
  return count;
}

/** Sorted, so that two that delete the same rows lock them in the same order. */
function idsByDay(keys: readonly CallKey[]): [string, string[]][] {
  const days = new Map<string, string[]>();
  for (const { day, id } of keys) {
    const ids = days.get(day);
    if (ids === undefined) days.set(day, [id]);
    else ids.push(id);
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, ids]) => [day, ids.sort()]);
}
