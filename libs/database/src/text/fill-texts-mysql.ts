import { isDeadlock } from "../mysql/classify-mysql.ts";
import type { MysqlSession } from "../mysql/mysql-session.ts";
import type { SqlSession, SqlStep } from "../sql-session.ts";
import { inSteps, type StepOptions } from "../upkeep/steps.ts";
import { setState } from "../upkeep/upkeep-state.ts";
import { TextWriter } from "./store-texts-mysql.ts";
import {
  complete,
  type MysqlTexts,
  mysqlTexts,
  notBegun,
  stateText,
  statesOf,
  statesSql,
  type TextState,
  textTableOf,
} from "./text-tables-mysql.ts";

/** Text that one step reads, in bytes: some tens of milliseconds. */
const bytesPerStep = 262_144;
/** How often a step is tried that another transaction ended. */
const attemptsMax = 5;

/** Fills in the words of rows that were there before their text tables, newest first, in steps that writers come between; goes on where it was ended. */
export async function fillTextTables(session: MysqlSession, sql: SqlSession, options: StepOptions): Promise<void> {
  for (const texts of mysqlTexts) {
    await inSteps(
      { rowsPerStep: 1, signal: options.signal },
      async () => {
        const state = statesOf(await sql.rows(statesSql)).get(texts.table);
        return state === undefined || state.filled === notBegun || state.filled === complete ? [] : [{ ...state }];
      },
      () => fillStep(session, sql, { texts, rowsMax: options.rowsPerStep }),
    );
  }
}

interface FillStep {
  readonly texts: MysqlTexts;
  readonly rowsMax: number;
}

async function fillStep(session: MysqlSession, sql: SqlSession, step: FillStep): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await sql.transaction(async (inner) => {
        const state = statesOf(await inner.rows(statesSql)).get(step.texts.table);
        if (state === undefined) return 0;
        const filled = await fillNext(session, inner, { ...step, state });
        await setState(inner, step.texts.state, stateText({ ...state, filled }));
        return 1;
      });
    } catch (error) {
      if (!isDeadlock(error) || attempt >= attemptsMax) throw error;
    }
  }
}

/** The next rows of the day in hand, or those of the day before; how far it came. */
async function fillNext(session: MysqlSession, step: SqlStep, input: FillStep & { readonly state: TextState }): Promise<string> {
  const { texts, state, rowsMax } = input;
  const { table, columns } = texts;
  const [day = "", below = ""] = state.filled.split(" ");
  const size = columns.map((column) => `ifnull(length(${column}), 0)`).join(" + ");
  const rows = await step.rows(
    `SELECT id, ${size} AS size FROM ${table} WHERE event_day = ? AND id < ? ORDER BY id DESC LIMIT ${rowsMax}`,
    [day, below],
  );
  if (rows.length === 0) {
    const [before] = await step.rows(`SELECT event_day FROM ${table} WHERE event_day < ? ORDER BY event_day DESC LIMIT 1`, [day]);
    return before === undefined ? complete : `${String(before["event_day"])} ~`;
  }
  const ids = fitting(rows);
  const writer = await TextWriter.begin(session);
  await writer.insert(table, await lacking(step, { texts, state, day, ids }));
  return `${day} ${ids.at(-1) ?? ""}`;
}

function fitting(rows: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  let bytes = 0;
  const some = rows.filter((row) => {
    const fits = bytes < bytesPerStep;
    bytes += Number(row["size"]);
    return fits;
  });
  return some.map((row) => String(row["id"]));
}

/** Rows that were stored or made anew since are left out; the rest is held, so that nobody changes or deletes it before its words are there. */
async function lacking(
  step: SqlStep,
  input: { readonly texts: MysqlTexts; readonly state: TextState; readonly day: string; readonly ids: readonly string[] },
) {
  const { texts, state, day, ids } = input;
  const { table, columns } = texts;
  const found = await step.rows(
    `SELECT t.id AS id, ${columns.map((column) => `t.${column} AS ${column}`).join(", ")} FROM ${table} t
     LEFT JOIN ${textTableOf(table, state, day)} x ON x.event_day = t.event_day AND x.id = t.id
     WHERE t.event_day = ? AND t.id IN (${ids.map(() => "?").join(", ")}) AND x.id IS NULL ORDER BY t.id LOCK IN SHARE MODE`,
    [day, ...ids],
  );
  return found.map((row) => Object.assign({}, row, { event_day: day, id: String(row["id"]) }));
}
