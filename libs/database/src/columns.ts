import { callTables, recordColumns, type CallTable, type StorageType } from "@gatelog/log-record";

/** A column as the writers fill it. */
export interface SqlColumn {
  readonly column: string;
  readonly type: StorageType | "day" | "uuid" | "bigint";
}

/** Largest value of a 32-bit column. */
const integerMax = 2_147_483_647;

const key: readonly SqlColumn[] = [
  { column: "event_day", type: "day" },
  { column: "id", type: "uuid" },
];

const besides: Record<CallTable, readonly SqlColumn[]> = {
  interface_log: [
    { column: "extra", type: "json" },
    { column: "parse_error", type: "text" },
  ],
  interface_body: [{ column: "raw_line", type: "text" }],
};

/** The columns that a call fills in a table, the key first. `stored_at` is left to the database. */
export function callColumns(table: CallTable): readonly SqlColumn[] {
  const own = recordColumns
    .filter((column) => column.table === table)
    .map(({ column, type, max }) => ({ column, type: type === "integer" && (max ?? Infinity) > integerMax ? ("bigint" as const) : type }));
  return [...key, ...own, ...besides[table]];
}

/** Says by which version of the pipeline a row was made anew; NULL as it was first written. */
export const versionColumn: SqlColumn = { column: "pipeline_version", type: "text" };

/** The columns of `ledger_mark` that a mark fills. */
export const markColumns: readonly SqlColumn[] = [
  { column: "id", type: "uuid" },
  { column: "gateway", type: "text" },
  { column: "boot", type: "text" },
  { column: "seq", type: "bigint" },
  { column: "in_flight", type: "json" },
  { column: "closing", type: "boolean" },
  { column: "previous_boot", type: "text" },
  { column: "previous_seq", type: "bigint" },
  { column: "aborted", type: "json" },
];

export { callTables, type CallTable };
