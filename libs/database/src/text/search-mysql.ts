import type { CallTable } from "../columns.ts";
import type { CheckedQuery } from "../reader/list-query.ts";
import type { Statement } from "../reader/list-sql.ts";
import { dayOf as dayOfValue } from "../reader/read-client.ts";
import { dayOf, undatedDay } from "../upkeep/retention.ts";
import { everyGram, gramLengthMin, gramsOf } from "./grams.ts";
import { complete, mysqlTexts, restTableOf, statesOf, statesSql, type TextState, weekOf, weekTablesOf } from "./text-tables-mysql.ts";

/** Words that are asked for together, at most. */
const gramsMax = 8;
/**
 * Rows that have one of the words, in all that are asked for together: the server reads them all, a million in some 1.4 s (two cores), and does not look at its
 * time-out meanwhile.
 */
const readMax = 2_000_000;
/** In so many of the newest rows, and in the beginnings of their words, is looked which words are rare. */
const sampleRows = 200;
const sampleCharacters = 4096;
/** From so many rows on that have all words is reckoned how many there are. */
const sampleFindsMin = 10;
/** Tables that are looked into for a sample: that of the week to come may be empty. */
const sampleTables = 4;
/** A table that was written so long ago is one that the server writes no words of, and what was written last is looked at, twice of what it may gather. */
const freshSeconds = 60;
const freshBytes = 16_777_216;
const freshRows = { min: 500, max: 50_000 };
const dayMs = 86_400_000;

type Ask = (statement: Statement) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/**
 * The keys of all rows that may have the text, as JSON for `foundSql`; undefined where the text tables cannot tell: they are not there or not complete, the text
 * has no word of theirs, all of its words are common, or there are more than `findsMax` rows.
 */
export async function findMysql(ask: Ask, query: CheckedQuery, findsMax: number): Promise<string | undefined> {
  const { q = "" } = query;
  const grams = /\p{Surrogate}/u.test(q) ? [] : gramsOf([q]);
  if (grams.length === 0) return undefined;
  const states = statesOf(await ask({ sql: statesSql, values: [] }));
  const keys = new Set<string>();
  for (const { table } of mysqlTexts) {
    const state = states.get(table);
    if (state?.filled !== complete) return undefined;
    const tables = await tablesOf(ask, table, state);
    const rare = await rareOf(ask, grams, { tables, findsMax });
    if (rare.length === 0) return undefined;
    const found = await ask(candidatesSql(rare, { tables, query, rowsMax: findsMax + 1 }));
    for (const row of found) keys.add(JSON.stringify([dayOfValue(row["event_day"]), row["id"]]));
    if (found.length > findsMax || keys.size > findsMax) return undefined;
  }
  return `[${[...keys].join(",")}]`;
}

/** A table of the keys that `findMysql` found. MySQL takes no text for JSON of which it does not know the character set. */
export const foundSql = `JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (event_day date PATH '$[0]', id char(36) PATH '$[1]'))`;

/** A text table, as the server's statistics have it. */
interface TextTable {
  readonly name: string;
  /** The Monday of its week, without hyphens; undefined of the table for the rest. */
  readonly week: string | undefined;
  readonly rows: number;
  /** How many of its last rows are looked at besides; none where nothing was written lately. */
  readonly fresh: number;
}

/** In the order of weeks, that for the rest first; none where the server leaves out words of our length. */
async function tablesOf(ask: Ask, table: CallTable, state: TextState): Promise<readonly TextTable[]> {
  const weeks = weekTablesOf(table, state);
  const names = [restTableOf(table), ...weeks];
  const found = await ask({
    sql: `SELECT TABLE_NAME AS name, TABLE_ROWS AS n, AVG_ROW_LENGTH AS bytes, UPDATE_TIME > NOW() - INTERVAL ${freshSeconds} SECOND AS fresh,
      @@innodb_ft_min_token_size AS length FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${names.map((name) => `'${name}'`).join(", ")})`,
    values: [],
  });
  if (found.some((row) => Number(row["length"]) > gramLengthMin)) return [];
  const byName = new Map(found.map((row) => [String(row["name"]), row]));
  return names.map((name, at) => {
    const { n, bytes, fresh } = byName.get(name) ?? {};
    const rows = Math.min(Math.max(Math.ceil(freshBytes / Math.max(Number(bytes ?? 0), 1)), freshRows.min), freshRows.max);
    return { name, week: at === 0 ? undefined : name.slice(-8), rows: Number(n ?? 0), fresh: Number(fresh ?? 0) === 1 ? rows : 0 };
  });
}

/**
 * The words that are in the fewest rows, as far as the newest ones tell, rarest first, as the server looks them up; none where even those are in too many,
 * or too many have them all. It reads the whole list of rows of each word, and words such as that for `htt` are in every row.
 */
async function rareOf(
  ask: Ask,
  grams: readonly string[],
  { tables, findsMax }: { readonly tables: readonly TextTable[]; readonly findsMax: number },
): Promise<readonly string[]> {
  if (tables.length === 0) return [];
  const newest = tables
    .slice(-sampleTables)
    .map(({ name }) => `(SELECT LEFT(grams, ${sampleCharacters}) AS grams FROM ${name} ORDER BY seq DESC LIMIT ${sampleRows})`);
  const sample = (await ask({ sql: newest.join(" UNION ALL "), values: [] })).map((row) => new Set(String(row["grams"]).split(" ")));
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const all = sample.filter((words) => grams.every((gram) => words.has(gram))).length;
  if (all >= sampleFindsMin && (all / sample.length) * rows > 2 * findsMax) return [];
  const ordered = grams
    .map((gram) => ({ gram, share: (sample.filter((words) => words.has(gram)).length + 0.5) / (sample.length + 1) }))
    .sort((a, b) => a.share - b.share);
  let read = 0;
  return ordered
    .slice(0, gramsMax)
    .filter(({ share }) => (read += share * rows) <= readMax)
    .map(({ gram }) => gram);
}

interface Candidates {
  readonly tables: readonly TextTable[];
  readonly query: CheckedQuery;
  readonly rowsMax: number;
}

function candidatesSql(grams: readonly string[], { tables, query, rowsMax }: Candidates): Statement {
  const days = daysOf(query);
  const asked = `${everyGram} (${grams.map((gram) => `+${gram}`).join(" ")})`;
  const values: (string | number)[] = [];
  const selects = tables.flatMap(({ name, week, fresh }) => {
    if (week !== undefined && !isWithin(week, days)) return [];
    const within = `(event_day BETWEEN ? AND ? OR event_day = '${undatedDay}')`;
    values.push(asked, days.from, days.to);
    const byIndex = `SELECT event_day, id FROM ${name} WHERE MATCH (grams) AGAINST (? IN BOOLEAN MODE) AND ${within}`;
    if (fresh === 0) return [byIndex];
    values.push(days.from, days.to);
    return [byIndex, `${freshSql(name, fresh, grams)} AND ${within}`];
  });
  return { sql: `SELECT DISTINCT event_day, id FROM (${selects.join(" UNION ALL ")}) f LIMIT ${rowsMax}`, values };
}

/**
 * What was written last, by its words as they stand in the table: MariaDB's index may miss rows of the last seconds while it writes out the words that it gathered
 * in memory (one search in a thousand under 1,500 rows/s, of the last 4,000 rows).
 */
function freshSql(name: string, rows: number, grams: readonly string[]): string {
  const words = grams.map((gram) => `grams LIKE '%${gram}%'`).join(" AND ");
  return `SELECT event_day, id FROM ${name} WHERE seq > (SELECT max(seq) FROM ${name}) - ${rows} AND (grams = '${everyGram}' OR (${words}))`;
}

/** The days of a time, with one to spare for lines whose zone was not known. */
function daysOf({ from, to }: CheckedQuery): { readonly from: string; readonly to: string } {
  return {
    from: from === undefined ? undatedDay : dayOf(from.getTime() - dayMs),
    to: to === undefined ? "9999-12-31" : dayOf(to.getTime() + dayMs),
  };
}

function isWithin(week: string, { from, to }: { readonly from: string; readonly to: string }): boolean {
  const digits = (day: string) => day.replaceAll("-", "");
  return week >= digits(weekOf(from)) && week <= digits(to);
}
