import { setTimeout as sleep } from "node:timers/promises";
import type { CallRow } from "@gatelog/log-record";
import type { DeliveryError } from "@gatelog/pipeline";
import type { Database, DatabaseOptions, StoreBatch, StoredCounts } from "../database.ts";
import type { DatabaseError } from "../errors.ts";
import { findMigrations } from "../migrate/find-migrations.ts";
import { checkMigrated, migrationStatus, type MigrationStatus } from "../migrate/migration-status.ts";
import type { MigrationReport } from "../migrate/run-migrations.ts";
import { checkOwnTable, type OwnTableReport } from "../own-table/check-own-table.ts";
import { type StoredCall, type StoredCallsOptions, storedCallsSql, toStoredCall } from "../stored-calls.ts";
import type { Retention } from "../upkeep/retention.ts";
import type { UpkeepOptions, UpkeepReport } from "../upkeep/upkeep.ts";
import { type CallUpdate, checkUpdatesSql, notUpdatable, type UpdatedCounts } from "../update-calls.ts";
import type { SqlSession } from "../sql-session.ts";
import { classifyMysql, isDeadlock, isDuplicateCall } from "./classify-mysql.ts";
import { migrateMysql } from "./migrate-mysql.ts";
import type { MysqlTarget } from "./mysql-options.ts";
import { MysqlPool } from "./mysql-pool.ts";
import { MysqlSession } from "./mysql-session.ts";
import { createMysqlPartitions } from "./partitions-mysql.ts";
import { storeMysql } from "./store-mysql.ts";
import { updateMysql } from "./update-mysql.ts";
import { MysqlSqlSession } from "./sql-session-mysql.ts";
import { upkeepMysql } from "./upkeep-mysql.ts";

/** Errors of a table and of a column that are not there. */
const undefinedParts = new Set<unknown>([1146, 1054]);
const statementTimeoutDefaultMs = 60_000;
/** A statement of a migration, which may have to make an index of a large table; when it is cut off, the migration is half applied. */
const migrationTimeoutMs = 86_400_000;
/** How often a transaction is run again that another one ended or overtook, before that is the caller's matter. */
const attemptsMax = 6;
const retryPauseMsMax = 40;

/** A MySQL (8.0 or later) or MariaDB (10.6 or later) database behind a small pool. */
export class MysqlDatabase implements Database {
  readonly dialect = "mysql";
  readonly #options: DatabaseOptions;
  readonly #pool: MysqlPool;
  readonly #target: MysqlTarget;
  /** While batches have rows that are there already, as after a crash, they are asked for at once. */
  #asking = false;

  constructor(target: MysqlTarget, options: DatabaseOptions) {
    this.#options = options;
    this.#target = target;
    const statementTimeoutMs = options.statementTimeoutMs ?? statementTimeoutDefaultMs;
    this.#pool = new MysqlPool({
      open: () => MysqlSession.open(target, { statementTimeoutMs }),
      sessionsMax: options.connectionsMax ?? 2,
      hasTransactions: true,
    });
  }

  /** On a session of its own: a lock and a migration's time-out are the session's. */
  async migrate(): Promise<MigrationReport> {
    const migrations = await findMigrations("mysql", this.#options.migrationsDir);
    return this.#apart((session) => migrateMysql(session, migrations), migrationTimeoutMs);
  }

  migrationStatus(): Promise<MigrationStatus> {
    return this.withSession((session) => migrationStatus(this.#migrationSource, session));
  }

  checkMigrated(): Promise<void> {
    return this.withSession((session) => checkMigrated(this.#migrationSource, session));
  }

  withSession<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#apart((session) => work(new MysqlSqlSession(session)));
  }

  createPartitions(nowMs: number): Promise<readonly string[]> {
    return this.#apart((session) => createMysqlPartitions(session, nowMs, { onFailure: this.#warn }));
  }

  async upkeep(nowMs: number, retention: Retention, options: UpkeepOptions = {}): Promise<UpkeepReport> {
    try {
      return await this.#apart((session) => upkeepMysql(session, { ...options, nowMs, retention, onFailure: this.#warn }));
    } catch (error) {
      throw this.classify(error);
    }
  }

  async store(batch: StoreBatch): Promise<StoredCounts> {
    let asking = this.#asking;
    return this.#write(
      async (session) => {
        const { counts, found } = await storeMysql(session, batch, asking, this.#options.ownTable);
        this.#asking = found > 0;
        return counts;
      },
      () => (asking = true),
    );
  }

  async checkUpdates(): Promise<void> {
    try {
      await this.#within((session) => session.query(checkUpdatesSql));
    } catch (error) {
      const { errno, message } = error as { readonly errno?: unknown; readonly message?: unknown };
      throw undefinedParts.has(errno) ? notUpdatable(String(message), error) : this.classify(error);
    }
  }

  update(calls: readonly CallRow[], update: CallUpdate): Promise<UpdatedCounts> {
    return this.#write((session) => updateMysql(session, calls, update));
  }

  async storedCalls(options: StoredCallsOptions): Promise<readonly StoredCall[]> {
    try {
      const { sql, values } = storedCallsSql("mysql", options);
      const rows = await this.#within((session) => session.query(sql, values));
      return rows.map((row) => toStoredCall(row, options.day));
    } catch (error) {
      throw this.classify(error);
    }
  }

  checkOwnTable(): Promise<OwnTableReport> {
    return this.#within((session) => checkOwnTable(this.dialect, this.#options.ownTable, (sql, values) => session.query(sql, values)));
  }

  async ping(): Promise<void> {
    await this.#within((session) => session.query("SELECT 1"));
  }

  classify(error: unknown): DeliveryError {
    return classifyMysql(error);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  readonly #warn = (error: DatabaseError): void => {
    this.#options.onEvent?.({ code: error.code, level: "warn", message: error.message, error });
  };

  /** A transaction, run again when another one ended it, or stored the same rows meanwhile. */
  async #write<T>(work: (session: MysqlSession) => Promise<T>, onDuplicate: () => void = () => {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#within(async (session) => {
          const result = await work(session);
          await session.commit();
          return result;
        });
      } catch (error) {
        if ((!isDuplicateCall(error) && !isDeadlock(error)) || attempt >= attemptsMax) throw this.classify(error);
        if (isDuplicateCall(error)) onDuplicate();
        await sleep(attempt === 1 ? 0 : Math.random() * retryPauseMsMax);
      }
    }
  }

  /** A connection on which something failed is not used again, for its state is unknown; but after an error of which the opposite is known. */
  #within<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    return this.#pool.with(work, (error) => isDuplicateCall(error) || isDeadlock(error) || this.classify(error).permanent);
  }

  get #migrationSource() {
    return { dialect: this.dialect, migrationsDir: this.#options.migrationsDir } as const;
  }

  async #apart<T>(work: (session: MysqlSession) => Promise<T>, timeoutMs = this.#options.statementTimeoutMs): Promise<T> {
    const session = await MysqlSession.open(this.#target, { statementTimeoutMs: timeoutMs ?? statementTimeoutDefaultMs });
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  }
}
