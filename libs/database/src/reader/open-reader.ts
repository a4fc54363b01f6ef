import { DatabaseError } from "../errors.ts";
import { type DatabaseLocation, type Dialect, parseDatabaseUrl } from "../url.ts";
import { toApiRecord, toBodyFields, type FullRecord, type ListedRecord } from "./api-record.ts";
import { encodeCursor, type PageKey } from "./cursor.ts";
import { checkQuery, type CheckedQuery, type ListQuery } from "./list-query.ts";
import { canSearchByIndex, findsMax } from "../text/search-postgresql.ts";
import { findMysql } from "../text/search-mysql.ts";
import { canSearchSqlite } from "../text/search-sqlite.ts";
import { countMax, countSql, findsSql, pageSql, scanEndSql, type Statement } from "./list-sql.ts";
import { MysqlClient } from "./mysql-client.ts";
import { PostgresqlClient } from "./postgresql-client.ts";
import { dayOf, type ReadClient } from "./read-client.ts";
import { toReaderError } from "./reader-error.ts";
import { SqliteClient } from "./sqlite-client.ts";

/** A page of records, newest first. */
export interface RecordPage {
  /** How many match in all; when not exact, at least so many. */
  readonly total: number;
  readonly totalIsExact: boolean;
  /**
   * Leads to the next page; null at the end. A text search looks at a bounded number of rows at a time: its page may have
   * fewer records than asked for, even none, and still lead on.
   */
  readonly nextCursor: string | null;
  readonly records: readonly ListedRecord[];
}

/** Whether there is anything to read, as far as the last question showed. */
export interface ReaderStatus {
  readonly ready: boolean;
  readonly reason?: string;
}

/**
 * Reads what db-sink stored. Creates and changes nothing, and works while db-sink writes.
 *
 * **Errors**: DatabaseError GATELOG_DATABASE_QUERY (the question is not valid), …_NOT_READY (no database or no tables yet; it
 * recovers by itself), …_QUERY_TIMEOUT.
 */
export interface CallReader {
  list(query: ListQuery): Promise<RecordPage>;
  /** The record with headers and bodies; null when there is none. */
  get(day: string, id: string): Promise<FullRecord | null>;
  /** Asks the database whether it is there and has its tables, and returns the new status. Never rejects. */
  check(): Promise<ReaderStatus>;
  status(): ReaderStatus;
  close(): Promise<void>;
}

/** Opens a reader; nothing is connected yet. **Errors**: GATELOG_DATABASE_URL, GATELOG_DATABASE_WRITE_ONLY. */
export function openReader(url: string): CallReader {
  const location = parseDatabaseUrl(url);
  if (location.dialect === "oracle") throw new DatabaseError("GATELOG_DATABASE_WRITE_ONLY", "an Oracle database is only written, not read");
  return new Reader(location.dialect, clientOf(location));
}

function clientOf(location: Exclude<DatabaseLocation, { readonly dialect: "oracle" }>): ReadClient {
  if (location.dialect === "sqlite") return new SqliteClient(location.file);
  return location.dialect === "mysql" ? new MysqlClient(location.target) : new PostgresqlClient(location.url);
}

const canSearchBy = { postgresql: canSearchByIndex, sqlite: canSearchSqlite };

const keyShape = { day: /^\d{4}-\d{2}-\d{2}$/, id: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i };

class Reader implements CallReader {
  readonly #dialect: Dialect;
  readonly #client: ReadClient;
  #status: ReaderStatus = { ready: false, reason: "the database was not asked yet" };

  constructor(dialect: Dialect, client: ReadClient) {
    this.#dialect = dialect;
    this.#client = client;
  }

  async list(query: ListQuery): Promise<RecordPage> {
    const asked = checkQuery(query);
    return this.#ask(async () => {
      try {
        return await this.#answer({ ...asked, ...(await this.#byIndex(asked)) });
      } catch (error) {
        // The indexes of SQLite and MySQL are tables, which may have been dropped between two statements.
        if (this.#dialect === "postgresql" || asked.q === undefined) throw error;
        return this.#answer(asked);
      }
    });
  }

  async get(day: string, id: string): Promise<FullRecord | null> {
    if (!keyShape.day.test(day) || Number.isNaN(Date.parse(day)))
      throw new DatabaseError("GATELOG_DATABASE_QUERY", "the day is YYYY-MM-DD");
    if (!keyShape.id.test(id)) throw new DatabaseError("GATELOG_DATABASE_QUERY", "the id is a UUID");
    return this.#ask(async () => {
      const found = await this.#client.call({ day, id: id.toLowerCase() });
      if (found === null) return null;
      const { log, body } = found;
      return { ...toApiRecord(log), ...(body === null ? {} : toBodyFields(body)), hasBody: body !== null };
    });
  }

  async check(): Promise<ReaderStatus> {
    await this.#ask(() => this.#client.check()).catch(() => {});
    return this.#status;
  }

  status(): ReaderStatus {
    return this.#status;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #answer(query: CheckedQuery): Promise<RecordPage> {
    const [page, total] = await Promise.all([this.#page(query), this.#total(query)]);
    return { ...total, ...page };
  }

  /** Whether an index answers the search, and with few enough finds to put them in order; of MySQL also which. */
  async #byIndex(query: CheckedQuery): Promise<Pick<CheckedQuery, "isIndexed" | "found">> {
    if (query.q === undefined) return {};
    const ask = (statement: Statement) => this.#client.query(statement);
    if (this.#dialect === "mysql") {
      const found = await findMysql(ask, query, findsMax);
      return found === undefined ? {} : { isIndexed: true, found };
    }
    if (!(await canSearchBy[this.#dialect](ask, query.q))) return {};
    const [row] = await ask(findsSql(this.#dialect, query, findsMax));
    return { isIndexed: Number(row?.["n"]) <= findsMax };
  }

  async #page(query: CheckedQuery): Promise<Pick<RecordPage, "nextCursor" | "records">> {
    const rows = await this.#client.query(pageSql(this.#dialect, query));
    const shown = rows.slice(0, query.limit);
    const next = rows.length > shown.length ? pageKeyOf(shown.at(-1)) : await this.#scanEnd(query);
    return { nextCursor: next && encodeCursor(next), records: await this.#records(shown) };
  }

  async #total(page: CheckedQuery): Promise<Pick<RecordPage, "total" | "totalIsExact">> {
    const query = { ...page, after: undefined };
    const [row] = await this.#client.query(countSql(this.#dialect, query));
    const counted = Number(row?.["n"] ?? 0);
    return { total: Math.min(counted, countMax), totalIsExact: counted <= countMax && (await this.#scanEnd(query)) === null };
  }

  /** Where a text search stopped looking; null when it has seen everything, and for any other question. */
  async #scanEnd(query: CheckedQuery): Promise<PageKey | null> {
    if (query.q === undefined || query.isIndexed === true) return null;
    const rows = await this.#client.query(scanEndSql(this.#dialect, query));
    return pageKeyOf(rows[0]);
  }

  async #records(rows: readonly Readonly<Record<string, unknown>>[]): Promise<ListedRecord[]> {
    if (rows.length === 0) return [];
    const logs = await this.#client.logs(rows.map((row) => ({ day: dayOf(row["event_day"]), id: String(row["id"]) })));
    const byId = new Map(logs.map((log) => [`${dayOf(log["eventDay"])} ${String(log["id"])}`, log]));
    return rows.flatMap((row) => {
      const log = byId.get(`${dayOf(row["event_day"])} ${String(row["id"])}`);
      return log === undefined ? [] : [{ ...toApiRecord(log), ...previews(row) }];
    });
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      this.#status = { ready: true };
      return answer;
    } catch (error) {
      const known = toReaderError(error);
      if (known.code === "GATELOG_DATABASE_NOT_READY") this.#status = { ready: false, reason: known.message };
      throw known;
    }
  }
}

function pageKeyOf(row: Readonly<Record<string, unknown>> | undefined): PageKey | null {
  return row === undefined ? null : { time: new Date(row["request_time"] as string | Date), id: String(row["id"]) };
}

function previews(row: Readonly<Record<string, unknown>>): { requestPreview?: string; responsePreview?: string } {
  const { request_preview: request, response_preview: response } = row;
  return {
    ...(typeof request === "string" ? { requestPreview: request } : {}),
    ...(typeof response === "string" ? { responsePreview: response } : {}),
  };
}
