import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@gatelog/testkit";
import Sqlite from "libsql";
import { createConnection } from "mariadb";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeCall } from "../calls.test-helper.ts";
import { testDatabases, type TestDatabase, type TestDatabases } from "../databases.test-helper.ts";
import { parseDatabaseUrl } from "../url.ts";
import { migrationSql } from "./migration-status.ts";

const prismaDir = join(import.meta.dirname, "../../prisma");

describe.each(testDatabases)("looking at the migrations of %s", (_name, start) => {
  let databases: TestDatabases;
  let target: TestDatabase;
  let copy: { path: string; remove(): Promise<void> };

  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    copy = await temporaryDirectory();
    cpSync(prismaDir, copy.path, { recursive: true });
    target = await databases.create({ migrationsDir: copy.path });
  });
  afterEach(async () => {
    await target.close();
    await copy.remove();
  });

  const addMigration = (name: string) => {
    const dir = join(copy.path, target.database.dialect, "migrations", name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "migration.sql"), "CREATE TABLE more (a integer);\n");
  };

  test("an empty database misses all, and is not touched", async () => {
    const { migrations, missing, refusal } = await target.database.migrationStatus();
    expect(missing).toEqual(migrations.map(({ name }) => name));
    expect(refusal).toBeUndefined();
    await expect(target.database.checkMigrated()).rejects.toMatchObject({
      code: "GATELOG_DATABASE_NOT_READY",
      message: expect.stringContaining("db-sink migrate"),
    });
    const location = parseDatabaseUrl(target.url);
    if (location.dialect === "sqlite") expect(existsSync(location.file)).toBe(false);
    else await expect(target.query("SELECT count(*) FROM _prisma_migrations")).rejects.toThrow();
  });

  test("a database of this version fits; an older one misses what came later", async () => {
    await target.database.migrate();
    await target.database.checkMigrated();
    addMigration("20990101000000_more");
    expect((await target.database.migrationStatus()).missing).toEqual(["20990101000000_more"]);
    await expect(target.database.checkMigrated()).rejects.toMatchObject({
      code: "GATELOG_DATABASE_NOT_READY",
      message: expect.stringContaining("20990101000000_more"),
    });
  });

  test("a half-applied migration is said, and refused", async () => {
    await target.database.migrate();
    await target.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '20260301000000_more')`);
    const { migrations } = await target.database.migrationStatus();
    expect(migrations.at(-1)).toMatchObject({
      name: "20260301000000_more",
      state: "unfit",
      reason: expect.stringContaining("did not end"),
    });
    await expect(target.database.checkMigrated()).rejects.toMatchObject({ code: "GATELOG_DATABASE_MIGRATION_HALF_APPLIED" });
  });

  test("the SQL for an administrator makes the tables, and the rows that say so", async () => {
    const { dialect } = target.database;
    const { missing } = await target.database.migrationStatus();
    const sql = await migrationSql({ dialect, migrationsDir: copy.path }, missing);
    await runScript(target.url, sql);
    await target.database.checkMigrated();
    expect((await target.database.migrate()).applied).toEqual([]);
    expect(await target.database.store({ calls: [makeCall(1)], marks: [] })).toMatchObject({ inserted: 1 });
    expect(await migrationSql({ dialect, migrationsDir: copy.path }, [])).toBe("");
  });
});

/** Runs several statements as an administrator's tool does. */
async function runScript(url: string, sql: string): Promise<void> {
  const location = parseDatabaseUrl(url);
  if (location.dialect === "sqlite") {
    const connection = new Sqlite(location.file);
    connection.exec(sql);
    connection.close();
  } else if (location.dialect === "postgresql") {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(sql);
    await client.end();
  } else {
    const { hostname: host, port, username: user, pathname } = new URL(url);
    const connection = await createConnection({ host, port: Number(port), user, database: pathname.slice(1), multipleStatements: true });
    await connection.query(sql);
    await connection.end();
  }
}
