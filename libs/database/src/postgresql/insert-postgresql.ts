import type { CallRow } from "@gatelog/log-record";
import type { ClientBase } from "pg";
import type { SqlColumn } from "../columns.ts";
import { type InsertKey, onConflict } from "../on-conflict.ts";
import { rollUpColumns, rollUpTarget } from "../roll-up.ts";

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
 * Inserts rows: one statement, one array a column, which is ten times as fast as a statement per row and has the same text for any number of rows.
 */
export class PostgresqlInsert {
  readonly #sql: string;
  readonly #columns: readonly SqlColumn[];

  constructor(table: string, columns: readonly SqlColumn[], key: InsertKey) {
    const names = columns.map(({ column }) => column).join(", ");
    const arrays = columns.map(({ type }, index) => `$${index + 1}::${arrayTypes[type]}`).join(", ");
    this.#sql = `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${arrays}) ${onConflict(table, key)}`;
    this.#columns = columns;
  }

  /** How many were inserted (or added to what is there); those whose key is there are left as they are. */
  async run(client: ClientBase, rows: readonly SqlRow[]): Promise<number> {
    if (rows.length === 0) return 0;
    const result = await client.query(this.#sql, arraysOf(this.#columns, rows));
    return result.rowCount ?? 0;
  }

  /** The rows that were inserted; `rows` are sorted by their keys, `(event_day, id)`. */
  async runCalls(client: ClientBase, rows: readonly CallRow[]): Promise<readonly CallRow[]> {
    if (rows.length === 0) return [];
    // As text a day looks as the server's DateStyle says.
    const text = `${this.#sql} RETURNING to_char(event_day, 'YYYY-MM-DD'), id::text`;
    const { rows: keys } = await client.query<[string, string]>({ text, values: arraysOf(this.#columns, rows), rowMode: "array" });
    if (keys.length === rows.length) return rows;
    const inserted = new Set(keys.map(([day, id]) => `${day} ${id}`));
    return rows.filter(({ event_day: day, id }) => inserted.has(`${day} ${id}`));
  }
}

/** Values of one row by column, as log-record makes them. */
type SqlRow = Readonly<Record<string, unknown>>;

/** An array for each column. */
export function arraysOf(columns: readonly SqlColumn[], rows: readonly SqlRow[]): unknown[] {
  return columns.map(({ column, type }) => {
    const convert = type === "json" ? jsonText : (value: unknown) => value ?? null;
    return rows.map((row) => convert(row[column]));
  });
}

function jsonText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Adds roll-ups to those that are there. */
export const insertRollUp = new PostgresqlInsert("call_roll_up", rollUpColumns, rollUpTarget);
