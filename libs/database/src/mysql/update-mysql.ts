import type { CallRow } from "@gatelog/log-record";
import { type CallTable, callTables, versionColumn } from "../columns.ts";
import { RollUp } from "../roll-up.ts";
import { TextWriter } from "../text/store-texts-mysql.ts";
import { type CallUpdate, prepareUpdate, readBeforeUpdate, type UpdatedCounts, updatedColumns, updateSource } from "../update-calls.ts";
import { insertRollUp, mysqlValue } from "./insert-mysql.ts";
import type { MysqlRow, MysqlSession } from "./mysql-session.ts";

const updates = [updateOf("interface_log"), updateOf("interface_body")];
/** Rows that are locked by one statement. */
const rowsMax = 500;

/** Makes rows anew that are there and due. To be called inside a transaction. */
export async function updateMysql(
  session: MysqlSession,
  calls: readonly CallRow[],
  { version, isDue }: CallUpdate,
): Promise<UpdatedCounts> {
  const counts = { updated: 0, left: 0, missing: 0 };
  const difference = new RollUp(updateSource);
  const rows = prepareUpdate(calls, version);
  const texts = await TextWriter.begin(session);
  for (const day of new Set(rows.map(({ event_day }) => event_day))) {
    const ofDay = rows.filter(({ event_day }) => event_day === day);
    for (let at = 0; at < ofDay.length; at += rowsMax) {
      const some = ofDay.slice(at, at + rowsMax);
      const found = await lockRows(session, day, some);
      const dueRows = found.filter((row) => isDue((row[versionColumn.column] ?? null) as string | null));
      const due = new Set(dueRows.map(({ id }) => id));
      const updated = some.filter(({ id }) => due.has(id));
      for (const update of updates) await update(session, updated);
      for (const table of callTables) await texts.replace(table, day, updated);
      for (const row of dueRows) difference.subtract({ ...row, event_day: day });
      for (const row of updated) difference.add(row);
      counts.updated += updated.length;
      counts.left += found.length - updated.length;
      counts.missing += some.length - found.length;
    }
  }
  await insertRollUp.run(session, difference.rows());
  return counts;
}

async function lockRows(session: MysqlSession, day: string, rows: readonly CallRow[]): Promise<readonly MysqlRow[]> {
  const ids = rows.map(({ id }) => id);
  const sql = `SELECT id, ${readBeforeUpdate} FROM interface_log WHERE event_day = ? AND id IN (${ids.map(() => "?").join(",")}) ORDER BY id FOR UPDATE`;
  return session.query(sql, [day, ...ids]);
}

function updateOf(table: CallTable): (session: MysqlSession, rows: readonly CallRow[]) => Promise<void> {
  const columns = updatedColumns(table);
  const sql = `UPDATE ${table} SET ${columns.map(({ column }) => `${column} = ?`).join(", ")} WHERE event_day = ? AND id = ?`;
  return async (session, rows) => {
    if (rows.length === 0) return;
    const values = rows.map((row) => [...columns.map((column) => mysqlValue(column, row[column.column])), row.event_day, row.id]);
    await session.executeEach(sql, values);
  };
}
