import { setImmediate as nextTurn } from "node:timers/promises";
import { rowsPerTurn } from "../sqlite/insert-sqlite.ts";
import type { SqliteConnection } from "../sqlite/open-sqlite.ts";
import { sqliteTextIndexes, type SqliteTextIndex, textsOf } from "./text-index-sqlite.ts";

/** Characters that are taken apart before the event loop gets a turn: some tens of milliseconds. */
const charactersPerTurn = 65_536;

const names = sqliteTextIndexes.map(({ index }) => `'${index}'`).join(", ");

/**
 * Notes where the tables end, and returns what puts the rows that were inserted since into their text indexes; nothing where there are none.
 * To be called inside a transaction, before rows are inserted.
 *
 * Not by a trigger, as for rows that are changed or deleted: FTS5 writes what it has in memory at each statement that has one, and rows took twice as long.
 */
export function beginTexts(connection: SqliteConnection): () => Promise<void> {
  const found = connection.prepare(`SELECT name FROM sqlite_master WHERE name IN (${names})`).all() as { name: string }[];
  const present = new Set(found.map(({ name }) => name));
  const ends = sqliteTextIndexes.filter(({ index }) => present.has(index)).map((index) => ({ index, last: lastOf(connection, index) }));
  return async () => {
    for (const { index, last } of ends) await insertTexts(connection, index, last);
  };
}

/** A new row gets the next rowid behind the last one. */
function lastOf(connection: SqliteConnection, { table }: SqliteTextIndex): number {
  const [row] = connection.prepare(`SELECT max(rowid) AS last FROM ${table}`).all() as { last: number | null }[];
  return row?.last ?? 0;
}

async function insertTexts(connection: SqliteConnection, { table, columns, index }: SqliteTextIndex, last: number): Promise<void> {
  const list = columns.join(", ");
  const select = connection.prepare(
    `SELECT rowid AS rowid, ${textsOf(columns, "")} FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${rowsPerTurn}`,
  );
  const insert = connection.prepare(`INSERT INTO ${index} (rowid, ${list}) VALUES (?, ${columns.map(() => "?").join(", ")})`);
  let rows: readonly TextRow[];
  let end = last;
  let characters = 0;
  do {
    rows = select.all([end]) as TextRow[];
    for (const row of rows) {
      const texts = columns.map((column) => String(row[column]));
      insert.run([row.rowid, ...texts]);
      end = row.rowid;
      characters += texts.reduce((sum, text) => sum + text.length, 0);
      if (characters < charactersPerTurn) continue;
      characters = 0;
      await nextTurn();
    }
  } while (rows.length === rowsPerTurn);
}

type TextRow = Readonly<Record<string, unknown>> & { readonly rowid: number };
