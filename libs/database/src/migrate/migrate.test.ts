import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../database.ts";
import { makeCalls } from "../calls.test-helper.ts";
import { testDatabases, type TestDatabase, type TestDatabases } from "../databases.test-helper.ts";
import { parseDatabaseUrl } from "../url.ts";

const prismaDir = join(import.meta.dirname, "../../prisma");
const first = "20260101000000_interface_log";
/** For all of them. */
const common = [
  first,
  "20260102000000_mark_aborted",
  "20260103000000_pipeline_version",
  "20260201000000_roll_ups",
  "20260202000000_upkeep",
  "20260203000000_erasure",
];

describe.each(testDatabases)("migrating %s", (kind, start) => {
  const shipped = kind === "MariaDB" ? [...common, "20260204000000_project_index"] : common;
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

  const writeMigration = (name: string, sql: string) => {
    const dir = join(copy.path, target.database.dialect, "migrations", name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "migration.sql"), sql);
  };

  test("creates the tables once and writes the rows that Prisma's own commands read", async () => {
    expect(await target.database.migrate()).toEqual({ applied: shipped, present: 0 });
    expect(await target.database.migrate()).toEqual({ applied: [], present: shipped.length });
    const checksumOf = (name: string) =>
      createHash("sha256")
        .update(readFileSync(join(prismaDir, target.database.dialect, "migrations", name, "migration.sql")))
        .digest("hex");
    const rows = await target.query(
      "SELECT migration_name, checksum, finished_at, rolled_back_at, applied_steps_count FROM _prisma_migrations ORDER BY migration_name",
    );
    expect(rows).toEqual(
      shipped.map((name) => ({
        migration_name: name,
        checksum: checksumOf(name),
        finished_at: expect.anything(),
        rolled_back_at: null,
        applied_steps_count: 1,
      })),
    );
  });

  test("applies later migrations to a database that has the first", async () => {
    await target.database.migrate();
    await target.database.store({ calls: makeCalls(1, 2), marks: [] });
    writeMigration("20260301000000_more", "CREATE TABLE more (a integer);\nCREATE TABLE and_more (b integer);\n");
    expect(await target.database.migrate()).toEqual({ applied: ["20260301000000_more"], present: shipped.length });
    expect(await target.query("SELECT count(*) AS n FROM and_more")).toHaveLength(1);
  });

  test("a migration that fails half-way leaves nothing behind, and is applied when it is mended", async () => {
    if (target.database.dialect === "mysql") return;
    await target.database.migrate();
    writeMigration("20260301000000_more", "CREATE TABLE more (a integer);\nCREATE TABLE more (a integer);\n");
    await expect(target.database.migrate()).rejects.toThrow(/more/);
    await expect(target.query("SELECT * FROM more")).rejects.toThrow();
    writeMigration("20260301000000_more", "CREATE TABLE more (a integer);\n");
    expect(await target.database.migrate()).toEqual({ applied: ["20260301000000_more"], present: shipped.length });
  });

  test("on MySQL, where every change of a table is for good, one that fails half-way is refused from then on with its reason kept; one that changed nothing is not", async () => {
    if (target.database.dialect !== "mysql") return;
    await target.database.migrate();
    writeMigration("20260301000000_more", "CREATE TABLE more (a nonsense);\nCREATE TABLE and_more (a integer);\n");
    await expect(target.database.migrate()).rejects.toThrow(/nonsense/);
    writeMigration("20260301000000_more", "CREATE TABLE more (a integer);\nCREATE TABLE more (a integer);\n");
    await expect(target.database.migrate()).rejects.toThrow(/more/);
    await expect(target.database.migrate()).rejects.toMatchObject({ code: "GATELOG_DATABASE_MIGRATION_HALF_APPLIED" });
    expect(await target.query("SELECT logs FROM _prisma_migrations WHERE finished_at IS NULL")).toEqual([
      { logs: expect.stringContaining("more") },
    ]);
    await target.query("DROP TABLE more");
    await target.query("UPDATE _prisma_migrations SET rolled_back_at = '2026-01-01 00:00:00' WHERE finished_at IS NULL");
    writeMigration("20260301000000_more", "CREATE TABLE more (a integer);\n");
    expect(await target.database.migrate()).toEqual({ applied: ["20260301000000_more"], present: shipped.length });
  });

  test("a migration that differs from the applied one is refused in one sentence", async () => {
    await target.database.migrate();
    writeMigration(first, "SELECT 1;\n");
    await expect(target.database.migrate()).rejects.toMatchObject({
      code: "GATELOG_DATABASE_MIGRATION_CHANGED",
      message: expect.stringContaining(first),
    });
  });

  test("a half-applied migration is refused in one sentence, until its row is marked as rolled back", async () => {
    await target.database.migrate();
    await target.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '20260301000000_more')`);
    await expect(target.database.migrate()).rejects.toMatchObject({
      code: "GATELOG_DATABASE_MIGRATION_HALF_APPLIED",
      message: expect.stringMatching(/20260301000000_more .* set rolled_back_at there$/),
    });
    await target.query(`UPDATE _prisma_migrations SET rolled_back_at = '2026-01-01 00:00:00' WHERE id = 'x'`);
    expect(await target.database.migrate()).toEqual({ applied: [], present: shipped.length });
  });

  test("a database of a newer version is refused in one sentence", async () => {
    writeMigration("20990101000000_future", "CREATE TABLE future (a integer);\n");
    await target.database.migrate();
    const older = openDatabase(target.url);
    await expect(older.migrate()).rejects.toMatchObject({
      code: "GATELOG_DATABASE_MIGRATION_UNKNOWN",
      message: expect.stringContaining("future"),
    });
    await older.close();
  });

  test("missing SQL is one sentence", async () => {
    const lost = openDatabase(target.url, { migrationsDir: join(copy.path, "nowhere") });
    await expect(lost.migrate()).rejects.toMatchObject({ code: "GATELOG_DATABASE_MIGRATIONS_MISSING" });
    await lost.close();
  });

  test("two processes at the same moment migrate once", { timeout: 60_000 }, async () => {
    const script = `
      import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, "../database.ts"))};
      const database = openDatabase(${JSON.stringify(target.url)});
      process.once("message", async () => {
        const report = await database.migrate();
        process.send(report, undefined, undefined, () => process.exit(0));
      });
      process.send("ready");`;
    const file = join(copy.path, "migrate.mts");
    writeFileSync(file, script);
    const processes = [1, 2].map(() =>
      spawn(process.execPath, ["--import", "tsx", file], { cwd: import.meta.dirname, stdio: ["ignore", "inherit", "inherit", "ipc"] }),
    );
    const messages: unknown[] = [];
    for (const child of processes) child.on("message", (message) => messages.push(message));
    await waitFor(() => messages.length === 2, { deadlineMs: 40_000, what: "both processes" });
    for (const child of processes) child.send("go");
    await waitFor(() => messages.length === 4, { deadlineMs: 40_000, what: "both reports" });
    const applied = (messages.slice(2) as { applied: string[] }[]).map((report) => report.applied.length);
    expect(applied.reduce((sum, length) => sum + length, 0)).toBe(shipped.length);
  });

  test("a SQLite file is its owner's alone, and survives a power loss", async () => {
    const location = parseDatabaseUrl(target.url);
    if (location.dialect !== "sqlite") return;
    await target.database.migrate();
    expect(statSync(location.file).mode & 0o777).toBe(0o600);
    expect(await target.query("PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
  });
});
