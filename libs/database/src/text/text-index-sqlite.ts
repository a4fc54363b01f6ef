import type { SqlSession } from "../sql-session.ts";
import { inSteps, type StepOptions } from "../upkeep/steps.ts";
import { readState, setState } from "../upkeep/upkeep-state.ts";
import { textIndexes } from "./text-indexes.ts";

/** Text that one step of filling reads, in characters: some tens of milliseconds in which no batch is written. */
const charactersPerStep = 262_144;

/** What FTS5 keeps in memory of one transaction before it writes. */
const memoryBytes = 8_388_608;

/** The state of an index that has all rows; before, the least rowid that it has. */
export const filledState = "complete";

/** What SQLite has for the text search of one table. */
export interface SqliteTextIndex {
  readonly table: string;
  readonly columns: readonly string[];
  /** The FTS5 table, whose rows have the rowids of the table's. */
  readonly index: string;
  /** Its terms, each with the rows that have it. */
  readonly terms: string;
  /** By which name upkeep remembers how far it was filled. */
  readonly state: string;
}

/** The indexes of SQLite, one a table: bodies go earlier than calls. */
export const sqliteTextIndexes: readonly SqliteTextIndex[] = [...new Set(textIndexes.map(({ table }) => table))].map((table) => ({
  table,
  columns: textIndexes.filter((index) => index.table === table).map(({ column }) => column),
  index: `${table}_text`,
  terms: `${table}_terms`,
  state: `text of ${table}`,
}));

/**
 * Creates the text indexes of a SQLite file, or drops them; names of those that were created. From then on `store` fills in its rows, and triggers
 * keep up with rows that are changed or deleted; those that are there already are filled in by `fillTextIndexes`.
 */
export async function setTextIndexes(session: SqlSession, isOn: boolean): Promise<readonly string[]> {
  const found = await session.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'interface%text'");
  const present = new Set(found.map((row) => row["name"]));
  const changed = sqliteTextIndexes.filter(({ index }) => present.has(index) !== isOn);
  for (const index of changed) {
    await session.transaction(async (step) => {
      for (const sql of isOn ? createSql(index) : dropSql(index)) await step.run(sql);
      if (!isOn) return step.run("DELETE FROM upkeep_state WHERE name = ?", [index.state]);
      const [newest] = await step.rows(`SELECT max(rowid) AS newest FROM ${index.table}`);
      return setState(step, index.state, String(Number(newest?.["newest"] ?? 0) + 1));
    });
  }
  return isOn ? changed.map(({ index }) => index) : [];
}

/** Fills in the rows that were there before their index, newest first, in steps that writers come between; goes on where it was ended. */
export async function fillTextIndexes(session: SqlSession, options: StepOptions): Promise<void> {
  for (const index of sqliteTextIndexes) {
    await inSteps(
      { rowsPerStep: 1, signal: options.signal },
      async () => {
        const state = await readState(session, index.state);
        return state === undefined || state === filledState ? [] : [{ state }];
      },
      ([row]) => fillStep(session, { index, below: String(row?.["state"]), rowsMax: options.rowsPerStep }),
    );
  }
}

interface FillStep {
  readonly index: SqliteTextIndex;
  readonly below: string;
  readonly rowsMax: number;
}

function fillStep(session: SqlSession, { index: { table, columns, index, state }, below, rowsMax }: FillStep): Promise<number> {
  const length = columns.map((column) => `ifnull(length(${column}), 0)`).join(" + ");
  return session.transaction(async (step) => {
    // Another process may have filled these, or dropped the index.
    if ((await readState(step, state)) !== below) return 0;
    const [range] = await step.rows(
      `SELECT min(row) AS low FROM (SELECT row, sum(size) OVER (ORDER BY row DESC) - size AS before FROM
         (SELECT rowid AS row, ${length} AS size FROM ${table} WHERE rowid < ? ORDER BY rowid DESC LIMIT ${rowsMax}))
       WHERE before < ${charactersPerStep}`,
      [Number(below)],
    );
    const low = range?.["low"];
    await setState(step, state, typeof low === "number" ? String(low) : filledState);
    if (typeof low !== "number") return 0;
    // In the order of rowids, which FTS5 keeps in memory up to the commit. A row may be there: one that was updated since.
    return step.run(
      `INSERT OR REPLACE INTO ${index} (rowid, ${columns.join(", ")}) SELECT rowid, ${textsOf(columns, "")} FROM ${table}
       WHERE rowid >= ? AND rowid < ? ORDER BY rowid`,
      [low, Number(below)],
    );
  });
}

/**
 * FTS5 without the texts themselves and without positions: only which row has which three characters in a row. Two newlines behind each text make
 * three of its last two and of its last one, so that the terms that begin with one or two characters tell every row that has these.
 */
function createSql({ table, columns, index, terms }: SqliteTextIndex): string[] {
  const names = columns.join(", ");
  const insert = `INSERT OR REPLACE INTO ${index} (rowid, ${names}) SELECT new.rowid, ${textsOf(columns, "new.")}`;
  return [
    `CREATE VIRTUAL TABLE ${index} USING fts5(${names}, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram')`,
    `INSERT INTO ${index} (${index}, rank) VALUES ('hashsize', ${memoryBytes})`,
    `CREATE VIRTUAL TABLE ${terms} USING fts5vocab(${index}, instance)`,
    `CREATE TRIGGER ${index}_update AFTER UPDATE OF ${names} ON ${table} BEGIN ${insert}; END`,
    `CREATE TRIGGER ${index}_delete AFTER DELETE ON ${table} BEGIN DELETE FROM ${index} WHERE rowid = old.rowid; END`,
  ];
}

function dropSql({ index, terms }: SqliteTextIndex): string[] {
  const triggers = ["update", "delete"].map((name) => `DROP TRIGGER ${index}_${name}`);
  return [...triggers, `DROP TABLE ${terms}`, `DROP TABLE ${index}`];
}

/** The texts as they are indexed. */
export function textsOf(columns: readonly string[], prefix: string): string {
  return columns.map((column) => `ifnull(${prefix}${column}, '') || char(10, 10) AS ${column}`).join(", ");
}
