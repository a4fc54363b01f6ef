import type { CallRow } from "@gatelog/log-record";
import type { ClientBase } from "pg";
import { type CallTable, type SqlColumn, versionColumn } from "../columns.ts";
import { type CallUpdate, prepareUpdate, type UpdatedCounts, updatedColumns } from "../update-calls.ts";
import { arraysOf, arrayTypes } from "./insert-postgresql.ts";

/** One day at a time: its partition alone is looked at. */
const lockRows = `SELECT id::text AS id, ${versionColumn.column} AS version FROM interface_log WHERE event_day = $1::date AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE`;
const idColumn: SqlColumn = { column: "id", type: "uuid" };
const updates = [updateOf("interface_log"), updateOf("interface_body")];

/** Makes rows anew that are there and due. To be called inside a transaction. */
export async function updatePostgresql(
  client: ClientBase,
  calls: readonly CallRow[],
  { version, isDue }: CallUpdate,
): Promise<UpdatedCounts> {
  const counts = { updated: 0, left: 0, missing: 0 };
  const rows = prepareUpdate(calls, version);
  for (const day of new Set(rows.map(({ event_day }) => event_day))) {
    const ofDay = rows.filter(({ event_day }) => event_day === day);
    const found = await client.query<{ id: string; version: string | null }>(lockRows, [day, ofDay.map(({ id }) => id)]);
    const due = new Set(found.rows.filter((row) => isDue(row.version)).map(({ id }) => id));
    const updated = ofDay.filter(({ id }) => due.has(id));
    if (updated.length > 0) for (const update of updates) await update(client, day, updated);
    counts.updated += updated.length;
    counts.left += found.rows.length - updated.length;
    counts.missing += ofDay.length - found.rows.length;
  }
  return counts;
}

/** One statement for the rows of a day, an array a column. */
function updateOf(table: CallTable): (client: ClientBase, day: string, rows: readonly CallRow[]) => Promise<void> {
  const columns = updatedColumns(table);
  const all = [idColumn, ...columns];
  const arrays = all.map(({ type }, index) => `$${index + 2}::${arrayTypes[type]}`).join(", ");
  const assignments = columns.map(({ column }) => `${column} = u.${column}`).join(", ");
  const names = all.map(({ column }) => column).join(", ");
  const sql = `UPDATE ${table} t SET ${assignments} FROM unnest(${arrays}) AS u(${names}) WHERE t.event_day = $1::date AND t.id = u.id`;
  return async (client, day, rows) => {
    await client.query(sql, [day, ...arraysOf(all, rows)]);
  };
}
