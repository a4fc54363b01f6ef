import type { CallRow, ColumnValue } from "@gatelog/log-record";
import { callColumns, type SqlColumn, versionColumn } from "./columns.ts";
import type { Dialect } from "./url.ts";

/** A call as both tables have it. */
export interface StoredCall {
  /** As `toRow` makes it; what JSON holds may be in another order. A body that is gone is null. */
  readonly row: CallRow;
  /** Null as it was first written. */
  readonly version: string | null;
}

/** Rows of a day in the order of their ids. */
export interface StoredCallsOptions {
  readonly day: string;
  /** The id behind which they begin; undefined: with the first. */
  readonly after: string | undefined;
  readonly rowsMax: number;
}

const bodyColumns = callColumns("interface_body").filter(({ column }) => column !== "event_day" && column !== "id");
const columns: readonly SqlColumn[] = [...callColumns("interface_log"), ...bodyColumns];
const names = [
  ...callColumns("interface_log").map(({ column }) => `l.${column}`),
  ...bodyColumns.map(({ column }) => `b.${column}`),
  `l.${versionColumn.column}`,
].join(", ");

/** The question for a page of rows, and its values. */
export function storedCallsSql(dialect: Dialect, { day, after, rowsMax }: StoredCallsOptions) {
  const join = "LEFT JOIN interface_body b ON b.event_day = l.event_day AND b.id = l.id";
  const mark = (type: string) => (dialect === "postgresql" ? `$${values.length}::${type}` : "?");
  const values: (string | number)[] = [day];
  const where = `l.event_day = ${mark("date")}`;
  if (after !== undefined) values.push(after);
  const from = after === undefined ? "" : ` AND l.id > ${mark("uuid")}`;
  values.push(rowsMax);
  const sql = `SELECT ${names} FROM interface_log l ${join} WHERE ${where}${from} ORDER BY l.id LIMIT ${mark("integer")}`;
  return { sql, values };
}

/** What the driver read, as `toRow` makes it. */
export function toStoredCall(found: Readonly<Record<string, unknown>>, day: string): StoredCall {
  const row: Record<string, ColumnValue> = {};
  for (const { column, type } of columns) {
    const value = found[column];
    row[column] = value === null || value === undefined ? null : (fromDriver[type] ?? same)(value);
  }
  const version = found[versionColumn.column];
  return { row: { ...row, event_day: day, id: String(found["id"]) }, version: typeof version === "string" ? version : null };
}

const same = (value: unknown) => value as ColumnValue;

const fromDriver: Partial<Record<SqlColumn["type"], (value: unknown) => ColumnValue>> = {
  day: String,
  timestamp: (value) => new Date(value as string | Date).toISOString(),
  json: (value) => (typeof value === "string" ? value : JSON.stringify(value)),
  bigint: Number,
  boolean: Boolean,
};
