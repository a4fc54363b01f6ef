import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseError } from "../errors.ts";
import type { Migration } from "../migrate/find-migrations.ts";
import { migrationsTables } from "../migrate/migrations-tables.ts";
import { runMigrations, type AppliedMigration, type MigrationReport, type MigrationTarget } from "../migrate/run-migrations.ts";
import type { SqliteConnection } from "./open-sqlite.ts";

/** How long to wait for another process that migrates, and how often to look. */
const lockWaitMs = 20_000;
const lockPollMs = 50;

/** Brings a SQLite database up to date. The write lock of one transaction around all of it keeps other processes out. */
export async function migrateSqlite(connection: SqliteConnection, migrations: readonly Migration[]): Promise<MigrationReport> {
  await beginImmediate(connection);
  try {
    connection.exec(migrationsTables.sqlite);
    const report = await runMigrations(migrations, target(connection));
    connection.exec("COMMIT");
    return report;
  } catch (error) {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

async function beginImmediate(connection: SqliteConnection): Promise<void> {
  const end = performance.now() + lockWaitMs;
  for (;;) {
    try {
      connection.exec("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (!String((error as { code?: unknown }).code).startsWith("SQLITE_BUSY")) throw error;
      if (performance.now() > end) {
        throw new DatabaseError(
          "GATELOG_DATABASE_MIGRATION_LOCKED",
          "another process holds the database's write lock; trying again",
          error,
        );
      }
    }
    await sleep(lockPollMs);
  }
}

function target(connection: SqliteConnection): MigrationTarget {
  return {
    applied: () => {
      const rows = connection
        .prepare(
          `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS rolled_back FROM _prisma_migrations`,
        )
        .all() as { migration_name: string; checksum: string; finished: number; rolled_back: number }[];
      return Promise.resolve(
        rows.map((row): AppliedMigration => ({
          migration_name: row.migration_name,
          checksum: row.checksum,
          finished: row.finished === 1,
          rolledBack: row.rolled_back === 1,
        })),
      );
    },
    apply: (migration) => {
      const startedAt = Date.now();
      connection.exec(migration.sql);
      connection
        .prepare(
          `INSERT INTO _prisma_migrations (id, checksum, started_at, finished_at, migration_name, applied_steps_count) VALUES (?, ?, ?, ?, ?, 1)`,
        )
        .run([randomUUID(), migration.checksum, startedAt, Date.now(), migration.name]);
      return Promise.resolve();
    },
  };
}
