import { DatabaseError } from "../errors.ts";
import { decodeCursor, type PageKey } from "./cursor.ts";

/** What a page of records is asked by; every part as it stands in a URL. */
export interface ListQuery {
  /** Text in the URL, in a body or in an unparsed line; letters of ASCII in any case, `%` and `_` as they are. */
  readonly q?: string | undefined;
  /** One status (`500`) or a class (`5xx`). */
  readonly status?: string | undefined;
  /** The whole path. */
  readonly path?: string | undefined;
  /** Inclusive; ISO 8601 with offset, or a day. */
  readonly from?: string | undefined;
  /** Exclusive. */
  readonly to?: string | undefined;
  /** Records of a page, 1–500; default 50. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

/** The same, checked. */
export interface CheckedQuery {
  readonly q?: string;
  readonly status?: { readonly min: number; readonly max: number };
  readonly path?: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly limit: number;
  readonly after?: PageKey | undefined;
  /** Whether an index answers `q` completely, so that all rows are looked at. */
  readonly isIndexed?: boolean;
  /** Where that is MySQL's: the keys of the rows that may have the text, as `findMysql` gives them. */
  readonly found?: string;
}

export const limitDefault = 50;
export const limitMax = 500;
/** Characters; a longer text is no search. */
export const searchLengthMax = 1000;

/** **Errors**: GATELOG_DATABASE_QUERY, naming the part that is wrong. Empty strings count as not given. */
export function checkQuery(query: ListQuery): CheckedQuery {
  return {
    limit: limitOf(query.limit),
    ...given("q", query.q, searchOf),
    ...given("status", query.status, statusOf),
    ...given("path", query.path, (path) => path),
    ...given("from", query.from, (from) => timeOf("from", from)),
    ...given("to", query.to, (to) => timeOf("to", to)),
    ...given("after", query.cursor, decodeCursor),
  };
}

function given<K extends string, T>(key: K, value: string | undefined, read: (value: string) => T): { [P in K]?: T } {
  return value === undefined || value === "" ? {} : ({ [key]: read(value) } as { [P in K]?: T });
}

function limitOf(limit: number | undefined): number {
  if (limit === undefined) return limitDefault;
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitMax) return limit;
  throw new DatabaseError("GATELOG_DATABASE_QUERY", `limit is a whole number from 1 to ${limitMax}`);
}

function searchOf(q: string): string {
  if (q.length <= searchLengthMax) return q;
  throw new DatabaseError("GATELOG_DATABASE_QUERY", `q has at most ${searchLengthMax} characters`);
}

function statusOf(status: string): { min: number; max: number } {
  if (/^[0-9]xx$/i.test(status)) return { min: Number(status[0]) * 100, max: Number(status[0]) * 100 + 99 };
  if (/^[0-9]{1,3}$/.test(status)) return { min: Number(status), max: Number(status) };
  throw new DatabaseError("GATELOG_DATABASE_QUERY", "status is a number such as 500 or a class such as 5xx");
}

function timeOf(name: string, value: string): Date {
  const iso = /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value;
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$/i.test(iso) ? new Date(iso) : new Date(NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw new DatabaseError("GATELOG_DATABASE_QUERY", `${name} is a time with offset such as 2026-11-23T08:00:00Z, or a day`);
}
