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
    const rare = await rareOf(ask, grams, { table, state, findsMax });
    if (rare.length === 0) return undefined;
    const found = await ask(candidatesSql(rare, { table, state, query, rowsMax: findsMax + 1 }));
    for (const row of found) keys.add(JSON.stringify([dayOfValue(row["event_day"]), row["id"]]));
    if (found.length > findsMax || keys.size > findsMax) return undefined;
  }
  return `[${[...keys].join(",")}]`;
}

/** A table of the keys that `findMysql` found. MySQL takes no text for JSON of which it does not know the character set. */
export const foundSql = `JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (event_day date PATH '$[0]', id char(36) PATH '$[1]'))`;

interface TextsOf {
  readonly table: (typeof mysqlTexts)[number]["table"];
  readonly state: TextState;
}

/**
 * The words that are in the fewest rows, as far as the newest ones tell, rarest first, as the server looks them up; none where even those are in too many,
 * or too many have them all. It reads the whole list of rows of each word, and words such as that for `htt` are in every row.
 */
async function rareOf(ask: Ask, grams: readonly string[], input: TextsOf & { readonly findsMax: number }): Promise<readonly string[]> {
  const { table, state, findsMax } = input;
  const tables = weekTablesOf(table, state);
  const names = [...tables, restTableOf(table)].map((name) => `'${name}'`).join(", ");
  const [counted] = await ask({
    sql: `SELECT sum(TABLE_ROWS) AS n, @@innodb_ft_min_token_size AS length FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${names})`,
    values: [],
  });
  if (Number(counted?.["length"]) > gramLengthMin) return [];
  const newest = tables
    .slice(-sampleTables)
    .map((name) => `(SELECT LEFT(grams, ${sampleCharacters}) AS grams FROM ${name} ORDER BY event_day DESC, id DESC LIMIT ${sampleRows})`);
  const sample = (await ask({ sql: newest.join(" UNION ALL "), values: [] })).map((row) => new Set(String(row["grams"]).split(" ")));
  const rows = Number(counted?.["n"] ?? 0);
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

function candidatesSql(
  grams: readonly string[],
  { table, state, query, rowsMax }: TextsOf & { readonly query: CheckedQuery; readonly rowsMax: number },
): Statement {
  const days = daysOf(query);
  const tables = [restTableOf(table), ...weekTablesOf(table, state).filter((name) => isWithin(name.slice(-8), days))];
  const asked = `${everyGram} (${grams.map((gram) => `+${gram}`).join(" ")})`;
  const values: (string | number)[] = [];
  const selects = tables.map((name) => {
    values.push(asked, days.from, days.to);
    return `SELECT event_day, id FROM ${name} WHERE MATCH (grams) AGAINST (? IN BOOLEAN MODE)
      AND (event_day BETWEEN ? AND ? OR event_day = '${undatedDay}')`;
  });
  return { sql: `SELECT event_day, id FROM (${selects.join(" UNION ALL ")}) f LIMIT ${rowsMax}`, values };
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
