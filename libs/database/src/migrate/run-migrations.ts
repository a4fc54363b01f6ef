import { DatabaseError } from "../errors.ts";
import type { Migration } from "./find-migrations.ts";

/** A row of Prisma's own table `_prisma_migrations`. */
export interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly rolledBack: boolean;
}

/** What the runner needs of a database. The caller holds the lock. */
export interface MigrationTarget {
  applied(): Promise<readonly AppliedMigration[]>;
  /** Runs the SQL and writes its row, in one transaction. */
  apply(migration: Migration): Promise<void>;
}

/** What was done. */
export interface MigrationReport {
  /** Names that were applied now. */
  readonly applied: readonly string[];
  /** How many were there before. */
  readonly present: number;
}

/**
 * Applies the migrations that are missing, in order.
 *
 * **Errors**: GATELOG_DATABASE_MIGRATION_CHANGED, …_HALF_APPLIED, …_UNKNOWN, before anything is touched.
 */
export async function runMigrations(migrations: readonly Migration[], target: MigrationTarget): Promise<MigrationReport> {
  const rows = (await target.applied()).filter((row) => !row.rolledBack);
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of rows) refuseUnfit(row, known.get(row.migration_name));
  const present = new Set(rows.map((row) => row.migration_name));
  const missing = migrations.filter((migration) => !present.has(migration.name));
  for (const migration of missing) await target.apply(migration);
  return { applied: missing.map((migration) => migration.name), present: present.size };
}

/** **Errors**: the reason for which a migration that the database has does not fit. */
export function refuseUnfit(row: AppliedMigration, migration: Migration | undefined): void {
  const name = row.migration_name;
  if (!row.finished) {
    throw new DatabaseError(
      "GATELOG_DATABASE_MIGRATION_HALF_APPLIED",
      `migration ${name} began in this database and did not end: finish it by hand and set finished_at of its row in _prisma_migrations, or undo it and set rolled_back_at there`,
    );
  }
  if (migration === undefined) {
    throw new DatabaseError(
      "GATELOG_DATABASE_MIGRATION_UNKNOWN",
      `the database has migration ${name}, which this version does not know; run the newer version that applied it`,
    );
  }
  if (migration.checksum !== row.checksum) {
    throw new DatabaseError(
      "GATELOG_DATABASE_MIGRATION_CHANGED",
      `migration ${name} in the database differs from the file of that name; run the version that applied it, or restore the file`,
    );
  }
}
