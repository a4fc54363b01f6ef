import type { ClientBase } from "pg";
import { columnList, onConflictOf, quoteTable, valueFor } from "./own-sql.ts";
import { type OwnCalls, type OwnRow, ownRows, type OwnTable } from "./own-table.ts";

/**
 * Writes a batch into the team's table; to be called inside its transaction. Returns how many rows were handed over.
 *
 * The rows travel as one JSON text, which PostgreSQL reads by the types of the table's own columns: the mapping need not repeat them exactly.
 */
export async function storeOwnPostgresql(client: ClientBase, own: OwnTable | undefined, calls: OwnCalls): Promise<number> {
  const rows = own === undefined ? [] : ownRows(own, calls);
  if (own === undefined || rows.length === 0) return 0;
  await client.query(insertSql(own), [JSON.stringify(rows.map((row) => objectOf(own, row)))]);
  return rows.length;
}

function insertSql(own: OwnTable): string {
  const [table, names] = [quoteTable(own.table, "postgresql"), columnList(own, "postgresql")];
  const rows = `json_populate_recordset(NULL::${table}, $1::json)`;
  return `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${rows} ${onConflictOf(own, "postgresql")}`;
}

function objectOf({ columns }: OwnTable, row: OwnRow): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    columns.map((column, place) => {
      const value = valueFor("postgresql", column, row[place] ?? null);
      return [column.name, column.type === "json" && typeof value === "string" ? (JSON.parse(value) as unknown) : value];
    }),
  );
}
