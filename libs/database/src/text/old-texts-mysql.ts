import { firstDay } from "../upkeep/retention.ts";
import { inSteps, type StepOptions } from "../upkeep/steps.ts";
import { setState } from "../upkeep/upkeep-state.ts";
import { mysqlTexts, restTableOf, stateText, statesOf, statesSql, weekOf, weekTablesOf } from "./text-tables-mysql.ts";
import { drop, keptOf, tablesThere, type TextUpkeep, told } from "./text-upkeep-mysql.ts";

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
