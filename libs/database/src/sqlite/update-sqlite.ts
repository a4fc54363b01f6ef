import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallRow } from "@gatelog/log-record";
import { type CallTable, versionColumn } from "../columns.ts";
import { RollUp } from "../roll-up.ts";
import { type CallUpdate, prepareUpdate, readBeforeUpdate, type UpdatedCounts, updatedColumns, updateSource } from "../update-calls.ts";
import { binderOf, insertRollUp, rowsPerTurn } from "./insert-sqlite.ts";
import type { SqliteConnection } from "./open-sqlite.ts";

const key = "event_day = ? AND id = ?";
const selectBefore = `SELECT ${readBeforeUpdate} FROM interface_log WHERE ${key}`;

/** Makes rows anew that are there and due. To be called inside a transaction that has the write lock. */
export async function updateSqlite(
  connection: SqliteConnection,
  calls: readonly CallRow[],
  { version, isDue }: CallUpdate,
): Promise<UpdatedCounts> {
  const counts = { updated: 0, left: 0, missing: 0 };
  const select = connection.prepare(selectBefore);
  const difference = new RollUp(updateSource);
  const updates = [updateOf(connection, "interface_log"), updateOf(connection, "interface_body")];
  const rows = prepareUpdate(calls, version);
  for (let at = 0; at < rows.length; at += rowsPerTurn) {
    for (const row of rows.slice(at, at + rowsPerTurn)) {
      // To the end, unlike `get`: a statement in progress keeps tables from being dropped.
      const [found] = select.all([row.event_day, row.id]) as readonly Readonly<Record<string, unknown>>[];
      if (found === undefined) counts.missing++;
      else if (!isDue((found[versionColumn.column] ?? null) as string | null)) counts.left++;
      else {
        for (const update of updates) update(row);
        difference.subtract({ ...found, event_day: row.event_day });
        difference.add(row);
        counts.updated++;
      }
    }
    await nextTurn();
  }
  await insertRollUp.run(connection, difference.rows());
  return counts;
}

function updateOf(connection: SqliteConnection, table: CallTable): (row: CallRow) => void {
  const columns = updatedColumns(table);
  const binders = columns.map(binderOf);
  const assignments = columns.map(({ column }) => `${column} = ?`).join(", ");
  const statement = connection.prepare(`UPDATE ${table} SET ${assignments} WHERE ${key}`);
  return (row) => void statement.run([...binders.map((bind) => bind(row)), row.event_day, row.id]);
}
