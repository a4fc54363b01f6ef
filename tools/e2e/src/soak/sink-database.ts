import type { Server } from "@gatelog/testkit";
import { openMariadb } from "./sink-database-mariadb.ts";
import { openPostgres } from "./sink-database-postgres.ts";
import { openSqlite } from "./sink-database-sqlite.ts";

/** The databases that db-sink is soaked with. */
export const sinkDatabaseNames = ["postgresql", "mariadb", "sqlite"] as const;
export type SinkDatabaseName = (typeof sinkDatabaseNames)[number];

export type SqlRow = Readonly<Record<string, unknown>>;

/** Another session's hold on the database. */
export interface Hold {
  release(): Promise<void>;
}

/** A database as the hand that breaks things and the oracle see it: over connections of their own. */
export interface SinkDatabase {
  readonly url: string;
  /** Undefined where it is a file. */
  readonly server: Server | undefined;
  /** Days as `YYYY-MM-DD`, times as Date or ISO text, numbers as numbers or decimal text; `?` for each parameter. */
  query(sql: string, parameters?: readonly (string | number)[]): Promise<readonly SqlRow[]>;
  /** Has the table refuse calls whose operation this is, as a team's constraint may. */
  refuse(operation: string): Promise<void>;
  /** Locks the tables against every writer. */
  lockTables(): Promise<Hold>;
  /** Takes every connection that there is, those of others included. */
  takeConnections?(): Promise<Hold>;
  /** Locks what a transaction of db-sink locks, the other way round; true where the two met. */
  deadlock?(): Promise<boolean>;
  /** Leaves no room on its disk; where that can be done. */
  fillDisk?(): Hold;
  stop(): Promise<void>;
}

/** Starts it; files lie in `directory`. `diskBytes`: its data lie on a disk of their own of this size, where that can be made. */
export async function startSinkDatabase(
  name: SinkDatabaseName,
  options: { readonly directory: string; readonly diskBytes?: number | undefined; readonly connectionsMax: number },
): Promise<SinkDatabase> {
  if (name === "sqlite") return openSqlite(options.directory);
  return name === "mariadb" ? openMariadb(options) : openPostgres(options);
}
