import { readTimeMs, toZonedTime } from "@gatelog/log-record";
import { quoteName } from "../own-table/own-sql.ts";
import type { ActualColumn } from "../own-table/describe-table.ts";
import type { SqlSession } from "../sql-session.ts";

/** How their table keeps the time of a call. */
export interface TimeShape {
  /** What is asked for; text where the driver would read a time as one of this machine's zone. */
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
  const wall = (between: string) => (ms: number) => toZonedTime(ms, timeZone).slice(0, 19).replace("T", between);
  if (dialect === "postgresql" && column.family === "timestamp") {
    if (column.type.includes("with time zone")) return { select: name, column: name, bound: (ms) => new Date(ms).toISOString() };
    return { select: `${name}::text`, column: name, bound: wall(" ") };
  }
  if (dialect === "mysql" && column.family === "timestamp") return { select: name, column: name, bound: wall(" ") };
  const [row] = await session.rows(`SELECT ${name} AS example FROM ${table} WHERE ${name} IS NOT NULL LIMIT 1`);
  const isIso = String(row?.["example"]).charAt(10) === "T";
  return { select: name, column: name, bound: wall(isIso ? "T" : " ") };
}

/** What the driver gave as an instant; undefined where it is none. */
export function instantOf(value: unknown, timeZone: string): number | undefined {
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" ? readTimeMs(value, timeZone) : undefined;
}
