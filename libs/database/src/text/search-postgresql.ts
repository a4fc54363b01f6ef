import type { Statement } from "../reader/list-sql.ts";
import { textIndexes } from "./text-indexes.ts";

/** More finds than this are looked for among the newest rows instead, page by page: to sort them all would take longer. */
export const findsMax = 10_000;

/** How many of the indexes are complete: those that a partition still lacks are not valid. */
const completeSql = `SELECT count(*) AS n FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE i.indisvalid AND pg_table_is_visible(i.indrelid) AND c.relname IN (${textIndexes.map(({ name }) => `'${name}'`).join(", ")})`;

type Ask = (statement: Statement) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/**
 * Whether the trigram indexes can answer a search for `q` completely: they are there, and `q` has three letters or digits in a row of which the
 * server makes a trigram. Of letters outside ASCII it does so only where the database's locale knows them.
 */
export async function canSearchByIndex(ask: Ask, q: string): Promise<boolean> {
  if (!/[\p{L}\p{N}]{3}/u.test(q)) return false;
  const [complete] = await ask({ sql: completeSql, values: [] });
  if (Number(complete?.["n"]) !== textIndexes.length) return false;
  if (/[a-z0-9]{3}/i.test(q)) return true;
  const run = /[^\P{L}a-zA-Z]{3,}/u.exec(q)?.[0];
  if (run === undefined) return false;
  const [trigrams] = await ask({ sql: "SELECT cardinality(show_trgm($1::text)) AS n", values: [run] });
  return Number(trigrams?.["n"]) > 0;
}
