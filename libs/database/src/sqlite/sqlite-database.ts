import { statSync } from "node:fs";
import type { DeliveryError } from "@gatelog/pipeline";
import { callColumns, markColumns } from "../columns.ts";
import type { Database, DatabaseOptions, StoreBatch, StoredCounts } from "../database.ts";
import { findMigrations } from "../migrate/find-migrations.ts";
import type { MigrationReport } from "../migrate/run-migrations.ts";
import { prepareCalls } from "../prepare-calls.ts";
import { SerialQueue } from "../serial-queue.ts";
import { classifySqlite } from "./classify-sqlite.ts";
import { SqliteInsert } from "./insert-sqlite.ts";
import { migrateSqlite } from "./migrate-sqlite.ts";
import { openSqlite, type SqliteConnection } from "./open-sqlite.ts";

const insertLog = new SqliteInsert("interface_log", callColumns("interface_log"), ["event_day", "id"]);
const insertBody = new SqliteInsert("interface_body", callColumns("interface_body"), ["event_day", "id"]);
const insertMark = new SqliteInsert("ledger_mark", markColumns, ["id"]);

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
      return migrateSqlite(this.#connection(), migrations);
    });
  }

  createPartitions(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  store(batch: StoreBatch): Promise<StoredCounts> {
    return this.#queue.run(async () => {
      try {
        return await inTransaction(this.#connection(), batch);
      } catch (error) {
        throw this.classify(error);
      }
    });
  }

  ping(): Promise<void> {
    return this.#queue.run(async () => {
      this.#connection().prepare("SELECT 1").get();
    });
  }

  classify(error: unknown): DeliveryError {
    return classifySqlite(error);
  }

  close(): Promise<void> {
    return this.#queue.run(async () => this.#disconnect());
  }

  /** The connection, opened anew when the file was removed or replaced: writing on into a file without a name would be a loss. */
  #connection(): SqliteConnection {
    if (this.#open !== undefined && inodeOf(this.#file) !== this.#open.inode) this.#disconnect();
    if (this.#open === undefined) {
      const connection = openSqlite(this.#file);
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

async function inTransaction(connection: SqliteConnection, { calls, marks }: StoreBatch): Promise<StoredCounts> {
  connection.exec("BEGIN IMMEDIATE");
  try {
    const { logs, bodies } = prepareCalls(calls);
    const inserted = await insertLog.run(connection, logs);
    await insertBody.run(connection, bodies);
    const marksInserted = await insertMark.run(connection, marks);
    connection.exec("COMMIT");
    return { inserted, marksInserted };
  } catch (error) {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}
