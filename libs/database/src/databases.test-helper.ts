import { join } from "node:path";
import { queryMariadb, queryPostgres, startMariadb, startPostgres, temporaryDirectory } from "@gatelog/testkit";
import Sqlite from "libsql";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
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

/** All kinds, for `describe.each`. */
export const testDatabases = [
  ["SQLite", sqliteDatabases],
  ["PostgreSQL", postgresDatabases],
  ["MariaDB", mariadbDatabases],
] as const;

/** For a `describe`: a database with its tables for each test, on one server for all of them. */
export function databaseOfEachTest(
  start: () => Promise<TestDatabases>,
  options: DatabaseOptions = {},
): TestDatabase & Pick<TestDatabases, "create"> {
  let databases: TestDatabases;
  let target: TestDatabase;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    target = await databases.create(options);
    await target.database.migrate();
  });
  afterEach(() => target.close());
  return {
    get url() {
      return target.url;
    },
    get database() {
      return target.database;
    },
    query: (sql) => target.query(sql),
    close: () => target.close(),
    create: (others) => databases.create(others),
  };
}

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

/** A database each on one server. */
export async function mariadbDatabases(): Promise<TestDatabases> {
  // Nothing here outlives its server, and tests change many tables.
  const server = await startMariadb({ settings: { "innodb-flush-log-at-trx-commit": "0" } });
  let count = 0;
  return {
    create: async (options) => {
      const name = `test_${++count}`;
      await queryMariadb(server.url, `CREATE DATABASE ${name}`);
      return testDatabase(server.url.replace(/gatelog$/, name), options);
    },
    stop: () => server.stop(),
  };
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
    query: async (sql) => {
      if (location.dialect === "sqlite") return querySqlite(location.file, sql);
      return location.dialect === "mysql" ? queryMariadb(url, sql) : queryPostgres(url, sql);
    },
    close: () => database.close(),
  };
}
