import { setImmediate as nextTurn } from "node:timers/promises";
import type { SqlColumn } from "../columns.ts";
import { type InsertKey, onConflict } from "../on-conflict.ts";
import { rollUpColumns, rollUpTarget } from "../roll-up.ts";
import type { SqliteConnection } from "./open-sqlite.ts";

/** Values of one row by column, as log-record makes them. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Rows inserted before the event loop gets a turn: a few milliseconds of work. */
export const rowsPerTurn = 200;

/** Takes a column's value out of a row, as the driver wants it. */
export type SqliteBinder = (row: SqlRow) => string | number | bigint | null;

/**
 * Inserts rows whose key is not there yet and returns those. To be called inside a transaction.
 *
 * One prepared statement run per row: with fifty columns this is faster than one statement over `json_each`, and a
 * refused row does not take a statement of others with it. `ON CONFLICT (key)` instead of `OR IGNORE`, which would
 * also skip rows that break any other constraint without a word.
 */
export class SqliteInsert {
  readonly #sql: string;
  readonly #binders: readonly SqliteBinder[];

  /** `added`: columns whose values are added to those of a row that is there. */
  constructor(table: string, columns: readonly SqlColumn[], { key, added = [] }: InsertKey) {
    const names = columns.map(({ column }) => column);
    this.#sql = `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")}) ${onConflict(table, { key, added })}`;
    this.#binders = columns.map(binderOf);
  }

  async run<Row extends SqlRow>(connection: SqliteConnection, rows: readonly Row[]): Promise<readonly Row[]> {
    if (rows.length === 0) return [];
    const statement = connection.prepare(this.#sql);
    const inserted: Row[] = [];
    for (let at = 0; at < rows.length; at += rowsPerTurn) {
      for (const row of rows.slice(at, at + rowsPerTurn)) {
        if (statement.run(this.#binders.map((bind) => bind(row))).changes > 0) inserted.push(row);
      }
      await nextTurn();
    }
    return inserted;
  }
}

/** Adds roll-ups to those that are there. */
export const insertRollUp = new SqliteInsert("call_roll_up", rollUpColumns, rollUpTarget);

export function binderOf({ column, type }: SqlColumn): SqliteBinder {
  const convert = type === "timestamp" ? sqliteTime : sqliteValue;
  return (row) => convert(row[column]);
}

/** The one text form of a time: `2026-11-23T08:00:00.000+00:00`. It sorts as text, and Prisma writes and reads the same. */
export function sqliteTime(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return new Date(value as string | number | Date).toISOString().replace("Z", "+00:00");
}

function sqliteValue(value: unknown): string | number | bigint | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") return value;
  return JSON.stringify(value);
}
