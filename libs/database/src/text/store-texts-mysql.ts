import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallRow } from "@gatelog/log-record";
import type { CallTable, SqlColumn } from "../columns.ts";
import { MysqlInsert } from "../mysql/insert-mysql.ts";
import type { MysqlSession } from "../mysql/mysql-session.ts";
import { everyGram, gramsOf } from "./grams.ts";
import { mysqlTexts, restTableOf, statesOf, statesSql, type TextStates, textTableOf } from "./text-tables-mysql.ts";

/** Words of one row; a text with more is looked at in every search. */
const gramsMax = 65_536;
/** Characters that are taken apart before the event loop gets a turn: some tens of milliseconds. */
const charactersPerTurn = 65_536;
/** Tables whose statements are remembered. */
const tablesMax = 64;
/** Keys of one statement. */
const keysMax = 500;

const gramColumns: readonly SqlColumn[] = [
  { column: "event_day", type: "day" },
  { column: "id", type: "uuid" },
  { column: "grams", type: "text" },
];
const inserts = new Map<string, MysqlInsert>();

type Keyed = Readonly<Record<string, unknown>> & Pick<CallRow, "event_day" | "id">;

/** Writes the words of rows into the text tables, in the transaction of the rows. */
export class TextWriter {
  readonly #session: MysqlSession;
  readonly #states: TextStates;

  private constructor(session: MysqlSession, states: TextStates) {
    this.#session = session;
    this.#states = states;
  }

  /**
   * To be called before rows are written in a transaction: whoever turns the text search on or off waits for its end.
   */
  static async begin(session: MysqlSession): Promise<TextWriter> {
    return new TextWriter(session, statesOf(await session.query(statesSql)));
  }

  /** Whether there is anything to be written. */
  get isOn(): boolean {
    return this.#states.size > 0;
  }

  /** For rows that are new in their table. What may be left of a row that was there once is overwritten. */
  async insert(table: CallTable, rows: readonly Keyed[]): Promise<void> {
    const state = this.#states.get(table);
    const columns = mysqlTexts.find((texts) => texts.table === table)?.columns;
    if (state === undefined || columns === undefined) return;
    const byTable = new Map<string, Record<string, unknown>[]>();
    let characters = 0;
    for (const row of rows) {
      const texts = columns.map((column) => row[column]).filter((text) => typeof text === "string" && text !== "") as string[];
      if (texts.length === 0) continue;
      const name = textTableOf(table, state, row.event_day);
      const grams = { event_day: row.event_day, id: row.id, grams: this.#gramsOf(texts) };
      const ofTable = byTable.get(name);
      if (ofTable === undefined) byTable.set(name, [grams]);
      else ofTable.push(grams);
      characters += texts.reduce((sum, text) => sum + text.length, 0);
      if (characters < charactersPerTurn) continue;
      characters = 0;
      await nextTurn();
    }
    for (const [name, ofTable] of byTable) await insertOf(name).run(this.#session, ofTable);
  }

  /** For rows that were deleted from their table. Sorted, as they are to be: the same order for everybody. */
  async delete(table: CallTable, day: string, ids: readonly string[]): Promise<void> {
    const state = this.#states.get(table);
    if (state === undefined) return;
    for (const name of new Set([textTableOf(table, state, day), restTableOf(table)])) {
      for (let at = 0; at < ids.length; at += keysMax) {
        const some = ids.slice(at, at + keysMax);
        await this.#session.run(`DELETE FROM ${name} WHERE event_day = ? AND id IN (${some.map(() => "?").join(",")})`, [day, ...some]);
      }
    }
  }

  /** For rows of one day that were made anew in their table; of those that it has not, nothing is written. */
  async replace(table: CallTable, day: string, rows: readonly Keyed[]): Promise<void> {
    if (!this.#states.has(table) || rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    const sql = `SELECT id FROM ${table} WHERE event_day = ? AND id IN (${ids.map(() => "?").join(",")})`;
    const there = new Set((await this.#session.query(sql, [day, ...ids])).map((row) => row["id"]));
    await this.delete(table, day, ids);
    await this.insert(
      table,
      rows.filter(({ id }) => there.has(id)),
    );
  }

  /** They may take half of a packet, so that no row is refused for the sake of its words. */
  #gramsOf(texts: readonly string[]): string {
    const grams = gramsOf(texts);
    const text = grams.length > gramsMax ? everyGram : grams.join(" ");
    return text.length > this.#session.packetBytesMax / 2 ? everyGram : text;
  }
}

function insertOf(name: string): MysqlInsert {
  const known = inserts.get(name);
  if (known !== undefined) return known;
  if (inserts.size >= tablesMax) inserts.clear();
  const insert = new MysqlInsert(name, gramColumns, { replaced: ["grams"] });
  inserts.set(name, insert);
  return insert;
}
