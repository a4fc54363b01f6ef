/** Codes of this library's errors: what each means and what to do. The reference page is generated from this table. */
export const errors = {
  GATELOG_DATABASE_URL:
    "The database URL is not one that gatelog knows. Use file:<path> for SQLite, postgresql://user:password@host:port/database for PostgreSQL or mysql://user:password@host:port/database for MySQL and MariaDB; db-sink alone also takes oracle://user:password@host:port/service.",
  GATELOG_DATABASE_UNAVAILABLE:
    "The database cannot take the batch now (down, locked, out of disk or connections, timed out, or its tables are not as expected). It is tried again until it succeeds; nothing is dropped.",
  GATELOG_DATABASE_REFUSED:
    "The database refused a row for its content (a constraint, a value or a size that it cannot hold). The record goes to the dead letters with the database's reason.",
  GATELOG_DATABASE_MIGRATION_CHANGED:
    "A migration that the database has applied differs from the file of that name. Run the version of gatelog that applied it, or restore the file; migrations are never edited.",
  GATELOG_DATABASE_MIGRATION_HALF_APPLIED:
    "A migration began and did not end. Look at the tables; finish it by hand and set `finished_at` of its row in `_prisma_migrations`, or undo it and set `rolled_back_at` (`prisma migrate resolve` does the same).",
  GATELOG_DATABASE_MIGRATION_UNKNOWN:
    "The database has a migration that this version does not know: it was migrated by a newer one. Run that version or a later one.",
  GATELOG_DATABASE_MIGRATION_LOCKED: "Another process is migrating the database. It is tried again.",
  GATELOG_DATABASE_MIGRATIONS_MISSING: "The SQL files of the migrations are not beside the program. Build or install it again.",
  GATELOG_DATABASE_PARTITION:
    "The partition of a day could not be created, and its rows go to the default partition; or one that is too old could not be removed. It is tried again later.",
  GATELOG_DATABASE_INDEX: "An index could not be built in a partition; questions go on without it. It is tried again at the next upkeep.",
  GATELOG_DATABASE_TEXT_INDEX:
    "The indexes for the text search could not be created or dropped (often: the extension pg_trgm is not there, and only an administrator may create it; on MySQL and MariaDB a transaction that did not end for some seconds, or an account that may not create tables). Calls are stored, and searches look at the newest rows first, as without. It is tried again at the next upkeep.",
  GATELOG_DATABASE_NOT_READY: "There is nothing to read yet: the database is not reachable, or db-sink has not created its tables.",
  GATELOG_DATABASE_WRITE_ONLY:
    "Oracle is only written: the console, and whatever makes stored rows anew, need PostgreSQL, MySQL, MariaDB or SQLite.",
  GATELOG_DATABASE_QUERY_TIMEOUT: "A question took longer than its time-out. Narrow the time or the filters.",
  GATELOG_DATABASE_QUERY: "A question to the database is not valid (cursor, status, time or day). The message names the part.",
  GATELOG_DATABASE_COMPARE:
    "`db-sink compare` cannot compare: the other table or a column of it is not there, or its rows cannot be told apart. The message says which.",
} as const;

export type DatabaseErrorCode = keyof typeof errors;

/** An error of this library that is not about the delivery of a batch (those are DeliveryErrors). */
export class DatabaseError extends Error {
  override readonly name: string = "DatabaseError";
  readonly code: DatabaseErrorCode;

  constructor(code: DatabaseErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
