import type { SessionRow, SqlSession, SqlStep, SqlValue } from "../sql-session.ts";
import type { OracleConnection, OracleDriver } from "./oracle-driver.ts";

/** One connection as a session whose statements have `?` for values; a statement outside of `transaction` is one of its own. */
export class OracleSession implements SqlSession {
  readonly dialect = "oracle";
  readonly #step: OracleStep;
  readonly #connection: OracleConnection;

  constructor(driver: OracleDriver, connection: OracleConnection) {
    this.#connection = connection;
    this.#step = new OracleStep(driver, connection);
  }

  rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly SessionRow[]> {
    return this.#step.rows(sql, values);
  }

  run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.transaction((step) => step.run(sql, values));
  }

  async transaction<T>(work: (step: SqlStep) => Promise<T>): Promise<T> {
    try {
      const result = await work(this.#step);
      await this.#connection.commit();
      return result;
    } catch (error) {
      await this.#connection.rollback().catch(() => {});
      throw error;
    }
  }

  time(value: Date | string | number): string {
    return new Date(value).toISOString();
  }
}

class OracleStep implements SqlStep {
  readonly #driver: OracleDriver;
  readonly #connection: OracleConnection;

  constructor(driver: OracleDriver, connection: OracleConnection) {
    this.#driver = driver;
    this.#connection = connection;
  }

  async rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly SessionRow[]> {
    const { CLOB, STRING, OUT_FORMAT_OBJECT } = this.#driver;
    const { rows = [] } = await this.#connection.execute(numbered(sql), values, {
      outFormat: OUT_FORMAT_OBJECT,
      fetchTypeHandler: ({ dbType }: { readonly dbType: unknown }) => (dbType === CLOB ? { type: STRING } : undefined),
    });
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value])));
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    const { rowsAffected = 0 } = await this.#connection.execute(numbered(sql), values, { autoCommit: false });
    return rowsAffected;
  }
}

/** `?` becomes `:1`, `:2`, …, outside of quotes. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll(/'[^']*'|"[^"]*"|\?/g, (found) => (found === "?" ? `:${++count}` : found));
}
