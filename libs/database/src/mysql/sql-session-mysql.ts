import type { SessionRow, SqlSession, SqlStep, SqlValue } from "../sql-session.ts";
import { TextWriter } from "../text/store-texts-mysql.ts";
import { type MysqlSession, mysqlTime } from "./mysql-session.ts";

/** A session of MySQL or MariaDB for slow work: each statement outside of `transaction` is committed at once. */
export class MysqlSqlSession implements SqlSession {
  readonly dialect = "mysql";
  readonly #session: MysqlSession;

  constructor(session: MysqlSession) {
    this.#session = session;
  }

  rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly SessionRow[]> {
    return this.transaction((step) => step.rows(sql, values));
  }

  run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.transaction((step) => step.run(sql, values));
  }

  async transaction<T>(work: (step: SqlStep) => Promise<T>): Promise<T> {
    try {
      const result = await work({
        rows: (sql, values = []) => this.#session.query(sql, values),
        run: (sql, values = []) => this.#session.run(sql, values),
        deleted: async (table, keys) => {
          const texts = await TextWriter.begin(this.#session);
          for (const [day, ids] of texts.isOn ? keys : []) await texts.delete(table, day, ids);
        },
      });
      await this.#session.commit();
      return result;
    } catch (error) {
      // A connection that is gone cannot be rolled back, and need not be.
      await this.#session.rollBack().catch(() => {});
      throw error;
    }
  }

  readonly time = (value: Date | string | number): string => mysqlTime(value);
}
