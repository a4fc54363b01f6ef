import { mysqlTime } from "../mysql/mysql-session.ts";
import { foundSql } from "../text/search-mysql.ts";
import { rowidsSqlite } from "../text/search-sqlite.ts";
import { sqliteTextIndexes } from "../text/text-index-sqlite.ts";
import { textIndexes } from "../text/text-indexes.ts";
import { dayOf, undatedDay } from "../upkeep/retention.ts";
import { sqliteTime } from "../sqlite/insert-sqlite.ts";
import type { Dialect } from "../url.ts";
import type { PageKey } from "./cursor.ts";
import type { CheckedQuery } from "./list-query.ts";

/** A statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Totals above it are not counted further. */
export const countMax = 10_000;
/** A text search looks at so many of the newest rows (that fit the other filters) at a time; the cursor leads on from there. */
export const scanRowsMax = 50_000;
/** Characters of a body that a list shows. */
export const previewLength = 200;
const dayMs = 86_400_000;

const newestFirst = (alias: string) => `ORDER BY ${alias}.request_time DESC, ${alias}.id DESC`;

/** The keys of a page and one more, newest first, with the beginning of both bodies. */
export function pageSql(dialect: Dialect, query: CheckedQuery): Statement {
  const values = new Values(dialect);
  if (query.q !== undefined && query.isIndexed === true && query.found === undefined) {
    const found = foundRows(values, query, query.q);
    return { sql: `${pageOf(found)} ${newestFirst("k")} LIMIT ${query.limit + 1}`, values: values.list };
  }
  const inner = lookedAt(values, query, query.q === undefined ? query.limit + 1 : scanRowsMax);
  const matching = query.q === undefined ? "" : `WHERE ${matches(values, query.q)} ${newestFirst("k")} LIMIT ${query.limit + 1}`;
  const sql = `${pageOf(inner)} ${matching === "" ? newestFirst("k") : matching}`;
  return { sql, values: values.list };
}

/**
 * How many finds of a text the indexes have in all columns together, counted to one above `findsMax`. Of SQLite before it is looked whether the
 * rows really have it, which is what takes long.
 */
export function findsSql(dialect: Dialect, query: CheckedQuery, findsMax: number): Statement {
  const values = new Values(dialect);
  const found = values.isSqlite ? candidates(values, query.q ?? "") : finds(values, query, query.q ?? "");
  const sql = `SELECT count(*) AS n FROM (SELECT 1 AS one FROM (${found}) f LIMIT ${findsMax + 1}) counted`;
  return { sql, values: values.list };
}

function pageOf(rows: string): string {
  return `SELECT k.event_day AS event_day, k.id AS id, k.request_time AS request_time,
    substr(b.request_content, 1, ${previewLength}) AS request_preview, substr(b.response_content, 1, ${previewLength}) AS response_preview
    FROM (${rows}) k ${joinBody}`;
}

/** The rows that have the text and fit. */
function foundRows(values: Values, query: CheckedQuery, q: string): string {
  if (values.isSqlite) {
    // CROSS JOIN: finds first, by key; SQLite would rather go through all rows in the order of time.
    const found = `SELECT DISTINCT f.event_day, f.id FROM (${findsSqlite(values, q)}) f`;
    return `SELECT l.event_day, l.id, l.request_time, l.url FROM (${found}) d CROSS JOIN interface_log l ON l.event_day = d.event_day AND l.id = d.id
      ${where(values, query)}`;
  }
  const conditions = where(values, query);
  return `SELECT l.event_day, l.id, l.request_time, l.url FROM interface_log l ${conditions} ${conditions === "" ? "WHERE" : "AND"} (l.event_day, l.id) IN
    (SELECT f.event_day, f.id FROM (${finds(values, query, q)}) f)`;
}

/** The keys of the rows that have the text, each as often as it was found; days that are asked for leave out partitions. */
function finds(values: Values, query: CheckedQuery, q: string): string {
  const pattern = likePattern(q);
  return textIndexes
    .map(({ table, column }) => {
      const days = values.days(query);
      return `SELECT t.event_day, t.id FROM ${table} t WHERE ${values.like(`t.${column}`, pattern)}${days}`;
    })
    .join(" UNION ALL ");
}

/** The keys of the rows of a SQLite file that have the text. */
function findsSqlite(values: Values, q: string): string {
  const pattern = likePattern(q);
  return sqliteTextIndexes
    .map((index) => {
      const rowids = values.subquery(rowidsSqlite(index, q));
      const texts = index.columns.map((column) => values.like(`t.${column}`, pattern)).join(" OR ");
      return `SELECT t.event_day, t.id FROM ${index.table} t WHERE t.rowid IN (${rowids}) AND (${texts})`;
    })
    .join(" UNION ALL ");
}

/** The rowids of rows of a SQLite file that may have the text. */
function candidates(values: Values, q: string): string {
  return sqliteTextIndexes.map((index) => values.subquery(rowidsSqlite(index, q))).join(" UNION ALL ");
}

/** The last key that a text search looked at, when there may be older rows. */
export function scanEndSql(dialect: Dialect, query: CheckedQuery): Statement {
  const values = new Values(dialect);
  const sql = `SELECT l.request_time AS request_time, l.id AS id FROM ${rowsOf(values, query)}
    ${newestFirst("l")} LIMIT 1 OFFSET ${scanRowsMax - 1}`;
  return { sql, values: values.list };
}

/** How many rows match, counted to one above countMax. */
export function countSql(dialect: Dialect, query: CheckedQuery): Statement {
  const values = new Values(dialect);
  if (query.q !== undefined && query.isIndexed === true && query.found === undefined) {
    const found = foundRows(values, query, query.q);
    return { sql: `SELECT count(*) AS n FROM (SELECT 1 AS one FROM (${found}) k LIMIT ${countMax + 1}) counted`, values: values.list };
  }
  const inner =
    query.q === undefined
      ? `SELECT 1 AS one FROM interface_log l ${where(values, query)} LIMIT ${countMax + 1}`
      : `SELECT 1 AS one FROM (${lookedAt(values, query, scanRowsMax)}) k ${joinBody} WHERE ${matches(values, query.q)} LIMIT ${countMax + 1}`;
  return { sql: `SELECT count(*) AS n FROM (${inner}) counted`, values: values.list };
}

const joinBody = `LEFT JOIN interface_body b ON b.event_day = k.event_day AND b.id = k.id`;

/** The newest rows that fit; or those that MySQL's text tables found, however many fit. */
function lookedAt(values: Values, query: CheckedQuery, rowsMax: number): string {
  if (query.found !== undefined) {
    // STRAIGHT_JOIN: each found key is looked up.
    return `SELECT l.event_day, l.id, l.request_time, l.url FROM ${values.found(query.found)} f
      STRAIGHT_JOIN interface_log l ON l.event_day = f.event_day AND l.id = CONVERT(f.id USING ascii) COLLATE ascii_bin ${where(values, query)}`;
  }
  return `SELECT l.event_day, l.id, l.request_time, l.url FROM ${rowsOf(values, query)} ${newestFirst("l")} LIMIT ${rowsMax}`;
}

/**
 * The rows that fit, as `l`. SQLite sorts all rows of a class such as 2xx, a second for some hundred thousand, in which the process
 * does nothing else; the rows of each single status come in order from the index, and it merges those up to the limit.
 */
function rowsOf(values: Values, query: CheckedQuery): string {
  const { status, path } = query;
  if (!values.isSqlite || status === undefined || status.min === status.max || path !== undefined) {
    return `interface_log l${hint(values, query)} ${where(values, query)}`;
  }
  const single = Array.from({ length: status.max - status.min + 1 }, (_, index) => status.min + index);
  const branches = single.map(
    (one) => `SELECT l.event_day, l.id, l.request_time, l.url FROM interface_log l
    ${where(values, { ...query, status: { min: one, max: one } })}`,
  );
  return `(${branches.join(" UNION ALL ")}) l`;
}

/** MariaDB would rather sort all rows than take the newest from the index, which has them in their order. */
function hint(values: Values, { status, path }: CheckedQuery): string {
  return values.isMysql && status === undefined && path === undefined ? " FORCE INDEX (interface_log_request_time)" : "";
}

function where(values: Values, { status, path, from, to, after }: CheckedQuery): string {
  const conditions: string[] = [];
  if (status !== undefined) {
    const { min, max } = status;
    conditions.push(min === max ? `l.status = ${min}` : `l.status BETWEEN ${min} AND ${max}`);
  }
  if (path !== undefined) conditions.push(values.path(path));
  if (from !== undefined) conditions.push(`l.request_time >= ${values.time(from)}`);
  if (to !== undefined) conditions.push(`l.request_time < ${values.time(to)}`);
  if (after !== undefined) conditions.push(values.before(after));
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}

function matches(values: Values, q: string): string {
  const pattern = likePattern(q);
  const columns = ["k.url", "b.request_content", "b.response_content", "b.raw_line"];
  return `(${columns.map((column) => values.like(column, pattern)).join(" OR ")})`;
}

function likePattern(q: string): string {
  return `%${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

/** Collects values and writes their placeholders as the database wants them. */
class Values {
  readonly list: (string | number)[] = [];
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  get isSqlite(): boolean {
    return this.#dialect === "sqlite";
  }

  /** A statement of SQLite's with values of its own. */
  subquery({ sql, values }: Statement): string {
    this.list.push(...values);
    return sql;
  }

  /** A table of keys of MySQL's. */
  found(keys: string): string {
    this.#add(keys);
    return foundSql;
  }

  get isMysql(): boolean {
    return this.#dialect === "mysql";
  }

  time(value: Date): string {
    if (this.#dialect === "sqlite") return this.#add(sqliteTime(value) ?? "");
    return this.#dialect === "mysql" ? this.#add(mysqlTime(value)) : this.#add(value.toISOString(), "timestamptz");
  }

  /** The rows behind a place in the order. MySQL looks for a pair in no index, and reads all newer rows. */
  before({ time, id }: PageKey): string {
    if (this.#dialect !== "mysql") return `(l.request_time, l.id) < (${this.time(time)}, ${this.#add(id, "uuid")})`;
    return `l.request_time <= ${this.time(time)} AND (l.request_time < ${this.time(time)} OR l.id < ${this.#add(id)})`;
  }

  /** The days of a time, with one to spare for lines whose zone was not known; and the day of rows without a time. For PostgreSQL. */
  days({ from, to }: Pick<CheckedQuery, "from" | "to">): string {
    const day = (time: Date, days: number) => this.#add(dayOf(time.getTime() + days * dayMs), "date");
    const parts = [
      ...(from === undefined ? [] : [`t.event_day >= ${day(from, -1)}`]),
      ...(to === undefined ? [] : [`t.event_day <= ${day(to, 1)}`]),
    ];
    return parts.length === 0 ? "" : ` AND (${parts.join(" AND ")} OR t.event_day = '${undatedDay}')`;
  }

  path(value: string): string {
    if (this.#dialect !== "postgresql") return `l.path = ${this.#add(value)}`;
    // The index holds the first 255 characters.
    return `left(l.path, 255) = left(${this.#add(value, "text")}, 255) AND l.path = ${this.#add(value, "text")}`;
  }

  like(column: string, pattern: string): string {
    // The columns' collation tells letters of any case apart, and those that do not would also take é for e.
    if (this.#dialect === "mysql") return String.raw`LOWER(${column}) LIKE LOWER(${this.#add(pattern)}) ESCAPE '\\'`;
    const operator = this.#dialect === "sqlite" ? "LIKE" : "ILIKE";
    return String.raw`${column} ${operator} ${this.#add(pattern, "text")} ESCAPE '\'`;
  }

  #add(value: string | number, type?: string): string {
    this.list.push(value);
    return this.#dialect !== "postgresql" ? "?" : `$${this.list.length}${type === undefined ? "" : `::${type}`}`;
  }
}
