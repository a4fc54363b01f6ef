import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import { DatabaseError } from "../errors.ts";
import type { Migration } from "../migrate/find-migrations.ts";
import { migrationsTables } from "../migrate/migrations-tables.ts";
import { runMigrations, type AppliedMigration, type MigrationReport, type MigrationTarget } from "../migrate/run-migrations.ts";

/** The advisory lock that Prisma's own `migrate` takes, so that it and this runner exclude each other. */
const advisoryLock = 72_707_369;
/** How long to wait for it, in ms. */
const lockWaitMs = 20_000;
/** SQLSTATE of a wait that took longer than lock_timeout. */
const lockNotAvailable = "55P03";

/** Brings a PostgreSQL database up to date; `client` must be one session. The lock is released with the session at the latest. */
export async function migratePostgresql(client: ClientBase, migrations: readonly Migration[]): Promise<MigrationReport> {
  await takeLock(client);
  try {
    await client.query(migrationsTables.postgresql);
    return await runMigrations(migrations, target(client));
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [advisoryLock]);
  }
}

async function takeLock(client: ClientBase): Promise<void> {
  try {
    await client.query(`SET lock_timeout = ${lockWaitMs}`);
    await client.query("SELECT pg_advisory_lock($1)", [advisoryLock]);
  } catch (error) {
    if ((error as { code?: unknown }).code !== lockNotAvailable) throw error;
    throw new DatabaseError("GATELOG_DATABASE_MIGRATION_LOCKED", "another process is migrating the database; trying again", error);
  } finally {
    await client.query("RESET lock_timeout");
  }
}

function target(client: ClientBase): MigrationTarget {
  return {
    applied: async () => {
      const { rows } = await client.query<AppliedMigration>(
        `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS "rolledBack" FROM _prisma_migrations`,
      );
      return rows;
    },
    apply: async (migration) => {
      await client.query("BEGIN");
      try {
        const startedAt = new Date();
        await client.query(migration.sql);
        await client.query(
          `INSERT INTO _prisma_migrations (id, checksum, started_at, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, $3, clock_timestamp(), $4, 1)`,
          [randomUUID(), migration.checksum, startedAt, migration.name],
        );
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      }
    },
  };
}
