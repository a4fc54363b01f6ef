import { randomUUID } from "node:crypto";
import { DatabaseError } from "../errors.ts";
import type { Migration } from "../migrate/find-migrations.ts";
import { migrationsTables } from "../migrate/migrations-tables.ts";
import { runMigrations, type MigrationReport, type MigrationTarget } from "../migrate/run-migrations.ts";
import { mysqlTime, type MysqlSession } from "./mysql-session.ts";

/** The lock that Prisma's own `migrate` takes, so that it and this runner exclude each other. */
const lockName = "prisma_migrate";
const lockWaitSeconds = 20;

/** Brings a MySQL or MariaDB database up to date; the lock is released with the session at the latest. */
export async function migrateMysql(session: MysqlSession, migrations: readonly Migration[]): Promise<MigrationReport> {
  const [row] = await session.query("SELECT GET_LOCK(?, ?) AS taken", [lockName, lockWaitSeconds]);
  if (Number(row?.["taken"]) !== 1) {
    throw new DatabaseError("GATELOG_DATABASE_MIGRATION_LOCKED", "another process is migrating the database; trying again");
  }
  try {
    await session.query(migrationsTables.mysql);
    return await runMigrations(migrations, target(session));
  } finally {
    // A session that broke has no lock any more.
    await session.query("SELECT RELEASE_LOCK(?)", [lockName]).catch(() => {});
  }
}

function target(session: MysqlSession): MigrationTarget {
  return {
    applied: async () => {
      const rows = await session.query("SELECT migration_name, checksum, finished_at, rolled_back_at FROM _prisma_migrations");
      await session.commit();
      return rows.map((row) => ({
        migration_name: String(row["migration_name"]),
        checksum: String(row["checksum"]),
        finished: row["finished_at"] !== null,
        rolledBack: row["rolled_back_at"] !== null,
      }));
    },
    apply: (migration) => apply(session, migration),
  };
}

/**
 * Every statement that changes a table commits: a migration is written down before it begins, and one that fails after its first statement stays there as
 * half applied, which later runs refuse.
 */
async function apply(session: MysqlSession, migration: Migration): Promise<void> {
  const id = randomUUID();
  await session.query("INSERT INTO _prisma_migrations (id, checksum, started_at, migration_name) VALUES (?, ?, ?, ?)", [
    id,
    migration.checksum,
    mysqlTime(new Date()),
    migration.name,
  ]);
  await session.commit();
  for (const [index, statement] of statementsOf(migration.sql).entries()) {
    try {
      await session.query(statement);
    } catch (error) {
      if (session.isOpen) await writeFailure(session, { id, isFirst: index === 0, error });
      throw error;
    }
  }
  await session.query("UPDATE _prisma_migrations SET finished_at = ?, applied_steps_count = 1 WHERE id = ?", [mysqlTime(new Date()), id]);
  await session.commit();
}

/** Where nothing was done yet it is as if it had not begun; else what stopped it is kept, as Prisma does. */
async function writeFailure(
  session: MysqlSession,
  { id, isFirst, error }: { id: string; isFirst: boolean; error: unknown },
): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  if (isFirst) await session.query("DELETE FROM _prisma_migrations WHERE id = ?", [id]);
  else await session.query("UPDATE _prisma_migrations SET logs = ? WHERE id = ?", [reason, id]);
  await session.commit();
}

/** A statement of a migration ends with a `;` at the end of a line. */
export function statementsOf(sql: string): readonly string[] {
  return sql
    .split(/;[ \t]*$/m)
    .map((statement) => statement.replaceAll(/^--.*$/gm, "").trim())
    .filter((statement) => statement !== "");
}
