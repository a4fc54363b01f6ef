import type { CallRow } from "@gatelog/log-record";
import type { ClientBase } from "pg";
import type { CallTable, SqlColumn } from "../columns.ts";
import { RollUp } from "../roll-up.ts";
import { type CallUpdate, prepareUpdate, readBeforeUpdate, type UpdatedCounts, updatedColumns, updateSource } from "../update-calls.ts";
import { arraysOf, arrayTypes, insertRollUp } from "./insert-postgresql.ts";

/** One day at a time: its partition alone is looked at. */
const lockRows = `SELECT id::text AS id, ${readBeforeUpdate} FROM interface_log WHERE event_day = $1::date AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE`;
const idColumn: SqlColumn = { column: "id", type: "uuid" };
const updates = [updateOf("interface_log"), updateOf("interface_body")];

/** Makes rows anew that are there and due. To be called inside a transaction. */
export async function updatePostgresql(
  client: ClientBase,
  calls: readonly CallRow[],
  { version, isDue }: CallUpdate,
): Promise<UpdatedCounts> {
  const counts = { updated: 0, left: 0, missing: 0 };
  const difference = new RollUp(updateSource);
  const rows = prepareUpdate(calls, version);
  for (const day of new Set(rows.map(({ event_day }) => event_day))) {
    const ofDay = rows.filter(({ event_day }) => event_day === day);
    const found = await client.query<FoundRow>(lockRows, [day, ofDay.map(({ id }) => id)]);
    const dueRows = found.rows.filter((row) => isDue(row.pipeline_version));
    const due = new Set(dueRows.map(({ id }) => id));
    const updated = ofDay.filter(({ id }) => due.has(id));
    if (updated.length > 0) for (const update of updates) await update(client, day, updated);
    for (const row of dueRows) difference.subtract({ ...row, event_day: day });
    for (const row of updated) difference.add(row);
    counts.updated += updated.length;
    counts.left += found.rows.length - updated.length;
    counts.missing += ofDay.length - found.rows.length;
  }
  await insertRollUp.run(client, difference.rows());
  return counts;
}

/** What `lockRows` reads. */
interface FoundRow {
  readonly id: string;
  readonly pipeline_version: string | null;
  readonly [column: string]: unknown;
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
