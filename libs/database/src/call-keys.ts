import type { SessionRow, SqlSession, SqlStep } from "./sql-session.ts";

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

/** Before the id of every call. */
export const firstId = "00000000-0000-0000-0000-000000000000";

/** Deletes rows by their keys, with what a text search has of them, in one transaction; how many there were. */
export async function deleteKeys(step: SqlStep | SqlSession, table: KeyedTable, keys: readonly CallKey[]): Promise<number> {
  if ("transaction" in step) return step.transaction((inner) => deleteKeys(inner, table, keys));
  let count = 0;
  const days = idsByDay(keys);
  for (const [day, ids] of days) {
    count += await step.run(`DELETE FROM ${table} WHERE event_day = ? AND id IN (${ids.map(() => "?").join(", ")})`, [day, ...ids]);
  }
  await step.deleted?.(table, days);
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
