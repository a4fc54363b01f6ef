import type { CallRow } from "@gatelog/log-record";
import type { DeliveryError } from "@gatelog/pipeline";
import { Pool, type PoolClient } from "pg";
import { callColumns, markColumns } from "../columns.ts";
import type { Database, DatabaseOptions, StoreBatch, StoredCounts } from "../database.ts";
import type { DatabaseError } from "../errors.ts";
import { findMigrations } from "../migrate/find-migrations.ts";
import { checkMigrated, migrationStatus, type MigrationStatus } from "../migrate/migration-status.ts";
import type { MigrationReport } from "../migrate/run-migrations.ts";
import { checkOwnTable, type OwnTableReport } from "../own-table/check-own-table.ts";
import { storeOwnPostgresql } from "../own-table/own-postgresql.ts";
import { ownAlone, type OwnTable } from "../own-table/own-table.ts";
import { countByDay, prepareCalls, withBodies } from "../prepare-calls.ts";
import { rollUp } from "../roll-up.ts";
import { type StoredCall, type StoredCallsOptions, storedCallsSql, toStoredCall } from "../stored-calls.ts";
import type { Retention } from "../upkeep/retention.ts";
import type { UpkeepOptions, UpkeepReport } from "../upkeep/upkeep.ts";
import { type CallUpdate, checkUpdatesSql, notUpdatable, type UpdatedCounts } from "../update-calls.ts";
import type { SqlSession } from "../sql-session.ts";
import { classifyPostgresql } from "./classify-postgresql.ts";
import { PostgresqlCopy } from "./copy-postgresql.ts";
import { insertRollUp, PostgresqlInsert } from "./insert-postgresql.ts";
import { migratePostgresql } from "./migrate-postgresql.ts";
import { type OwnClientConfig, withOwnClient } from "./own-client.ts";
import { createPartitions } from "./partitions.ts";
import { upkeepPostgresql } from "./upkeep-postgresql.ts";
import { PostgresqlSession } from "./postgresql-session.ts";
import { updatePostgresql } from "./update-postgresql.ts";

const insertLog = new PostgresqlInsert("interface_log", callColumns("interface_log"), { key: ["event_day", "id"] });
const copyLog = new PostgresqlCopy("interface_log", callColumns("interface_log"));
const copyBody = new PostgresqlCopy("interface_body", callColumns("interface_body"));
const insertBody = new PostgresqlInsert("interface_body", callColumns("interface_body"), { key: ["event_day", "id"] });
const insertMark = new PostgresqlInsert("ledger_mark", markColumns, { key: ["id"] });

/** SQLSTATE of a table and of a column that are not there. */
const undefinedParts = new Set<unknown>(["42P01", "42703"]);
const uniqueViolation = "23505";
/** After a batch with calls that are there already so many are inserted before COPY is tried again: repeats come one after the other. */
const insertedBatches = 16;
const connectionTimeoutMs = 10_000;
const lockTimeoutMs = 10_000;
/** A session besides the writer's is kept for so long without use. */
const idleTimeoutMs = 1000;
/** How much longer than the server's own statement time-out this side waits, before it gives up on a server that went silent. */
const silenceGraceMs = 5000;

/** A PostgreSQL database behind a small pool. */
export class PostgresqlDatabase implements Database {
  readonly dialect = "postgresql";
  readonly #options: DatabaseOptions;
  readonly #pool: Pool;
  /** Of the connection on which work goes on that may take long. */
  readonly #own: OwnClientConfig;
  #batchesToInsert = 0;

  constructor(url: string, options: DatabaseOptions) {
    this.#options = options;
    const statementTimeoutMs = options.statementTimeoutMs ?? 60_000;
    this.#own = {
      connectionString: url,
      connectionTimeoutMillis: connectionTimeoutMs,
      statement_timeout: statementTimeoutMs,
      lock_timeout: lockTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs,
      silenceMs: statementTimeoutMs + silenceGraceMs,
      keepAlive: true,
    };
    this.#pool = new Pool({
      connectionString: url,
      max: options.connectionsMax ?? 2,
      // Where a server has few places, one that is not needed all the time is left to others: a member without any would store nothing.
      min: 1,
      idleTimeoutMillis: idleTimeoutMs,
      connectionTimeoutMillis: connectionTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + silenceGraceMs,
      lock_timeout: lockTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs,
      keepAlive: true,
      application_name: "gatelog",
    });
    // An idle connection that the server ended is replaced with the next query; without a listener it would end the process.
    this.#pool.on("error", (error) =>
      options.onEvent?.({
        code: "GATELOG_DATABASE_UNAVAILABLE",
        level: "warn",
        message: `an idle connection ended: ${error.message}`,
        error,
      }),
    );
  }

  migrate(): Promise<MigrationReport> {
    return this.#withClient(async (client) => {
      const migrations = await findMigrations("postgresql", this.#options.migrationsDir);
      return migratePostgresql(client, migrations);
    });
  }

  migrationStatus(): Promise<MigrationStatus> {
    return this.#withClient((client) => migrationStatus(this.#migrationSource, new PostgresqlSession(client)));
  }

  checkMigrated(): Promise<void> {
    return this.#withClient((client) => checkMigrated(this.#migrationSource, new PostgresqlSession(client)));
  }

  withSession<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return withOwnClient(this.#own, (client) => work(new PostgresqlSession(client)));
  }

  createPartitions(nowMs: number): Promise<readonly string[]> {
    return this.#withClient((client) => createPartitions(client, nowMs, this.#warn));
  }

  async upkeep(nowMs: number, retention: Retention, options: UpkeepOptions = {}): Promise<UpkeepReport> {
    try {
      return await upkeepPostgresql(this.#own, { ...options, nowMs, retention, onFailure: this.#warn });
    } catch (error) {
      throw this.classify(error);
    }
  }

  /** By COPY, which holds for calls of which none is there; a batch with one that is there is rolled back and inserted. */
  async store(batch: StoreBatch): Promise<StoredCounts> {
    const { ownTable } = this.#options;
    if (this.#batchesToInsert === 0) {
      try {
        return await this.#write((client) => storeBatch(client, batch, { write: copyCalls, own: ownTable }));
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        this.#batchesToInsert = insertedBatches;
      }
    }
    this.#batchesToInsert -= 1;
    return this.#write((client) => storeBatch(client, batch, { write: insertCalls, own: ownTable }));
  }

  async checkUpdates(): Promise<void> {
    try {
      await this.#pool.query(checkUpdatesSql);
    } catch (error) {
      const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
      throw undefinedParts.has(code) ? notUpdatable(String(message), error) : this.classify(error);
    }
  }

  update(calls: readonly CallRow[], update: CallUpdate): Promise<UpdatedCounts> {
    return this.#write((client) => updatePostgresql(client, calls, update));
  }

  async storedCalls(options: StoredCallsOptions): Promise<readonly StoredCall[]> {
    try {
      const { sql, values } = storedCallsSql("postgresql", options);
      const { rows } = await this.#pool.query<Readonly<Record<string, unknown>>>(sql, values);
      return rows.map((row) => toStoredCall(row, options.day));
    } catch (error) {
      throw this.classify(error);
    }
  }

  checkOwnTable(): Promise<OwnTableReport> {
    return this.#withClient((client) =>
      checkOwnTable(this.dialect, this.#options.ownTable, async (sql, values) => (await client.query(sql, [...values])).rows),
    );
  }

  ping(): Promise<void> {
    return this.#withClient(async (client) => {
      await client.query("SELECT 1");
    });
  }

  classify(error: unknown): DeliveryError {
    return classifyPostgresql(error);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  get #migrationSource() {
    return { dialect: this.dialect, migrationsDir: this.#options.migrationsDir } as const;
  }

  readonly #warn = (error: DatabaseError): void => {
    this.#options.onEvent?.({ code: error.code, level: "warn", message: error.message, error });
  };

  async #write<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await this.#withClient((client) => inTransaction(client, work));
    } catch (error) {
      throw this.classify(error);
    }
  }

  /** A connection on which something failed is not used again, for its state is unknown; but for a refused row, which is rolled back. */
  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let reusable = false;
    const onError = () => {};
    // The end of a connection in use reaches the pending query; the event only must not be unheard.
    client.on("error", onError);
    try {
      const result = await work(client);
      reusable = true;
      return result;
    } catch (error) {
      if (this.classify(error).permanent) reusable = await rollBack(client);
      throw error;
    } finally {
      client.off("error", onError);
      client.release(!reusable);
    }
  }
}

async function rollBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}

async function inTransaction<T>(client: PoolClient, work: (client: PoolClient) => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  const result = await work(client);
  await client.query("COMMIT");
  return result;
}

/** How the rows of calls are written, inside a transaction; resolves with those that were not there. */
type WriteCalls = (client: PoolClient, rows: readonly CallRow[]) => Promise<readonly CallRow[]>;

/** **Errors**: a unique violation where one of them is there. */
const copyCalls: WriteCalls = async (client, rows) => {
  await copyLog.run(client, rows);
  await copyBody.run(client, withBodies(rows));
  return rows;
};

const insertCalls: WriteCalls = async (client, rows) => {
  const inserted = await insertLog.runCalls(client, rows);
  await insertBody.run(client, withBodies(inserted));
  return inserted;
};

function isUniqueViolation(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return cause?.code === uniqueViolation;
}

async function storeBatch(
  client: PoolClient,
  { calls, marks, source = "" }: StoreBatch,
  { write, own }: { readonly write: WriteCalls; readonly own: OwnTable | undefined },
): Promise<StoredCounts> {
  if (own?.besides === false) return ownAlone(await storeOwnPostgresql(client, own, { calls, inserted: [] }));
  const inserted = await write(client, prepareCalls(calls));
  await insertRollUp.run(client, rollUp(source, inserted));
  const marksInserted = await insertMark.run(client, marks);
  const ownRows = await storeOwnPostgresql(client, own, { calls, inserted });
  return { inserted: inserted.length, insertedByDay: countByDay(inserted), marksInserted, ownRows };
}
