import type { CallRow } from "@gatelog/log-record";
import { callColumns } from "./columns.ts";

/** What `interface_body` holds besides the key. */
const bodyColumns = callColumns("interface_body")
  .map(({ column }) => column)
  .filter((column) => column !== "event_day" && column !== "id");

/**
 * The rows of `interface_log`: sorted by key, so that writers that lock in the same order cannot deadlock and indexes are touched in sequence; of
 * those with one key the first; and a line without a readable time has the beginning of its day, so that every row has its place in the order of time.
 */
export function prepareCalls(calls: readonly CallRow[]): readonly CallRow[] {
  const sorted = calls
    .map((row) => (row["request_time"] == null ? { ...row, request_time: `${row.event_day}T00:00:00.000Z` } : row))
    .sort(byKey);
  return sorted.filter((row, index) => index === 0 || byKey(sorted[index - 1] as CallRow, row) !== 0);
}

/** Those that have anything for `interface_body`. */
export function withBodies(rows: readonly CallRow[]): readonly CallRow[] {
  return rows.filter((row) => bodyColumns.some((column) => row[column] != null));
}

/** How many rows of each day. */
export function countByDay(rows: readonly CallRow[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { event_day: day } of rows) counts.set(day, (counts.get(day) ?? 0) + 1);
  return counts;
}

function byKey(a: CallRow, b: CallRow): number {
  return compare(a.event_day, b.event_day) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
