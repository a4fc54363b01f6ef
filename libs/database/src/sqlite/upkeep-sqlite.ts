import type { SqlSession } from "../sql-session.ts";
import { fillTextIndexes, setTextIndexes } from "../text/text-index-sqlite.ts";
import { rowsPerStepDefault, runUpkeep, type UpkeepInput, type UpkeepReport } from "../upkeep/upkeep.ts";

/** Does the upkeep of a SQLite file: what is too old goes before the rest is filled into the text indexes. */
export async function upkeepSqlite(session: SqlSession, input: UpkeepInput): Promise<UpkeepReport> {
  const { textSearch, rowsPerStep = rowsPerStepDefault, signal } = input;
  const created = textSearch === undefined ? [] : await setTextIndexes(session, textSearch);
  const report = await runUpkeep(session, input);
  if (textSearch === true) await fillTextIndexes(session, { rowsPerStep, signal });
  return { ...report, created };
}
