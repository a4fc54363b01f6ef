import type { CallRow } from "@gatelog/log-record";
import { callColumns, type CallTable, markColumns } from "../columns.ts";
import type { StoreBatch, StoredCounts } from "../database.ts";
import type { MarkRow } from "../mark-row.ts";
import { storeOwnMysql } from "../own-table/own-mysql.ts";
import { ownAlone, type OwnTable } from "../own-table/own-table.ts";
import { countByDay, prepareCalls, withBodies } from "../prepare-calls.ts";
import { rollUp } from "../roll-up.ts";
import { TextWriter } from "../text/store-texts-mysql.ts";
import { classifyOwnMysql } from "./classify-mysql.ts";
import { insertRollUp, MysqlInsert } from "./insert-mysql.ts";
import type { MysqlSession, MysqlValue } from "./mysql-session.ts";

const insertLog = new MysqlInsert("interface_log", callColumns("interface_log"));
const insertBody = new MysqlInsert("interface_body", callColumns("interface_body"));
const insertMark = new MysqlInsert("ledger_mark", markColumns);
/** Keys of one question. */
const keysMax = 500;

/** What was stored, and how many rows were found to be there. */
export interface MysqlStored {
  readonly counts: StoredCounts;
  readonly found: number;
}

/**
 * Stores a batch inside a transaction. `INSERT IGNORE` would also cut values without a word, and does not tell which rows it took: rows are inserted
 * plainly, and where one is there already the database's 1062 says so; then the batch is stored again, `asking` which are, and without those.
 */
export async function storeMysql(session: MysqlSession, batch: StoreBatch, asking: boolean, own?: OwnTable): Promise<MysqlStored> {
  const { calls, marks, source = "" } = batch;
  const ownConnection = {
    packetBytesMax: session.packetBytesMax,
    query: (sql: string, values: unknown[]) =>
      session.run(sql, values as MysqlValue[]).catch((error: unknown) => Promise.reject(classifyOwnMysql(error))),
  };
  if (own?.besides === false) {
    return { counts: ownAlone(await storeOwnMysql(ownConnection, own, { calls, inserted: [] })), found: 0 };
  }
  const texts = await TextWriter.begin(session);
  const prepared = prepareCalls(calls);
  const once = marksOnce(marks);
  const inserted = asking ? await newCalls(session, "interface_log", prepared) : prepared;
  const newMarks = asking ? await newMarksOf(session, once) : once;
  await insertLog.run(session, inserted);
  const bodies = withBodies(inserted);
  // A body may be left of a call that somebody deleted.
  const newBodies = asking ? await newCalls(session, "interface_body", bodies) : bodies;
  await insertBody.run(session, newBodies);
  await texts.insert("interface_log", inserted);
  await texts.insert("interface_body", newBodies);
  await insertRollUp.run(session, rollUp(source, inserted));
  await insertMark.run(session, newMarks);
  const ownRows = await storeOwnMysql(ownConnection, own, { calls, inserted });
  const counts = { inserted: inserted.length, insertedByDay: countByDay(inserted), marksInserted: newMarks.length, ownRows };
  return { counts, found: prepared.length - inserted.length + once.length - newMarks.length };
}

function marksOnce(marks: readonly MarkRow[]): readonly MarkRow[] {
  const byId = new Map<unknown, MarkRow>();
  for (const mark of marks) if (!byId.has(mark["id"])) byId.set(mark["id"], mark);
  return [...byId.values()].sort((a, b) => (String(a["id"]) < String(b["id"]) ? -1 : 1));
}

async function newCalls(session: MysqlSession, table: CallTable, rows: readonly CallRow[]): Promise<readonly CallRow[]> {
  const there = new Set<string>();
  for (const day of new Set(rows.map(({ event_day }) => event_day))) {
    const ids = rows.filter(({ event_day }) => event_day === day).map(({ id }) => id);
    const found = await idsAmong(session, `${table} WHERE event_day = ? AND`, [day], ids);
    for (const id of found) there.add(`${day} ${id}`);
  }
  return rows.filter(({ event_day: day, id }) => !there.has(`${day} ${id}`));
}

async function newMarksOf(session: MysqlSession, marks: readonly MarkRow[]): Promise<readonly MarkRow[]> {
  const ids = marks.map(({ id }) => String(id));
  const there = new Set(await idsAmong(session, "ledger_mark WHERE", [], ids));
  return marks.filter((_, index) => !there.has(ids[index] ?? ""));
}

async function idsAmong(session: MysqlSession, from: string, values: readonly MysqlValue[], ids: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < ids.length; at += keysMax) {
    const some = ids.slice(at, at + keysMax);
    const rows = await session.query(`SELECT id FROM ${from} id IN (${some.map(() => "?").join(",")})`, [...values, ...some]);
    found.push(...rows.map((row) => String(row["id"])));
  }
  return found;
}
