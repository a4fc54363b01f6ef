import type { CallRow } from "@gatelog/log-record";
import type { DeliveryError } from "@gatelog/pipeline";
import type { MigrationStatus } from "./migrate/migration-status.ts";
import type { MigrationReport } from "./migrate/run-migrations.ts";
import type { DatabaseErrorCode } from "./errors.ts";
import type { MarkRow } from "./mark-row.ts";
import { MysqlDatabase } from "./mysql/mysql-database.ts";
import { OracleDatabase } from "./oracle/oracle-database.ts";
import type { OwnTableReport } from "./own-table/check-own-table.ts";
import type { OwnTable } from "./own-table/own-table.ts";
import { PostgresqlDatabase } from "./postgresql/postgresql-database.ts";
import { SqliteDatabase } from "./sqlite/sqlite-database.ts";
import type { StoredCall, StoredCallsOptions } from "./stored-calls.ts";
import type { CallUpdate, UpdatedCounts } from "./update-calls.ts";
import type { SqlSession } from "./sql-session.ts";
import type { Retention } from "./upkeep/retention.ts";
import type { UpkeepOptions, UpkeepReport } from "./upkeep/upkeep.ts";
import { parseDatabaseUrl, type WrittenDialect } from "./url.ts";

/** What is stored together, in one transaction. */
export interface StoreBatch {
  readonly calls: readonly CallRow[];
  readonly marks: readonly MarkRow[];
  /** Where they come from, `<topic>/<partition>`: the roll-ups are kept apart by it. Default empty. */
  readonly source?: string;
}

/** How many rows were really inserted; the rest were there already. */
export interface StoredCounts {
  /** Rows of `interface_log`. */
  readonly inserted: number;
  /** The same by `event_day`. */
  readonly insertedByDay: ReadonlyMap<string, number>;
  /** Rows of `ledger_mark`. */
  readonly marksInserted: number;
  /** Rows that were handed to the team's own table; some may have been there already. */
  readonly ownRows?: number;
}

/** What a database tells whoever runs it; to be logged and counted there. */
export interface DatabaseEvent {
  readonly code: DatabaseErrorCode;
  readonly level: "info" | "warn" | "error";
  /** One sentence. */
  readonly message: string;
  readonly error?: unknown;
}

/** Settings of a database; every bound has a default that fits db-sink. */
export interface DatabaseOptions {
  /** Folder of the committed SQL, `<dir>/<provider>/migrations/<name>/migration.sql`; by default found beside the program. */
  readonly migrationsDir?: string;
  /** Most connections to a server; default 2. SQLite always has one. */
  readonly connectionsMax?: number;
  /** How long one statement may take, in ms; default 60,000. */
  readonly statementTimeoutMs?: number;
  /** A table of the team that is written in the same transaction. */
  readonly ownTable?: OwnTable;
  readonly onEvent?: (event: DatabaseEvent) => void;
}

/**
 * A database that gatelog writes.
 *
 * **Guarantee**: `store` is one transaction; a row whose key is there already is left as it is, so that a batch can be stored again. The roll-ups
 * count what was really inserted, in the same transaction.
 */
export interface Database {
  readonly dialect: WrittenDialect;
  /**
   * Brings the tables up to date, under a lock that other processes respect. Idempotent.
   *
   * **Errors**: DatabaseError GATELOG_DATABASE_MIGRATION_…; the driver's own error when the database cannot be reached.
   */
  migrate(): Promise<MigrationReport>;
  /** How the database stands to the migrations; changes nothing. **Errors**: the driver's own error when the database cannot be reached. */
  migrationStatus(): Promise<MigrationStatus>;
  /** Resolves where the tables are those of this version. **Errors**: GATELOG_DATABASE_NOT_READY, GATELOG_DATABASE_MIGRATION_…, the driver's. */
  checkMigrated(): Promise<void>;
  /**
   * Work that may take long, on a connection of its own where there are several. **Errors**: those of the work; GATELOG_DATABASE_NOT_READY
   * where there is no database file.
   */
  withSession<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Creates the partitions of the days around `now` (ms since the epoch) that are missing; returns their names. Nothing on SQLite. */
  createPartitions(nowMs: number): Promise<readonly string[]>;
  /**
   * Creates partitions, drops those that are no longer kept, completes indexes, and deletes the rest of what is too old in small steps.
   * Writers go on meanwhile; of several processes one does it. **Errors**: as `store`; what a step did stays done.
   */
  upkeep(nowMs: number, retention: Retention, options?: UpkeepOptions): Promise<UpkeepReport>;
  /** **Errors**: DeliveryError GATELOG_DATABASE_UNAVAILABLE (transient) or GATELOG_DATABASE_REFUSED (permanent; nothing of the batch is stored). */
  store(batch: StoreBatch): Promise<StoredCounts>;
  /** Resolves where `update` can be called; creates nothing. **Errors**: DatabaseError GATELOG_DATABASE_NOT_READY where the tables are not there, or too old. */
  checkUpdates(): Promise<void>;
  /**
   * Makes rows of calls anew that are there and due, in one transaction; none is inserted, neither of a call nor of its bodies. **Errors**: as `store`.
   */
  update(calls: readonly CallRow[], update: CallUpdate): Promise<UpdatedCounts>;
  /** A page of the rows of a day. **Errors**: as `store`. */
  storedCalls(options: StoredCallsOptions): Promise<readonly StoredCall[]>;
  /** Compares the team's own table with its mapping; nothing to tell where there is none. **Errors**: the driver's. */
  checkOwnTable(): Promise<OwnTableReport>;
  /** Resolves when the database answers; rejects with the driver's error. */
  ping(): Promise<void>;
  /** The driver's error as the delivery law sees it; anything unknown is transient. */
  classify(error: unknown): DeliveryError;
  /** Waits for the transaction in hand. */
  close(): Promise<void>;
}

/** Opens the database that the URL means; nothing is read, written or connected yet. **Errors**: GATELOG_DATABASE_URL. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const location = parseDatabaseUrl(url);
  if (location.dialect === "sqlite") return new SqliteDatabase(location.file, options);
  if (location.dialect === "mysql") return new MysqlDatabase(location.target, options);
  if (location.dialect === "oracle") return new OracleDatabase(location.target, options);
  return new PostgresqlDatabase(location.url, options);
}
