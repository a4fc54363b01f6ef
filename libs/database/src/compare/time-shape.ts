import { readTimeMs, toZonedTime } from "@gatelog/log-record";
import { quoteName } from "../own-table/own-sql.ts";
import type { ActualColumn } from "../own-table/describe-table.ts";
import type { SqlSession } from "../sql-session.ts";
import type { WrittenDialect } from "../url.ts";

/** How their table keeps the time of a call. */
export interface TimeShape {
  /** What is asked for, see `selectOf`. */
  readonly select: string;
  /** What is compared with a bound. */
  readonly column: string;
  /** An instant as a value to compare the column with. */
  readonly bound: (ms: number) => string;
}

/** Finds out about it; of text by its first row. */
export async function timeShapeOf(
  session: SqlSession,
  { table, column, timeZone }: { readonly table: string; readonly column: ActualColumn; readonly timeZone: string },
): Promise<TimeShape> {
  const { dialect } = session;
  const name = quoteName(column.name, dialect);
  const select = selectOf(column, dialect);
  const wall =
    (between: string, zone = timeZone) =>
    (ms: number) =>
      toZonedTime(ms, zone).slice(0, 19).replace("T", between);
  if (column.family === "timestamp" && dialect === "postgresql")
    return { select, column: name, bound: hasZone(column) ? (ms) => new Date(ms).toISOString() : wall(" ") };
  // The session's zone is UTC.
  if (column.family === "timestamp" && dialect === "mysql")
    return { select, column: name, bound: wall(" ", hasZone(column) ? "UTC" : timeZone) };
  const [row] = await session.rows(`SELECT ${name} AS example FROM ${table} WHERE ${name} IS NOT NULL LIMIT 1`);
  const isIso = String(row?.["example"]).charAt(10) === "T";
  return { select, column: name, bound: wall(isIso ? "T" : " ") };
}

/** How a column is asked for: a time without a zone as text, for the driver would read it as one of a zone of its own. */
export function selectOf(column: ActualColumn, dialect: WrittenDialect): string {
  const name = quoteName(column.name, dialect);
  if (column.family !== "timestamp" || hasZone(column)) return name;
  if (dialect === "postgresql") return `${name}::text`;
  return dialect === "mysql" ? `CAST(${name} AS char)` : name;
}

/** Whether a time of it is an instant: PostgreSQL says so; MySQL keeps a TIMESTAMP in UTC, and a DATETIME as it was written. */
function hasZone({ type }: ActualColumn): boolean {
  return type.includes("with time zone") || (type.startsWith("timestamp") && !type.includes("without time zone"));
}

/** What the driver gave as an instant; undefined where it is none. */
export function instantOf(value: unknown, timeZone: string): number | undefined {
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" ? readTimeMs(value, timeZone) : undefined;
}
