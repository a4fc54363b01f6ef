import { type ClientBase, types } from "pg";
import type { SessionRow, SqlSession, SqlStep, SqlValue } from "../sql-session.ts";

/** One connection of PostgreSQL as a session. */
export class PostgresqlSession implements SqlSession {
  readonly dialect = "postgresql";
  readonly #client: ClientBase;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  async rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly SessionRow[]> {
    return (await this.#query(sql, values)).rows;
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return (await this.#query(sql, values)).rowCount ?? 0;
  }

  async transaction<T>(work: (step: SqlStep) => Promise<T>): Promise<T> {
    await this.#client.query("BEGIN");
    try {
      const result = await work({ rows: (sql, values) => this.rows(sql, values), run: (sql, values) => this.run(sql, values) });
      await this.#client.query("COMMIT");
      return result;
    } catch (error) {
      // A connection that is gone cannot be rolled back, and need not be.
      await this.#client.query("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  readonly time = (value: Date | string | number): string => new Date(value).toISOString();

  #query(sql: string, values: readonly SqlValue[]) {
    let position = 0;
    const text = sql.replaceAll("?", () => `$${++position}`);
    return this.#client.query<Record<string, unknown>>({ text, values: [...values], types: { getTypeParser } });
  }
}

/** A day stays what it is: the driver would read it as midnight of this machine's time zone. */
const getTypeParser = ((oid: Parameters<typeof types.getTypeParser>[0], format: "text") =>
  oid === types.builtins.DATE ? String : types.getTypeParser(oid, format)) as typeof types.getTypeParser;
