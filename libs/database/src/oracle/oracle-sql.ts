import type { SqlColumn } from "../columns.ts";

/** How a day and a time travel: as text, so that no time zone of a session or a process touches them. */
export const oracleDay = "YYYY-MM-DD";
export const oracleTime = 'YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"';

/** A table and its columns, and how a row of it is written. */
export interface OracleTable {
  readonly table: string;
  readonly columns: readonly SqlColumn[];
}

/** The value of a named bind, as the column's type takes it. */
export function bindOf({ column, type }: SqlColumn): string {
  if (type === "day") return `TO_DATE(:${column}, '${oracleDay}')`;
  return type === "timestamp" ? `TO_TIMESTAMP(:${column}, '${oracleTime}')` : `:${column}`;
}

/** INSERT of one row by named binds. */
export function insertSql({ table, columns }: OracleTable): string {
  return `INSERT INTO ${table} (${names(columns)}) VALUES (${columns.map(bindOf).join(", ")})`;
}

/** MERGE of one row, which adds what is measured to the row that has the key. */
export function mergeSql(table: string, key: readonly SqlColumn[], measures: readonly SqlColumn[]): string {
  const columns = [...key, ...measures];
  const source = columns.map((column) => `${bindOf(column)} AS ${column.column}`).join(", ");
  const on = key.map(({ column }) => `t.${column} = s.${column}`).join(" AND ");
  const sets = measures.map(({ column }) => `t.${column} = t.${column} + s.${column}`).join(", ");
  const values = columns.map(({ column }) => `s.${column}`).join(", ");
  return (
    `MERGE INTO ${table} t USING (SELECT ${source} FROM dual) s ON (${on}) WHEN MATCHED THEN UPDATE SET ${sets} ` +
    `WHEN NOT MATCHED THEN INSERT (${names(columns)}) VALUES (${values})`
  );
}

function names(columns: readonly SqlColumn[]): string {
  return columns.map(({ column }) => column).join(", ");
}
