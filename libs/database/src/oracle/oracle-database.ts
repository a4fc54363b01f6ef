import type { DeliveryError } from "@gatelog/pipeline";
import { callColumns, markColumns } from "../columns.ts";
import type { Database, DatabaseOptions, StoreBatch, StoredCounts } from "../database.ts";
import { DatabaseError } from "../errors.ts";
import type { MigrationStatus } from "../migrate/migration-status.ts";
import type { MigrationReport } from "../migrate/run-migrations.ts";
import { checkOwnTable, type OwnTableReport } from "../own-table/check-own-table.ts";
import { storeOwnOracle } from "../own-table/own-oracle.ts";
import { ownAlone, type OwnTable } from "../own-table/own-table.ts";
import { countByDay, prepareCalls, withBodies } from "../prepare-calls.ts";
import { rollUp, rollUpKey, rollUpMeasures } from "../roll-up.ts";
import type { SqlSession } from "../sql-session.ts";
import type { UpkeepReport } from "../upkeep/upkeep.ts";
import { classifyOracle } from "./classify-oracle.ts";
import { loadOracleDriver, type OracleConnection, type OracleDriver, type OraclePool } from "./oracle-driver.ts";
import { OracleSession } from "./oracle-session.ts";
import type { OracleTarget } from "./oracle-url.ts";
import { OracleWriter } from "./oracle-writer.ts";

const connectSeconds = 10;
const queueMs = 10_000;
const tables = ["interface_log", "interface_body", "ledger_mark", "call_roll_up"] as const;
const migrationName = "tables_of_oracle";

const log = { table: "interface_log", columns: callColumns("interface_log") };
const body = { table: "interface_body", columns: callColumns("interface_body") };
const mark = { table: "ledger_mark", columns: markColumns };

/** An Oracle database, which is only written: the console and `reprocess` do not read it. Its tables are an administrator's work. */
export class OracleDatabase implements Database {
  readonly dialect = "oracle";
  readonly #target: OracleTarget;
  readonly #options: DatabaseOptions;
  readonly #load: () => Promise<OracleDriver>;
  #pool: Promise<{ readonly driver: OracleDriver; readonly pool: OraclePool }> | undefined;

  /** `load` gives the driver; the package `oracledb` by default. */
  constructor(target: OracleTarget, options: DatabaseOptions, load: () => Promise<OracleDriver> = loadOracleDriver) {
    this.#target = target;
    this.#options = options;
    this.#load = load;
  }

  /** Creates nothing. **Errors**: GATELOG_DATABASE_NOT_READY where tables are missing. */
  async migrate(): Promise<MigrationReport> {
    await this.checkMigrated();
    return { applied: [], present: 1 };
  }

  async checkMigrated(): Promise<void> {
    const missing = await this.#missingTables();
    if (missing.length === 0) return;
    throw new DatabaseError(
      "GATELOG_DATABASE_NOT_READY",
      `the tables ${missing.join(", ")} are missing; have an administrator run what \`db-sink migrate --sql\` prints`,
    );
  }

  async migrationStatus(): Promise<MigrationStatus> {
    const isThere = (await this.#missingTables()).length === 0;
    const migrations = [{ name: migrationName, state: isThere ? ("applied" as const) : ("missing" as const) }];
    return { migrations, missing: isThere ? [] : [migrationName], refusal: undefined };
  }

  withSession<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#withConnection((connection, driver) => work(new OracleSession(driver, connection)));
  }

  createPartitions(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  /** Retention is the administrator's: nothing is deleted. */
  upkeep(): Promise<UpkeepReport> {
    return Promise.resolve({ created: [], dropped: [], deleted: [], elsewhere: false });
  }

  async store(batch: StoreBatch): Promise<StoredCounts> {
    try {
      return await this.#withConnection(async (connection, driver) => {
        const counts = await storeBatch(new OracleWriter(driver, connection), batch, this.#options.ownTable);
        await connection.commit();
        return counts;
      });
    } catch (error) {
      throw this.classify(error);
    }
  }

  checkUpdates(): Promise<never> {
    return Promise.reject(writeOnly("rows cannot be made anew"));
  }

  update(): Promise<never> {
    return this.checkUpdates();
  }

  storedCalls(): Promise<never> {
    return Promise.reject(writeOnly("stored calls cannot be read"));
  }

  checkOwnTable(): Promise<OwnTableReport> {
    const { ownTable } = this.#options;
    return this.withSession((session) =>
      checkOwnTable(this.dialect, ownTable, (sql, values) => session.rows(sql.replaceAll(/:[12]\b/g, "?"), values)),
    );
  }

  ping(): Promise<void> {
    return this.#withConnection((connection) => connection.ping());
  }

  classify(error: unknown): DeliveryError {
    return classifyOracle(error);
  }

  async close(): Promise<void> {
    const opened = await this.#pool?.catch(() => undefined);
    this.#pool = undefined;
    await opened?.pool.close(connectSeconds);
  }

  async #missingTables(): Promise<readonly string[]> {
    const marks = tables.map(() => "?").join(", ");
    const rows = await this.withSession((session) =>
      session.rows(
        `SELECT table_name AS name FROM all_tables WHERE owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') AND table_name IN (${marks})`,
        tables.map((name) => name.toUpperCase()),
      ),
    );
    const present = new Set(rows.map((row) => String(row["name"]).toLowerCase()));
    return tables.filter((name) => !present.has(name));
  }

  /** What failed is rolled back; a connection whose state is unknown is not used again. */
  async #withConnection<T>(work: (connection: OracleConnection, driver: OracleDriver) => Promise<T>): Promise<T> {
    const { driver, pool } = await this.#opened();
    const connection = await pool.getConnection();
    let reusable = false;
    try {
      connection.callTimeout = this.#options.statementTimeoutMs ?? 60_000;
      const result = await work(connection, driver);
      reusable = true;
      return result;
    } catch (error) {
      if (this.classify(error).permanent) reusable = await rolledBack(connection);
      throw error;
    } finally {
      await connection.close({ drop: !reusable }).catch(() => {});
    }
  }

  #opened(): Promise<{ readonly driver: OracleDriver; readonly pool: OraclePool }> {
    this.#pool ??= this.#openPool().catch((error: unknown) => {
      this.#pool = undefined;
      throw error;
    });
    return this.#pool;
  }

  async #openPool() {
    const driver = await this.#load();
    const pool = await driver.createPool({
      ...this.#target,
      poolMin: 0,
      poolMax: this.#options.connectionsMax ?? 2,
      queueTimeout: queueMs,
      connectTimeout: connectSeconds,
      transportConnectTimeout: connectSeconds,
    });
    return { driver, pool };
  }
}

async function storeBatch(writer: OracleWriter, { calls, marks, source = "" }: StoreBatch, own?: OwnTable): Promise<StoredCounts> {
  if (own?.besides === false) return ownAlone(await storeOwnOracle(writer, own, { calls, inserted: [] }));
  const inserted = await writer.insert(log, prepareCalls(calls));
  await writer.insert(body, withBodies(inserted));
  await writer.merge("call_roll_up", rollUpKey, rollUpMeasures, rollUp(source, inserted));
  const marksInserted = await writer.insert(mark, marks);
  const ownRows = await storeOwnOracle(writer, own, { calls, inserted });
  return { inserted: inserted.length, insertedByDay: countByDay(inserted), marksInserted: marksInserted.length, ownRows };
}

async function rolledBack(connection: OracleConnection): Promise<boolean> {
  try {
    await connection.rollback();
    return true;
  } catch {
    return false;
  }
}

function writeOnly(what: string): DatabaseError {
  return new DatabaseError("GATELOG_DATABASE_WRITE_ONLY", `Oracle is only written: ${what}`);
}
