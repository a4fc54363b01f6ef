import type { SessionRow, SqlSession, SqlStep, SqlValue } from "../sql-session.ts";
import { sqliteTime } from "./insert-sqlite.ts";
import type { SqliteConnection } from "./open-sqlite.ts";

/** A SQLite file as a session: each transaction waits for its turn, and batches come between them. */
export class SqliteSession implements SqlSession {
  readonly dialect = "sqlite";
  readonly #write: <T>(work: (connection: SqliteConnection) => Promise<T>) => Promise<T>;
  readonly #read: <T>(work: (connection: SqliteConnection) => T) => Promise<T>;

  /** `write` runs a transaction, `read` does without. */
  constructor(options: {
    readonly write: <T>(work: (connection: SqliteConnection) => Promise<T>) => Promise<T>;
    readonly read: <T>(work: (connection: SqliteConnection) => T) => Promise<T>;
  }) {
    this.#write = options.write;
    this.#read = options.read;
  }

  rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly SessionRow[]> {
    return this.#read((connection) => connection.prepare(sql).all([...values]) as readonly SessionRow[]);
  }

  run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.transaction((step) => step.run(sql, values));
  }

  transaction<T>(work: (step: SqlStep) => Promise<T>): Promise<T> {
    return this.#write((connection) => work(new Step(connection)));
  }

  readonly time = (value: Date | string | number): string => sqliteTime(value) ?? "";
}

class Step implements SqlStep {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly SessionRow[]> {
    return this.#connection.prepare(sql).all([...values]) as readonly SessionRow[];
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.#connection.prepare(sql).run([...values]).changes;
  }
}
