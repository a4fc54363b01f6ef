import { type Connection, createConnection, type TypeCastFunction } from "mariadb";
import { driverOptions, type MysqlTarget } from "./mysql-options.ts";

/** What a value is in a statement: a day as `YYYY-MM-DD`, a time as mysqlTime makes it, whole numbers beyond 32 bits as bigint. */
export type MysqlValue = string | number | bigint | null;

/** A row by column; times are ISO text in UTC. */
export type MysqlRow = Readonly<Record<string, unknown>>;

const connectTimeoutMs = 10_000;
const lockTimeoutSeconds = 10;
/** How long the server keeps a session that says nothing, with its locks: the process may be frozen. Idle ones are opened anew. */
const silenceSeconds = 300;
/** How much longer than the server's own statement time-out this side waits, before it gives up on a server that went silent. */
const silenceGraceMs = 5000;
/** Statements that are kept prepared. */
const preparedMax = 128;

/** What a session is for. */
export interface MysqlSessionOptions {
  readonly statementTimeoutMs: number;
  readonly isReader?: boolean;
}

/**
 * One session: every statement is part of a transaction, which `commit` or `rollBack` ends, so that nothing that is still under way after a deadlock is
 * committed by itself.
 *
 * **Errors**: of the driver, with `errno` and a message without the statement and its values.
 */
export class MysqlSession {
  readonly #connection: Connection;
  readonly #silenceMs: number;
  /** Bytes of the largest statement that the server takes. */
  readonly packetBytesMax: number;
  #ended = false;

  private constructor(connection: Connection, silenceMs: number, packetBytesMax: number) {
    this.#connection = connection;
    this.#silenceMs = silenceMs;
    this.packetBytesMax = packetBytesMax;
    connection.on("error", () => (this.#ended = true));
    connection.on("end", () => (this.#ended = true));
  }

  static async open(target: MysqlTarget, { statementTimeoutMs, isReader = false }: MysqlSessionOptions): Promise<MysqlSession> {
    const connection = await createConnection({
      ...driverOptions(target),
      connectTimeout: connectTimeoutMs,
      prepareCacheLength: preparedMax,
      typeCast: timesAsIso,
      autoJsonMap: false,
      dateStrings: true,
    }).catch((error: unknown) => Promise.reject(plain(error)));
    const session = new MysqlSession(connection, statementTimeoutMs + silenceGraceMs, 0);
    try {
      await session.query(isReader ? readerSettings(statementTimeoutMs) : writerSettings(statementTimeoutMs));
      const [row] = await session.query("SELECT @@max_allowed_packet AS bytes");
      return new MysqlSession(connection, session.#silenceMs, Number(row?.["bytes"]));
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /** False when the server has ended it, or it was given up. */
  get isOpen(): boolean {
    return !this.#ended && this.#connection.isValid();
  }

  /** By the text protocol: for statements that are sent once. */
  async query(sql: string, values: readonly MysqlValue[] = []): Promise<readonly MysqlRow[]> {
    const result = await this.#within(() => this.#connection.query<unknown>(sql, [...values]));
    return Array.isArray(result) ? (result as MysqlRow[]) : [];
  }

  /** By the text protocol; how many rows were found and changed. */
  async run(sql: string, values: readonly MysqlValue[] = []): Promise<number> {
    return affected(await this.#within(() => this.#connection.query<unknown>(sql, [...values])));
  }

  /** By a prepared statement, which is kept. */
  async execute(sql: string, values: readonly MysqlValue[]): Promise<number> {
    return affected(await this.#within(() => this.#connection.execute<unknown>(sql, [...values])));
  }

  /** The same prepared statement for some rows, a packet each; they are sent without waiting for each other. */
  async executeEach(sql: string, rows: readonly (readonly MysqlValue[])[]): Promise<void> {
    const [first, ...rest] = rows;
    if (first === undefined) return;
    // The first one prepares it.
    await this.execute(sql, first);
    await Promise.all(rest.map((values) => this.execute(sql, values)));
  }

  /** For the adapter of Prisma, which wants the driver's own options, answers and errors. */
  raw<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#inTime(() => work(this.#connection));
  }

  async commit(): Promise<void> {
    await this.query("COMMIT");
  }

  async rollBack(): Promise<void> {
    await this.query("ROLLBACK");
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#connection.end().catch(() => this.#connection.destroy());
  }

  destroy(): void {
    this.#ended = true;
    this.#connection.destroy();
  }

  async #within<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#inTime(work);
    } catch (error) {
      throw plain(error);
    }
  }

  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.destroy();
        reject(new Error(`the server said nothing for ${this.#silenceMs} ms`));
      }, this.#silenceMs);
    });
    try {
      return await Promise.race([work(), silent]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * READ COMMITTED: nothing here reads twice, and the locks on gaps that the default level takes make writers of different rows wait for each other.
 * What stands in `M!` is for MariaDB, in `!80000` for MySQL (whose time-out is for questions alone; a write that hangs is ended from this side).
 */
function writerSettings(statementTimeoutMs: number): string {
  const modes = "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";
  return `SET SESSION autocommit = 0, time_zone = '+00:00', sql_mode = '${modes}', lc_messages = 'en_US',
    innodb_lock_wait_timeout = ${lockTimeoutSeconds}, lock_wait_timeout = ${lockTimeoutSeconds}, wait_timeout = ${silenceSeconds}
    /*M! , max_statement_time = ${statementTimeoutMs / 1000}, tx_isolation = 'READ-COMMITTED' */
    /*!80000 , max_execution_time = ${statementTimeoutMs}, transaction_isolation = 'READ-COMMITTED' */`;
}

/** A reader's questions are a transaction each, and cannot write. MySQL tells how many rows a table has as of a day ago, unless it is told otherwise. */
function readerSettings(statementTimeoutMs: number): string {
  return `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES', lc_messages = 'en_US', wait_timeout = ${silenceSeconds}
    /*M! , tx_read_only = 1, max_statement_time = ${statementTimeoutMs / 1000} */
    /*!80000 , transaction_read_only = 1, max_execution_time = ${statementTimeoutMs}, information_schema_stats_expiry = 0 */`;
}

const timesAsIso: TypeCastFunction = (column, next) => {
  const type: string = column.type;
  if (type !== "DATETIME" && type !== "TIMESTAMP") return next();
  const text = column.string();
  return text === null ? null : `${text.slice(0, 10)}T${text.slice(11, 23)}Z`;
};

/** `2026-11-23 08:00:00.000`, in UTC: the session's zone. */
export function mysqlTime(value: string | number | Date): string {
  // As toRow writes it.
  const isUtc = typeof value === "string" && value.length === 24 && value.endsWith("Z");
  const iso = isUtc ? value : new Date(value).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
}

function affected(result: unknown): number {
  return (result as { affectedRows?: number }).affectedRows ?? 0;
}

/** The driver's message repeats the statement, in which bodies of calls may stand. */
function plain(error: unknown): unknown {
  const { sqlMessage, errno, code, sqlState, message } = (error ?? {}) as Record<string, unknown>;
  if (typeof errno !== "number") return error;
  const text = typeof sqlMessage === "string" && sqlMessage !== "" ? sqlMessage : String(message).split("\n", 1)[0];
  return Object.assign(new Error(text), { errno, code, sqlState });
}
