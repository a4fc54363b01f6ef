import type { CallTable } from "../columns.ts";
import type { SessionRow } from "../sql-session.ts";
import { dayOf, midnightMs } from "../upkeep/retention.ts";
import { textIndexes } from "./text-indexes.ts";

const dayMs = 86_400_000;
const mondayMs = Date.parse("2015-01-05T00:00:00Z");
const weekMs = 7 * dayMs;

/** Where nothing was filled in yet and some transaction may be under way that began before; where all rows are in. */
export const notBegun = "new";
export const complete = "complete";
/** Before everything, in the order in which rows are filled in. */
export const fromTheEnd = "9999-12-31 ~";

/** What a search looks at in one table, and by which name upkeep remembers what there is of its text tables. */
export interface MysqlTexts {
  readonly table: CallTable;
  readonly columns: readonly string[];
  readonly state: string;
}

export const mysqlTexts: readonly MysqlTexts[] = (["interface_log", "interface_body"] as const).map((table) => ({
  table,
  columns: textIndexes.filter((index) => index.table === table).map(({ column }) => column),
  state: `text of ${table}`,
}));

/** The text tables of one table: one for each week from `from` to `to`, and one for all other days. */
export interface TextState {
  /** Mondays. */
  readonly from: string;
  readonly to: string;
  /** How far rows of before are filled in: `notBegun`, day and id of the last one, or `complete`. */
  readonly filled: string;
}

/** Reads the states of all tables; the statement holds, until its transaction ends, whoever turns the text search on or off. */
export const statesSql = `SELECT name, state FROM upkeep_state WHERE name IN (${mysqlTexts.map(({ state }) => `'${state}'`).join(", ")})`;

/** By table; one whose text is not indexed is not among them. */
export type TextStates = ReadonlyMap<CallTable, TextState>;

/** What `statesSql` answered. */
export function statesOf(rows: readonly SessionRow[]): TextStates {
  const states = new Map<CallTable, TextState>();
  for (const row of rows) {
    const texts = mysqlTexts.find(({ state }) => state === row["name"]);
    const [from, to, ...filled] = String(row["state"]).split(" ");
    if (texts !== undefined && from !== undefined && to !== undefined) states.set(texts.table, { from, to, filled: filled.join(" ") });
  }
  return states;
}

export function stateText({ from, to, filled }: TextState): string {
  return `${from} ${to} ${filled}`;
}

/** The Monday of a day's week. */
export function weekOf(day: string): string {
  return dayOf(mondayMs + Math.floor((midnightMs(day) - mondayMs) / weekMs) * weekMs);
}

/** Where the texts of a day's rows go; those that came before there was a table for their week are in the one for the rest. */
export function textTableOf(table: CallTable, { from, to }: TextState, day: string): string {
  const week = weekOf(day);
  return week < from || week > to ? restTableOf(table) : weekTable(table, week);
}

export function restTableOf(table: CallTable): string {
  return `${table}_text_rest`;
}

/** The tables of all weeks, oldest first. */
export function weekTablesOf(table: CallTable, { from, to }: Pick<TextState, "from" | "to">): readonly string[] {
  const count = Math.round((midnightMs(to) - midnightMs(from)) / weekMs) + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, index) => weekTable(table, dayOf(midnightMs(from) + index * weekMs)));
}

/** The names of a table's text tables, as a LIKE of information_schema. */
export function textTablesLike(table: CallTable): string {
  return String.raw`${table.replace("_", String.raw`\_`)}\_text\_%`;
}

/**
 * `ascii`, for its words are; not partitioned, for InnoDB then has no FULLTEXT index. `seq` tells what was written last, which a search has to look at besides
 * (see `freshSql`).
 */
export function createTextTable(name: string): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (
    event_day date NOT NULL,
    id char(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    seq bigint NOT NULL AUTO_INCREMENT,
    grams mediumtext NOT NULL,
    PRIMARY KEY (event_day, id),
    KEY seq (seq),
    FULLTEXT KEY grams (grams)
  ) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin`;
}

function weekTable(table: CallTable, week: string): string {
  return `${table}_text_${week.replaceAll("-", "")}`;
}
