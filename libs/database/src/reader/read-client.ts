import type { Statement } from "./list-sql.ts";

/** A row of `interface_log` as Prisma reads it, by field of the model. */
export type LogRow = Readonly<Record<string, unknown>>;

/** The key of a call. */
export interface CallKey {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly id: string;
}

/** What the reader needs of a Prisma client; one implementation per provider, since their types differ in the day. */
export interface ReadClient {
  /** **Errors**: GATELOG_DATABASE_NOT_READY when the database or its tables are not there. */
  check(): Promise<void>;
  query(statement: Statement): Promise<readonly Readonly<Record<string, unknown>>[]>;
  logs(keys: readonly CallKey[]): Promise<readonly LogRow[]>;
  call(key: CallKey): Promise<{ readonly log: LogRow; readonly body: LogRow | null } | null>;
  close(): Promise<void>;
}

/** Fails when db-sink has not created the tables. */
export const checkSql = "SELECT count(*) AS n FROM (SELECT 1 AS one FROM interface_log LIMIT 1) newest";

/** `event_day` of a row, whose type depends on the database. */
export function dayOf(value: unknown): string {
  return value instanceof Date ? value.toISOString().slice(0, 10) : String(value).slice(0, 10);
}
