import { join } from "node:path";
import { startPostgres, temporaryDirectory } from "@gatelog/testkit";
import { Client } from "pg";
import Sqlite from "libsql";
import { openDatabase, type Database, type DatabaseOptions } from "./database.ts";
import { parseDatabaseUrl } from "./url.ts";

/** An empty database of a test, and a way to look into it that is not ours. */
export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Databases of one kind; a server is started once. */
export interface TestDatabases {
  create(options?: DatabaseOptions): Promise<TestDatabase>;
  stop(): Promise<void>;
}

/** Both kinds, for `describe.each`. */
export const testDatabases = [
  ["SQLite", sqliteDatabases],
  ["PostgreSQL", postgresDatabases],
] as const;

/** A file per database. */
export async function sqliteDatabases(): Promise<TestDatabases> {
  const directory = await temporaryDirectory();
  let count = 0;
  return {
    create: async (options) => testDatabase(`file:${join(directory.path, `database-${++count}.db`)}`, options),
    stop: () => directory.remove(),
  };
}

/** A database each on one server. */
export async function postgresDatabases(): Promise<TestDatabases> {
  const server = await startPostgres();
  let count = 0;
  return {
    create: async (options) => {
      const name = `test_${++count}`;
      await queryPostgres(server.url, `CREATE DATABASE ${name}`);
      return testDatabase(server.url.replace(/gatelog$/, name), options);
    },
    stop: () => server.stop(),
  };
}

/** One question over a connection of its own. */
export async function queryPostgres(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

/** One question over a connection of its own. */
export function querySqlite(file: string, sql: string): Record<string, unknown>[] {
  const connection = new Sqlite(file, { timeout: 5000 });
  try {
    const statement = connection.prepare(sql);
    if (/^\s*(select|pragma|with)/i.test(sql)) return statement.all() as Record<string, unknown>[];
    statement.run();
    return [];
  } finally {
    connection.close();
  }
}

function testDatabase(url: string, options: DatabaseOptions = {}): TestDatabase {
  const location = parseDatabaseUrl(url);
  const database = openDatabase(url, options);
  return {
    url,
    database,
    query: async (sql) => (location.dialect === "sqlite" ? querySqlite(location.file, sql) : queryPostgres(url, sql)),
    close: () => database.close(),
  };
}
