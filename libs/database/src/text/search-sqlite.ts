import type { Statement } from "../reader/list-sql.ts";
import { filledState, sqliteTextIndexes, type SqliteTextIndex } from "./text-index-sqlite.ts";

/** Terms of a long text that are asked for: more of them leave hardly a row out. */
const trigramsMax = 32;
const lastCharacter = "\u{10FFFF}";

type Ask = (statement: Statement) => Promise<readonly Readonly<Record<string, unknown>>[]>;

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");
const thereSql = `SELECT count(*) AS n FROM sqlite_master WHERE name IN (${quoted(sqliteTextIndexes.map(({ terms }) => terms))})`;
const filledSql = `SELECT count(*) AS n FROM upkeep_state
  WHERE state = '${filledState}' AND name IN (${quoted(sqliteTextIndexes.map(({ state }) => state))})`;

/** Whether the indexes of a SQLite file can answer a search for `q` completely: they have all rows, and `q` is of a kind that they know. */
export async function canSearchSqlite(ask: Ask, q: string): Promise<boolean> {
  if (!isKnown(q)) return false;
  for (const sql of [thereSql, filledSql]) {
    const [row] = await ask({ sql, values: [] });
    if (Number(row?.["n"]) !== sqliteTextIndexes.length) return false;
  }
  return true;
}

/**
 * The rowids of all rows that have `q`, and of some that have not, as a subquery with its values. Three characters and more are looked up by all that are
 * next to each other; less by the terms that begin with them.
 */
export function rowidsSqlite({ index, terms }: SqliteTextIndex, q: string): { readonly sql: string; readonly values: readonly string[] } {
  const characters = Array.from(q);
  if (characters.length < 3) {
    const low = q.toLowerCase();
    return { sql: `SELECT doc FROM ${terms} WHERE term >= ? AND term <= ?`, values: [low, low + lastCharacter] };
  }
  const trigrams = [...new Set(characters.slice(2).map((_, at) => characters.slice(at, at + 3).join("")))];
  const every = Math.ceil(trigrams.length / trigramsMax);
  const asked = trigrams.filter((_, at) => at % every === 0).map((trigram) => `"${trigram.replaceAll('"', '""')}"`);
  return { sql: `SELECT rowid FROM ${index} WHERE ${index} MATCH ?`, values: [asked.join(" AND ")] };
}

/** NUL and halves of characters are in no text. The terms have letters in one case; of one or two, this knows it for ASCII alone. */
function isKnown(q: string): boolean {
  if (/[\0\p{Surrogate}]/u.test(q)) return false;
  const characters = Array.from(q);
  return characters.length >= 3 || characters.every((one) => one < "\u{80}" || one.toLowerCase() === one.toUpperCase());
}
