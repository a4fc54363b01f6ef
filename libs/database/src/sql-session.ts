import type { CallTable } from "./columns.ts";
import type { WrittenDialect } from "./url.ts";

/** What stands for a `?` of a statement. */
export type SqlValue = string | number | null;

/** A row by column. A day is `YYYY-MM-DD`, a time what the driver gives. */
export type SessionRow = Readonly<Record<string, unknown>>;

/** Runs statements whose values are written `?`, whatever the database. */
export interface SqlStep {
  rows(sql: string, values?: readonly SqlValue[]): Promise<readonly SessionRow[]>;
  /** How many rows were changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /** Deletes what else there is of calls that were deleted from a table, in the same transaction; where the database does not do it by itself. */
  deleted?(table: CallTable, idsByDay: readonly (readonly [day: string, ids: readonly string[]])[]): Promise<void>;
}

/**
 * What the slow work on a database (upkeep, erasure) needs of it, so that it is written once for all dialects.
 *
 * **Guarantee**: statements outside of `transaction` are a transaction each; writers of calls come between them.
 */
export interface SqlSession extends SqlStep {
  readonly dialect: WrittenDialect;
  transaction<T>(work: (step: SqlStep) => Promise<T>): Promise<T>;
  /** A time as a value of a statement. */
  time(value: Date | string | number): string;
}
