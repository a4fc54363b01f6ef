import type { ClientBase } from "pg";
import type { SqlColumn } from "../columns.ts";

export const arrayTypes: Record<SqlColumn["type"], string> = {
  day: "date[]",
  uuid: "uuid[]",
  text: "text[]",
  integer: "integer[]",
  bigint: "bigint[]",
  real: "double precision[]",
  boolean: "boolean[]",
  timestamp: "timestamptz[]",
  json: "jsonb[]",
};

/**
 * Inserts rows whose key is not there yet and returns how many those were: one statement, one array a column, which
 * is ten times as fast as a statement per row and has the same text for any number of rows.
 */
export class PostgresqlInsert {
  readonly #sql: string;
  readonly #columns: readonly SqlColumn[];

  constructor(table: string, columns: readonly SqlColumn[], key: readonly string[]) {
    const names = columns.map(({ column }) => column).join(", ");
    const arrays = columns.map(({ type }, index) => `$${index + 1}::${arrayTypes[type]}`).join(", ");
    this.#sql = `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${arrays}) ON CONFLICT (${key.join(", ")}) DO NOTHING`;
    this.#columns = columns;
  }

  async run(client: ClientBase, rows: readonly Readonly<Record<string, unknown>>[]): Promise<number> {
    if (rows.length === 0) return 0;
    const result = await client.query(this.#sql, arraysOf(this.#columns, rows));
    return result.rowCount ?? 0;
  }
}

/** An array for each column. */
export function arraysOf(columns: readonly SqlColumn[], rows: readonly Readonly<Record<string, unknown>>[]): unknown[] {
  return columns.map(({ column, type }) => {
    const convert = type === "json" ? jsonText : (value: unknown) => value ?? null;
    return rows.map((row) => convert(row[column]));
  });
}

function jsonText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
