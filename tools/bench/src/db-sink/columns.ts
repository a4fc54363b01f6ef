import { callTables, type CallTable, type RecordColumn, recordColumns } from "@gatelog/log-record";

/** A column of a table of calls, and the field of the record that it holds. */
export interface CallColumn {
  readonly table: CallTable;
  readonly column: string;
  readonly field: string;
  readonly type: string;
}

const integerMax = 2_147_483_647;

/** Every column that a record fills, the key first. What only lines have that are no record is left to the database. */
export const callColumns: readonly CallColumn[] = callTables.flatMap((table) => {
  const key = [
    { table, column: "event_day", field: "requestTime", type: "day" },
    { table, column: "id", field: "id", type: "uuid" },
  ];
  return key.concat(recordColumns.filter((column) => column.table === table).map(ownColumn));
});

function ownColumn({ table, column, field, type, max = 0 }: RecordColumn): CallColumn {
  return { table, column, field, type: type === "integer" && max > integerMax ? "bigint" : type };
}
