import { randomUUID } from "node:crypto";
import { DatabaseError } from "../errors.ts";
import { oracleDdl } from "../oracle/oracle-ddl.ts";
import type { SqlSession } from "../sql-session.ts";
import type { Dialect } from "../url.ts";
import { findMigrations, type Migration } from "./find-migrations.ts";
import { migrationsTables } from "./migrations-tables.ts";
import { type AppliedMigration, refuseUnfit } from "./run-migrations.ts";

/** How a migration stands in a database. */
export interface MigrationState {
  readonly name: string;
  readonly state: "applied" | "missing" | "unfit";
  /** Why it is unfit, in one sentence. */
  readonly reason?: string;
}

/** How a database stands to the migrations of this version. */
export interface MigrationStatus {
  /** In order; those that this version does not know come last. */
  readonly migrations: readonly MigrationState[];
  readonly missing: readonly string[];
  /** The first reason for which a migration would be refused. */
  readonly refusal: DatabaseError | undefined;
}

/** What migrations are read from. */
export interface MigrationSource {
  readonly dialect: Dialect;
  readonly migrationsDir?: string | undefined;
}

/** Compares; reads only. `session` undefined: a database that is not there yet. **Errors**: the driver's; GATELOG_DATABASE_MIGRATIONS_MISSING. */
export async function migrationStatus(source: MigrationSource, session: SqlSession | undefined): Promise<MigrationStatus> {
  const known = await findMigrations(source.dialect, source.migrationsDir);
  const rows = session === undefined ? [] : (await appliedIn(session)).filter((row) => !row.rolledBack);
  const byName = new Map(rows.map((row) => [row.migration_name, row]));
  const names = new Set(known.map(({ name }) => name));
  const refusals = new Map(rows.map((row) => [row.migration_name, refusalOf(row, known)]));
  const stateOf = (name: string): MigrationState => {
    if (!byName.has(name)) return { name, state: "missing" };
    const reason = refusals.get(name)?.message;
    return reason === undefined ? { name, state: "applied" } : { name, state: "unfit", reason };
  };
  const unknown = rows.map((row) => row.migration_name).filter((name) => !names.has(name));
  const migrations = [...known.map(({ name }) => name), ...unknown.sort()].map(stateOf);
  const missing = migrations.filter(({ state }) => state === "missing").map(({ name }) => name);
  return { migrations, missing, refusal: [...refusals.values()].find((refusal) => refusal !== undefined) };
}

/**
 * What a database administrator runs where db-sink may not: the SQL of the migrations named, each with its row in `_prisma_migrations`.
 * **Errors**: GATELOG_DATABASE_MIGRATIONS_MISSING.
 */
export async function migrationSql(source: MigrationSource | { readonly dialect: "oracle" }, names?: readonly string[]): Promise<string> {
  if (source.dialect === "oracle") return oracleDdl();
  const { dialect } = source;
  const migrations = await findMigrations(dialect, source.migrationsDir);
  const wanted = migrations.filter(({ name }) => names === undefined || names.includes(name));
  if (wanted.length === 0) return "";
  return [`${migrationsTables[dialect]};\n`, ...wanted.map((migration) => oneMigration(dialect, migration))].join("\n");
}

/** Fails where the tables are not those of this version. **Errors**: GATELOG_DATABASE_NOT_READY, GATELOG_DATABASE_MIGRATION_…, the driver's. */
export async function checkMigrated(source: MigrationSource, session: SqlSession | undefined): Promise<void> {
  const { missing, refusal } = await migrationStatus(source, session);
  if (refusal !== undefined) throw refusal;
  if (missing.length === 0) return;
  throw new DatabaseError(
    "GATELOG_DATABASE_NOT_READY",
    `the tables are not those of this version (missing: ${missing.join(", ")}); run \`db-sink migrate\`, or the SQL that \`db-sink migrate --sql\` prints, as an account that may create tables`,
  );
}

async function appliedIn(session: SqlSession): Promise<readonly AppliedMigration[]> {
  try {
    const rows = await session.rows("SELECT migration_name, checksum, finished_at, rolled_back_at FROM _prisma_migrations");
    return rows.map((row) => ({
      migration_name: String(row["migration_name"]),
      checksum: String(row["checksum"]),
      finished: row["finished_at"] !== null,
      rolledBack: row["rolled_back_at"] !== null,
    }));
  } catch (error) {
    if (isMissingTable(error)) return [];
    throw error;
  }
}

/** Whether it says that a table is not there, in any of the databases. */
export function isMissingTable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, errno, message } = at as { readonly code?: unknown; readonly errno?: unknown; readonly message: string };
    if (code === "42P01" || errno === 1146 || message.startsWith("no such table")) return true;
  }
  return false;
}

function refusalOf(row: AppliedMigration, known: readonly Migration[]): DatabaseError | undefined {
  try {
    refuseUnfit(
      row,
      known.find(({ name }) => name === row.migration_name),
    );
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
}

function oneMigration(dialect: Dialect, { name, sql, checksum }: Migration): string {
  const now = dialect === "sqlite" ? "CAST(strftime('%s', 'now') AS INTEGER) * 1000" : "CURRENT_TIMESTAMP";
  const row = `INSERT INTO _prisma_migrations (id, checksum, started_at, finished_at, migration_name, applied_steps_count)
VALUES ('${randomUUID()}', '${checksum}', ${now}, ${now}, '${name}', 1);`;
  const body = `-- ${name}\n${sql.trimEnd()}\n${row}`;
  // MySQL ends a transaction at each statement that changes a table.
  return dialect === "postgresql" || dialect === "sqlite" ? `BEGIN;\n${body}\nCOMMIT;\n` : `${body}\n`;
}
