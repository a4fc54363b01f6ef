import { DatabaseError } from "../errors.ts";
import type { MysqlSession } from "../mysql/mysql-session.ts";
import { withShortLock } from "../mysql/partitions-mysql.ts";
import type { SqlSession, SqlStep } from "../sql-session.ts";
import { dayOf, firstDay, type KeptFrom } from "../upkeep/retention.ts";
import { inSteps, type StepOptions } from "../upkeep/steps.ts";
import { setState } from "../upkeep/upkeep-state.ts";
import {
  createTextTable,
  fromTheEnd,
  type MysqlTexts,
  mysqlTexts,
  notBegun,
  restTableOf,
  stateText,
  statesOf,
  statesSql,
  type TextState,
  textTablesLike,
  weekOf,
  weekTablesOf,
} from "./text-tables-mysql.ts";

const dayMs = 86_400_000;
/** Days before and after today whose weeks have tables; as partitions. */
const daysBefore = 2;
const daysAfter = 7;
/** Ten years; older rows are in the table for the rest. */
const weeksMax = 530;

/** What is done to the text tables, and who is told when it could not be. */
export interface TextUpkeep {
  readonly session: MysqlSession;
  /** The same one, for statements that are committed at once. */
  readonly sql: SqlSession;
  readonly nowMs: number;
  /** The first days that any project keeps. */
  readonly kept: KeptFrom;
  readonly onFailure: (error: DatabaseError) => void;
  /** There is a table for each week from this day on, not only from the oldest row. */
  readonly from?: string | undefined;
}

/**
 * Creates the text tables or drops them; names of those that were created. From then on whoever writes calls fills in its rows; those that are there
 * already are filled in by `fillTextTables`.
 *
 * **Errors**: none: `onFailure` gets a GATELOG_DATABASE_TEXT_INDEX, and searches look at the newest rows as without.
 */
export function setTextTables(upkeep: TextUpkeep, isOn: boolean): Promise<readonly string[]> {
  return told(upkeep, isOn ? "indexed" : "taken down", async () => (isOn ? turnOn(upkeep) : turnOff(upkeep)));
}

/**
 * Drops the tables of weeks that no project keeps, and returns their names. Rows that are deleted one by one are, but the words of a deleted row stay in
 * an index until it is dropped: a table of all weeks would have it grow for ever, and each search read what was deleted.
 *
 * **Errors**: as setTextTables.
 */
export function dropOldTextTables(upkeep: TextUpkeep): Promise<readonly string[]> {
  return told(upkeep, "relieved of old weeks", async () => {
    const states = statesOf(await upkeep.sql.rows(statesSql));
    const dropped: string[] = [];
    for (const texts of mysqlTexts) {
      const state = states.get(texts.table);
      if (state === undefined) continue;
      const from = [state.from, weekOf(keptOf(upkeep, texts))].sort().at(-1) ?? state.from;
      const left = { ...state, from };
      if (from > state.from) await upkeep.sql.transaction((step) => setState(step, texts.state, stateText(left)));
      const used = new Set([...weekTablesOf(texts.table, left), restTableOf(texts.table)]);
      const old = (await tablesThere(upkeep.sql, texts)).filter((name) => !used.has(name));
      await drop(upkeep.session, old);
      dropped.push(...old);
    }
    return dropped;
  });
}

/** Deletes what is too old from the tables for the rest, in small steps: of rows whose partition was dropped nobody has the keys. */
export async function deleteOldRest({ sql, kept }: Pick<TextUpkeep, "sql" | "kept">, options: StepOptions): Promise<void> {
  const states = statesOf(await sql.rows(statesSql));
  for (const texts of mysqlTexts.filter(({ table }) => states.has(table))) {
    const old = `FROM ${restTableOf(texts.table)} WHERE event_day >= ? AND event_day < ?`;
    const values = [firstDay, keptOf({ kept }, texts)];
    await inSteps(
      options,
      () => sql.rows(`SELECT event_day, id ${old} ORDER BY event_day, id LIMIT ${options.rowsPerStep}`, values),
      () => sql.run(`DELETE ${old} ORDER BY event_day, id LIMIT ${options.rowsPerStep}`, values),
    );
  }
}

async function turnOn(upkeep: TextUpkeep): Promise<readonly string[]> {
  const { session, sql, nowMs } = upkeep;
  const to = weekOf(dayOf(nowMs + daysAfter * dayMs));
  const states = statesOf(await sql.rows(statesSql));
  const created: string[] = [];
  let hasBegun = true;
  for (const texts of mysqlTexts) {
    const state = states.get(texts.table);
    // Of a time before, whose rows are not complete.
    if (state === undefined) await dropAll(upkeep, texts);
    const from = await firstWeek(upkeep, texts, state);
    const next = { from, to: state !== undefined && state.to > to ? state.to : to, filled: state?.filled ?? notBegun };
    const there = new Set(await tablesThere(sql, texts));
    const missing = [restTableOf(texts.table), ...weekTablesOf(texts.table, next)].filter((name) => !there.has(name));
    for (const name of missing) await session.query(createTextTable(name));
    if (state === undefined || stateText(state) !== stateText(next)) {
      await sql.transaction((step) => setState(step, texts.state, stateText(next)));
    }
    hasBegun &&= next.filled !== notBegun;
    created.push(...missing);
  }
  if (!hasBegun) await begin(upkeep);
  return created;
}

/** Whoever began to write before the tables were there has ended: the rows that lack their words can be seen. */
async function begin({ session, sql }: TextUpkeep): Promise<void> {
  await awaitWriters(session);
  await sql.transaction(async (step) => {
    for (const [table, state] of statesOf(await step.rows(statesSql))) {
      const name = mysqlTexts.find((texts) => texts.table === table)?.state;
      if (name !== undefined && state.filled === notBegun) await setState(step, name, stateText({ ...state, filled: fromTheEnd }));
    }
  });
}

async function turnOff(upkeep: TextUpkeep): Promise<readonly string[]> {
  await upkeep.sql.transaction((step: SqlStep) =>
    step.run(
      `DELETE FROM upkeep_state WHERE name IN (${mysqlTexts.map(() => "?").join(", ")})`,
      mysqlTexts.map(({ state }) => state),
    ),
  );
  for (const texts of mysqlTexts) await dropAll(upkeep, texts);
  return [];
}

/** All tables of a text search that is off, when nobody writes into them any longer. */
async function dropAll({ session, sql }: TextUpkeep, texts: MysqlTexts): Promise<void> {
  const there = await tablesThere(sql, texts);
  if (there.length === 0) return;
  await awaitWriters(session);
  await drop(session, there);
}

/**
 * Waits until all transactions have ended that read the states (`statesSql`) and could not know the new ones: to rebuild the table, which has a few
 * rows, waits for them. **Errors**: the driver's, when one takes more than some seconds.
 */
async function awaitWriters(session: MysqlSession): Promise<void> {
  await withShortLock(session, "ALTER TABLE upkeep_state FORCE");
}

async function drop(session: MysqlSession, names: readonly string[]): Promise<void> {
  for (const name of names) await withShortLock(session, `DROP TABLE ${name}`);
}

async function tablesThere(sql: SqlSession, { table }: MysqlTexts): Promise<readonly string[]> {
  const rows = await sql.rows(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE ? ORDER BY TABLE_NAME",
    [textTablesLike(table)],
  );
  return rows.map((row) => String(row["name"]));
}

/** That of the oldest row, or of two days ago; no earlier than rows are kept. */
async function firstWeek(upkeep: TextUpkeep, texts: MysqlTexts, state: TextState | undefined): Promise<string> {
  const { sql, nowMs, from } = upkeep;
  const earlier = [dayOf(nowMs - daysBefore * dayMs), ...(from === undefined ? [] : [from])];
  if (state === undefined) {
    const [oldest] = await sql.rows(`SELECT event_day FROM ${texts.table} WHERE event_day >= ? ORDER BY event_day LIMIT 1`, [firstDay]);
    if (oldest !== undefined) earlier.push(String(oldest["event_day"]));
  }
  const earliest = earlier.sort()[0] ?? firstDay;
  const bound = [keptOf(upkeep, texts), dayOf(nowMs - weeksMax * 7 * dayMs)].sort().at(-1) ?? firstDay;
  const week = weekOf(earliest > bound ? earliest : bound);
  return state !== undefined && state.from < week ? state.from : week;
}

function keptOf({ kept }: Pick<TextUpkeep, "kept">, { table }: MysqlTexts): string {
  return table === "interface_log" ? kept.metadata : kept.body;
}

async function told({ session, onFailure }: TextUpkeep, what: string, work: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await work();
  } catch (error) {
    if (!session.isOpen) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    onFailure(new DatabaseError("GATELOG_DATABASE_TEXT_INDEX", `the text search cannot be ${what}: ${reason}`, error));
    return [];
  }
}
