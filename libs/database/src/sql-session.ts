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
