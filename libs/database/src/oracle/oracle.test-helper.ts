import Sqlite from "libsql";
import type { OracleConnection, OracleDriver, OracleManyResult, OracleValue } from "./oracle-driver.ts";

type Binds = Readonly<Record<string, OracleValue>>;
type Values = readonly OracleValue[] | Binds;

/** A statement that was sent. */
export interface SentStatement {
  readonly sql: string;
  readonly rows: readonly Values[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** An error as the driver makes it. */
export function oracleError(errorNum: number, text: string): Error {
  return Object.assign(new Error(`ORA-${String(errorNum).padStart(5, "0")}: ${text}`), { errorNum });
}

/**
 * Stands for the driver and a server: what Oracle takes is executed by SQLite, after what only Oracle writes was taken out. It knows the ways in which
 * Oracle refuses rows, and keeps what it was sent. It is no Oracle: it shows what is sent and what becomes of answers, not what a server would say.
 */
export class FakeOracle implements OracleDriver {
  readonly STRING = "string";
  readonly NUMBER = "number";
  readonly CLOB = "clob";
  readonly OUT_FORMAT_OBJECT = "object";
  readonly sent: SentStatement[] = [];
  readonly database = new Sqlite(":memory:");
  /** Connections that are open, and those that were given up. */
  readonly connections = { open: 0, dropped: 0 };
  poolOptions: Readonly<Record<string, unknown>> = {};
  /** What the next round trips meet. */
  readonly failures: Error[] = [];

  /** Runs what an administrator would. */
  create(ddl: string): void {
    this.database.exec(
      ddl
        .replaceAll(/ (?:VARCHAR2\(\d+(?: CHAR)?\)|CLOB)/g, " TEXT")
        .replaceAll("SYS_EXTRACT_UTC(SYSTIMESTAMP)", "CURRENT_TIMESTAMP")
        .replaceAll(/ (?:NUMBER\(\d+\)|BINARY_DOUBLE)/g, " NUMERIC")
        .replaceAll(/^COMMENT ON .*$/gm, ""),
    );
  }

  createPool(options: Readonly<Record<string, unknown>>) {
    this.poolOptions = options;
    return Promise.resolve({ getConnection: () => Promise.resolve(this.#connect()), close: () => Promise.resolve() });
  }

  #connect(): OracleConnection {
    this.connections.open += 1;
    return {
      callTimeout: 0,
      execute: (sql, values, options) => this.#trip(() => this.#execute(sql, values, options)),
      executeMany: (sql, rows, options) => this.#trip(() => this.#executeMany(sql, rows, options)),
      commit: () => this.#trip(() => this.#end("COMMIT")),
      rollback: () => Promise.resolve(this.#end("ROLLBACK")),
      ping: () => this.#trip(() => undefined),
      close: ({ drop = false } = {}) => {
        this.connections.open -= 1;
        if (drop) this.connections.dropped += 1;
        this.#end("ROLLBACK");
        return Promise.resolve();
      },
    };
  }

  async #trip<T>(work: () => T): Promise<T> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    return work();
  }

  #end(word: "COMMIT" | "ROLLBACK"): void {
    if (this.database.inTransaction) this.database.exec(word);
  }

  #execute(sql: string, values: Values, options: Readonly<Record<string, unknown>>) {
    this.sent.push({ sql, rows: [values], options });
    if (/FROM all_tables/.test(sql)) return { rows: this.#tables() };
    if (/FROM all_(?:tab_columns|ind_columns)/.test(sql))
      return { rows: this.#catalog(sql, String((values as readonly OracleValue[])[0])) };
    const plain = sql.replaceAll(/:(\d+)/g, "?$1");
    if (sql.startsWith("SELECT"))
      return { rows: this.database.prepare(translated(plain)).all(listOf(values)) as Record<string, unknown>[] };
    this.#begin();
    return { rowsAffected: this.database.prepare(translated(plain)).run(listOf(values)).changes };
  }

  #executeMany(sql: string, rows: readonly Binds[], options: Readonly<Record<string, unknown>>): OracleManyResult {
    this.sent.push({ sql, rows, options });
    checkTypes(rows, options["bindDefs"] as Readonly<Record<string, { readonly type: unknown; readonly maxSize?: number }>>);
    this.#begin();
    const statement = this.database.prepare(translated(sql));
    const batchErrors: { errorNum: number; offset: number; message: string }[] = [];
    const dmlRowCounts: number[] = [];
    rows.forEach((row, offset) => {
      try {
        dmlRowCounts.push(statement.run(emptyIsNull(row)).changes);
      } catch (error) {
        const found = asOracleError(error);
        if (options["batchErrors"] !== true) throw found;
        batchErrors.push({ errorNum: found.errorNum, offset, message: found.message });
      }
    });
    return { ...(options["batchErrors"] === true && batchErrors.length > 0 ? { batchErrors } : {}), dmlRowCounts };
  }

  #begin(): void {
    if (!this.database.inTransaction) this.database.exec("BEGIN");
  }

  #tables(): readonly Readonly<Record<string, unknown>>[] {
    const rows = this.database.prepare("SELECT upper(name) AS NAME FROM sqlite_master WHERE type = 'table'").all();
    return rows as Record<string, unknown>[];
  }

  /** The two questions about a table, as `describe-table.ts` asks them. */
  #catalog(sql: string, table: string): readonly Readonly<Record<string, unknown>>[] {
    const columns = this.database.prepare(`PRAGMA table_info("${table}")`).all() as Record<string, unknown>[];
    if (!/all_ind_columns/.test(sql)) {
      return columns.map(({ name, type, notnull }) => ({ NAME: name, TYPE: type, NULLABLE: notnull === 1 ? 0 : 1, HAS_DEFAULT: 0 }));
    }
    return columns.filter(({ pk }) => Number(pk) > 0).map(({ name }) => ({ KEY: "PK", NAME: name }));
  }
}

/** A value of another kind than its bind is refused by the driver, before anything is sent. */
function checkTypes(
  rows: readonly Binds[],
  bindDefs: Readonly<Record<string, { readonly type: unknown; readonly maxSize?: number }>>,
): void {
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const { type, maxSize = 0 } = bindDefs[name] ?? {};
      if (value === null) continue;
      if (typeof value !== type) throw new Error(`NJS-011: encountered bind value and type mismatch in parameter ${name}`);
      if (typeof value === "string" && Buffer.byteLength(value) > maxSize) throw new Error(`NJS-058: maxSize of ${name} is too small`);
    }
  }
}

function translated(sql: string): string {
  const merge =
    /^MERGE INTO (\w+) t USING \(SELECT (.+) FROM dual\) s ON .+ THEN UPDATE SET (.+) WHEN NOT MATCHED THEN INSERT \((.+)\) VALUES/.exec(
      sql,
    );
  const [, table, source, sets, names] = merge ?? [];
  const text =
    table === undefined
      ? sql
      : `INSERT INTO ${table} (${names}) SELECT ${source} WHERE true ON CONFLICT DO UPDATE SET ${sets
          ?.replaceAll(/\bt\.(\w+) =/g, "$1 =")
          .replaceAll(/\bt\./g, `${table}.`)
          .replaceAll(/\bs\./g, "excluded.")}`;
  return text.replaceAll(/\bTO_(?:DATE|TIMESTAMP|CHAR)\(([^,()]+), '[^']*'\)/g, "$1");
}

function listOf(values: Values): readonly OracleValue[] {
  return Array.isArray(values) ? (values as readonly OracleValue[]) : Object.values(values);
}

function emptyIsNull(row: Binds): Binds {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === "" ? null : value]));
}

function asOracleError(error: unknown): Error & { readonly errorNum: number } {
  const { message, code } = error as { readonly message: string; readonly code?: string };
  if (/UNIQUE/.test(message)) return oracleError(1, "unique constraint violated") as Error & { readonly errorNum: number };
  const errorNum = /NOT NULL/.test(message) ? 1400 : code?.startsWith("SQLITE_CONSTRAINT") === true ? 2290 : 942;
  return oracleError(errorNum, message) as Error & { readonly errorNum: number };
}
