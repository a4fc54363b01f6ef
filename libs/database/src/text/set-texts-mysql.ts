import type { MysqlSession } from "../mysql/mysql-session.ts";
import { withShortLock } from "../mysql/partitions-mysql.ts";
import { dayOf, firstDay } from "../upkeep/retention.ts";
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
  weekOf,
  weekTablesOf,
} from "./text-tables-mysql.ts";
import { drop, keptOf, tablesThere, type TextUpkeep, told } from "./text-upkeep-mysql.ts";

const dayMs = 86_400_000;
/** Days before and after today whose weeks have tables; as partitions. */
const daysBefore = 2;
const daysAfter = 7;
/** Ten years; older rows are in the table for the rest. */
const weeksMax = 530;

/**
 * Creates the text tables or drops them; names of those that were created. From then on whoever writes calls fills in its rows; those that are there
 * already are filled in by `fillTextTables`.
 *
 * **Errors**: none: `onFailure` gets a GATELOG_DATABASE_TEXT_INDEX, and searches look at the newest rows as without.
 */
export function setTextTables(upkeep: TextUpkeep, isOn: boolean): Promise<readonly string[]> {
  return told(upkeep, isOn ? "indexed" : "taken down", async () => (isOn ? turnOn(upkeep) : turnOff(upkeep)));
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
  await upkeep.sql.transaction((step) =>
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
