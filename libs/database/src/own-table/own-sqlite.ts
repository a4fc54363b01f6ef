import { setImmediate as nextTurn } from "node:timers/promises";
import { rowsPerTurn } from "../sqlite/insert-sqlite.ts";
import type { SqliteConnection } from "../sqlite/open-sqlite.ts";
import { columnList, onConflictOf, quoteTable, valueFor } from "./own-sql.ts";
import { type OwnCalls, ownRows, type OwnTable } from "./own-table.ts";

/** Writes a batch into the team's table; to be called inside its transaction. Returns how many rows were handed over. */
export async function storeOwnSqlite(connection: SqliteConnection, own: OwnTable | undefined, calls: OwnCalls): Promise<number> {
  const rows = own === undefined ? [] : ownRows(own, calls);
  if (own === undefined || rows.length === 0) return 0;
  const marks = own.columns.map(() => "?").join(", ");
  const statement = connection.prepare(
    `INSERT INTO ${quoteTable(own.table, "sqlite")} (${columnList(own, "sqlite")}) VALUES (${marks}) ${onConflictOf(own, "sqlite")}`,
  );
  for (let at = 0; at < rows.length; at += rowsPerTurn) {
    for (const row of rows.slice(at, at + rowsPerTurn)) {
      statement.run(own.columns.map((column, place) => valueFor("sqlite", column, row[place] ?? null)));
    }
    await nextTurn();
  }
  return rows.length;
}
