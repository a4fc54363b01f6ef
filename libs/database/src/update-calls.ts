import type { CallRow } from "@gatelog/log-record";
import { callColumns, type CallTable, type SqlColumn, versionColumn } from "./columns.ts";
import { DatabaseError } from "./errors.ts";
import { prepareCalls } from "./prepare-calls.ts";
import { countedColumns } from "./roll-up.ts";

/** How rows that are there are made anew. */
export interface CallUpdate {
  /** Goes to `pipeline_version`. */
  readonly version: string;
  /** Whether a row of that version (null: as it was first written) is to be made anew. */
  readonly isDue: (stored: string | null) => boolean;
}

/** What became of calls that were handed over; one that stands twice in a batch counts once. */
export interface UpdatedCounts {
  readonly updated: number;
  /** Left as they are, for `isDue` did not want them. */
  readonly left: number;
  /** Without a row; none is inserted. */
  readonly missing: number;
}

/** What an update writes of a table: all but the key, and the version in the log. */
export function updatedColumns(table: CallTable): readonly SqlColumn[] {
  const own = callColumns(table).filter(({ column }) => column !== "event_day" && column !== "id");
  return table === "interface_log" ? [...own, versionColumn] : own;
}

/** Rows as they are written: sorted by key, so that writers lock in the same order, the first of each key alone, with their version. */
export function prepareUpdate(calls: readonly CallRow[], version: string): readonly CallRow[] {
  return prepareCalls(calls).map((row) => Object.assign({}, row, { [versionColumn.column]: version }));
}

/** What is read of a row before it is made anew: its version, and what it counted as. */
export const readBeforeUpdate = [versionColumn.column, ...countedColumns.filter((column) => column !== "event_day")].join(", ");

/** The `source` of roll-ups that say how made anew rows differ from what they were. */
export const updateSource = "update";

/** Fails where the column is not there, and reads nothing. */
export const checkUpdatesSql = `SELECT ${versionColumn.column} FROM interface_log WHERE 1 = 0`;

/** What an operator does about tables that cannot be updated. */
export function notUpdatable(reason: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    "GATELOG_DATABASE_NOT_READY",
    `rows cannot be made anew: ${reason}; db-sink of this version brings the tables up to date when it starts`,
    cause,
  );
}
