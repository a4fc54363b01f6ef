import type { CallRow } from "@gatelog/log-record";
import { callColumns } from "./columns.ts";

/** Rows in the order and shape in which they are written. */
export interface PreparedCalls {
  readonly logs: readonly CallRow[];
  /** Those of them that have anything for `interface_body`. */
  readonly bodies: readonly CallRow[];
}

const bodyColumns = callColumns("interface_body")
  .map(({ column }) => column)
  .filter((column) => column !== "event_day" && column !== "id");

/**
 * Sorts by key, so that writers that lock in the same order cannot deadlock and indexes are touched in sequence, and gives a
 * line without a readable time the beginning of its day, so that every row has its place in the order of time.
 */
export function prepareCalls(calls: readonly CallRow[]): PreparedCalls {
  const logs = calls
    .map((row) => (row["request_time"] == null ? { ...row, request_time: `${row.event_day}T00:00:00.000Z` } : row))
    .sort(byKey);
  return { logs, bodies: logs.filter((row) => bodyColumns.some((column) => row[column] != null)) };
}

function byKey(a: CallRow, b: CallRow): number {
  return compare(a.event_day, b.event_day) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
