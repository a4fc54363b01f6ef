import { existsSync, statSync } from "node:fs";
import type { CallRow } from "@gatelog/log-record";
import type { DeliveryError } from "@gatelog/pipeline";
import { callColumns, markColumns } from "../columns.ts";
import type { Database, DatabaseOptions, StoreBatch, StoredCounts } from "../database.ts";
import { findMigrations } from "../migrate/find-migrations.ts";
import { checkMigrated, migrationStatus, type MigrationStatus } from "../migrate/migration-status.ts";
import type { MigrationReport } from "../migrate/run-migrations.ts";
import { checkOwnTable, type OwnTableReport } from "../own-table/check-own-table.ts";
import { storeOwnSqlite } from "../own-table/own-sqlite.ts";
import { ownAlone, type OwnTable } from "../own-table/own-table.ts";
import { countByDay, prepareCalls, withBodies } from "../prepare-calls.ts";
import { rollUp } from "../roll-up.ts";
import { SerialQueue } from "../serial-queue.ts";
import { beginTexts } from "../text/store-texts-sqlite.ts";
import { type StoredCall, type StoredCallsOptions, storedCallsSql, toStoredCall } from "../stored-calls.ts";
import type { Retention } from "../upkeep/retention.ts";
import type { UpkeepOptions, UpkeepReport } from "../upkeep/upkeep.ts";
import { type CallUpdate, checkUpdatesSql, notUpdatable, type UpdatedCounts } from "../update-calls.ts";
import { DatabaseError } from "../errors.ts";
import type { SqlSession } from "../sql-session.ts";
import { classifySqlite } from "./classify-sqlite.ts";
import { insertRollUp, SqliteInsert } from "./insert-sqlite.ts";
import { migrateSqlite } from "./migrate-sqlite.ts";
import { openSqlite, type SqliteConnection } from "./open-sqlite.ts";
import { SqliteSession } from "./sqlite-session.ts";
import { updateSqlite } from "./update-sqlite.ts";
import { upkeepSqlite } from "./upkeep-sqlite.ts";

const insertLog = new SqliteInsert("interface_log", callColumns("interface_log"), { key: ["event_day", "id"] });
const insertBody = new SqliteInsert("interface_body", callColumns("interface_body"), { key: ["event_day", "id"] });
const insertMark = new SqliteInsert("ledger_mark", markColumns, { key: ["id"] });

/** A SQLite file: one connection, one writer, one transaction after the other. */
export class SqliteDatabase implements Database {
  readonly dialect = "sqlite";
  readonly #file: string;
  readonly #options: DatabaseOptions;
  readonly #queue = new SerialQueue();
  #open: { readonly connection: SqliteConnection; readonly inode: bigint } | undefined;

  constructor(file: string, options: DatabaseOptions) {
    this.#file = file;
    this.#options = options;
  }

  migrate(): Promise<MigrationReport> {
    return this.#queue.run(async () => {
      const migrations = await findMigrations("sqlite", this.#options.migrationsDir);
      return migrateSqlite(await this.#connection(), migrations);
    });
  }

  async migrationStatus(): Promise<MigrationStatus> {
    return migrationStatus(this.#migrationSource, existsSync(this.#file) ? this.#session() : undefined);
  }

  async checkMigrated(): Promise<void> {
    await checkMigrated(this.#migrationSource, existsSync(this.#file) ? this.#session() : undefined);
  }

  async withSession<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    if (!existsSync(this.#file)) throw new DatabaseError("GATELOG_DATABASE_NOT_READY", `there is no database file ${this.#file}`);
    return work(this.#session());
  }

  createPartitions(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  async upkeep(nowMs: number, retention: Retention, options: UpkeepOptions = {}): Promise<UpkeepReport> {
    return upkeepSqlite(this.#session(), { ...options, nowMs, retention });
  }

  store(batch: StoreBatch): Promise<StoredCounts> {
    return this.#write((connection) => storeBatch(connection, batch, this.#options.ownTable));
  }

  checkUpdates(): Promise<void> {
    return this.#queue.run(async () => {
      if (!existsSync(this.#file)) throw notUpdatable(`there is no database file ${this.#file}`);
      const connection = await this.#connection();
      try {
        connection.prepare(checkUpdatesSql).all();
      } catch (error) {
        if (error instanceof Error && /^no such (?:table|column)/.test(error.message)) throw notUpdatable(error.message, error);
        throw this.classify(error);
      }
    });
  }

  update(calls: readonly CallRow[], update: CallUpdate): Promise<UpdatedCounts> {
    return this.#write((connection) => updateSqlite(connection, calls, update));
  }

  storedCalls(options: StoredCallsOptions): Promise<readonly StoredCall[]> {
    return this.#queue.run(async () => {
      try {
        const { sql, values } = storedCallsSql("sqlite", options);
        const rows = (await this.#connection()).prepare(sql).all(values) as Readonly<Record<string, unknown>>[];
        return rows.map((row) => toStoredCall(row, options.day));
      } catch (error) {
        throw this.classify(error);
      }
    });
  }

  checkOwnTable(): Promise<OwnTableReport> {
    return this.#queue.run(async () => {
      const connection = await this.#connection();
      return checkOwnTable(this.dialect, this.#options.ownTable, (sql) =>
        Promise.resolve(connection.prepare(sql).all() as Record<string, unknown>[]),
      );
    });
  }

  ping(): Promise<void> {
    return this.#queue.run(async () => {
      (await this.#connection()).prepare("SELECT 1").all();
    });
  }

  classify(error: unknown): DeliveryError {
    return classifySqlite(error);
  }

  close(): Promise<void> {
    return this.#queue.run(async () => this.#disconnect());
  }

  get #migrationSource() {
    return { dialect: this.dialect, migrationsDir: this.#options.migrationsDir } as const;
  }

  #session(): SqliteSession {
    return new SqliteSession({
      write: (work) => this.#write(work),
      read: (work) =>
        this.#queue.run(async () => {
          try {
            return work(await this.#connection());
          } catch (error) {
            throw this.classify(error);
          }
        }),
    });
  }

  #write<T>(work: (connection: SqliteConnection) => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      try {
        return await inTransaction(await this.#connection(), work);
      } catch (error) {
        throw this.classify(error);
      }
    });
  }

  /** The connection, opened anew when the file was removed or replaced: writing on into a file without a name would be a loss. */
  async #connection(): Promise<SqliteConnection> {
    if (this.#open !== undefined && inodeOf(this.#file) !== this.#open.inode) this.#disconnect();
    if (this.#open === undefined) {
      const connection = await openSqlite(this.#file);
      this.#open = { connection, inode: statSync(this.#file, { bigint: true }).ino };
    }
    return this.#open.connection;
  }

  #disconnect(): void {
    this.#open?.connection.close();
    this.#open = undefined;
  }
}

function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}

async function inTransaction<T>(connection: SqliteConnection, work: (connection: SqliteConnection) => Promise<T>): Promise<T> {
  connection.exec("BEGIN IMMEDIATE");
  try {
    const result = await work(connection);
    connection.exec("COMMIT");
    return result;
  } catch (error) {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

async function storeBatch(connection: SqliteConnection, { calls, marks, source = "" }: StoreBatch, own?: OwnTable): Promise<StoredCounts> {
  if (own?.besides === false) return ownAlone(await storeOwnSqlite(connection, own, { calls, inserted: [] }));
  const indexTexts = beginTexts(connection);
  const inserted = await insertLog.run(connection, prepareCalls(calls));
  await insertBody.run(connection, withBodies(inserted));
  await indexTexts();
  await insertRollUp.run(connection, rollUp(source, inserted));
  const marksInserted = await insertMark.run(connection, marks);
  const ownRows = await storeOwnSqlite(connection, own, { calls, inserted });
  return { inserted: inserted.length, insertedByDay: countByDay(inserted), marksInserted: marksInserted.length, ownRows };
}
