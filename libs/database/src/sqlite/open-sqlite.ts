import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type Database from "libsql";

export type SqliteConnection = Database.Database;

/** How long a statement waits for another process's lock, in ms. Short, since waiting holds up this process. */
const busyTimeoutMs = 1000;
/** The write-ahead log is cut back to this after a checkpoint. */
const journalBytesMax = 67_108_864;

/**
 * Opens (creates) a database file for writing: WAL, so that readers never wait; FULL, so that a commit survives a power loss.
 *
 * The file is readable by its owner alone: it holds what the calls said.
 */
export async function openSqlite(file: string): Promise<SqliteConnection> {
  mkdirSync(dirname(file), { recursive: true });
  createPrivately(file);
  // Native code, which a program that may write a database does not load until it does.
  const { default: Sqlite } = await import("libsql");
  const connection = new Sqlite(file, { timeout: busyTimeoutMs });
  try {
    connection.pragma("journal_mode = WAL");
    connection.pragma("synchronous = FULL");
    connection.pragma(`journal_size_limit = ${journalBytesMax}`);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
    chmodSync(file, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
