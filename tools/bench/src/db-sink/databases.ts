import { rmSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "@gatelog/database";
import { mariadbPackages, queryMariadb, queryPostgres, startMariadb, startPostgres } from "@gatelog/testkit";
import Sqlite from "libsql";
import { installMissing } from "../debian.ts";
import type { BenchDatabase, BenchDatabases, JdbcAccess } from "./candidate.ts";

const countSql = `SELECT (SELECT count(*) FROM interface_log) AS calls, (SELECT count(DISTINCT id) FROM interface_log) AS ids,
(SELECT count(*) FROM interface_body) AS bodies`;
type Counts = Awaited<ReturnType<BenchDatabase["count"]>>;

/** A PostgreSQL with the settings that it comes with. */
export async function postgresqlDatabases(): Promise<BenchDatabases> {
  const server = await startPostgres();
  const urlOf = (name: string) => server.url.replace(/gatelog$/, name);
  return {
    dialect: "postgresql",
    create: async (name) => {
      await queryPostgres(server.url, `CREATE DATABASE ${name}`);
      // What runs before left is written now, and not while the next one is measured.
      await queryPostgres(server.url, "CHECKPOINT");
      return {
        url: urlOf(name),
        jdbc: { url: `jdbc:${urlOf(name).replace("postgres@", "")}?reWriteBatchedInserts=true`, user: "postgres", password: "" },
        count: async () => countsOf((await queryPostgres(urlOf(name), countSql))[0]),
        drop: () => queryPostgres(server.url, `DROP DATABASE ${name} WITH (FORCE)`).then(() => undefined),
      };
    },
    stop: () => server.stop(),
  };
}

/** A MariaDB with the settings that it comes with. */
export async function mariadbDatabases(say: (text: string) => void): Promise<BenchDatabases> {
  installMissing([mariadbPackages], say);
  const server = await startMariadb();
  const urlOf = (name: string) => server.url.replace(/gatelog$/, name);
  return {
    dialect: "mariadb",
    create: async (name) => {
      await queryMariadb(server.url, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      const jdbcUrl = `jdbc:mysql://127.0.0.1:${server.port}/${name}?rewriteBatchedStatements=true&connectionTimeZone=UTC`;
      return {
        url: urlOf(name),
        jdbc: { url: jdbcUrl, user: "root", password: "" },
        count: async () => countsOf((await queryMariadb(urlOf(name), countSql))[0]),
        drop: () => queryMariadb(server.url, `DROP DATABASE ${name}`).then(() => undefined),
      };
    },
    stop: () => server.stop(),
  };
}

/** Files in a directory. */
export function sqliteDatabases(directory: string): BenchDatabases {
  return {
    dialect: "sqlite",
    create: async (name) => {
      const file = join(directory, `${name}.db`);
      return {
        url: `file:${file}`,
        jdbc: noJdbc,
        count: async () => {
          const connection = new Sqlite(file, { timeout: 5000 });
          try {
            return countsOf(connection.prepare(countSql).get() as Record<string, unknown>);
          } finally {
            connection.close();
          }
        },
        drop: async () => {
          for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
        },
      };
    },
    stop: async () => {},
  };
}

/** The tables, indexes and partitions that ours has, also those of the text search. */
export async function createTables(url: string, { textSearch = false } = {}): Promise<void> {
  const database = openDatabase(url);
  try {
    await database.migrate();
    await database.createPartitions(Date.now());
    if (textSearch) await database.upkeep(Date.now(), retention, { textSearch });
  } finally {
    await database.close();
  }
}

/** As users have it. */
const retention = { metadataDays: 180, bodyDays: 30, rollUpDays: 1095, projects: {} };

/** Nothing but ours is measured there. */
const noJdbc: JdbcAccess = { url: "", user: "", password: "" };

function countsOf(row: Record<string, unknown> | undefined): Counts {
  return { calls: Number(row?.["calls"]), ids: Number(row?.["ids"]), bodies: Number(row?.["bodies"]) };
}
