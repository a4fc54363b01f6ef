import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Database, openDatabase } from "@gatelog/database";
import { systemClock } from "@gatelog/pipeline";
import {
  queryMariadb,
  queryPostgres,
  checkSink,
  manualClock,
  repositoryRoot,
  startFlakyProxy,
  startMariadb,
  startPostgres,
  temporaryDirectory,
  type PostgresServer,
} from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DatabaseSink } from "./database-sink.ts";
import { messagesOf, querySqlite } from "./db-sink.test-helper.ts";
import { readMessage, type SinkItem } from "./read-message.ts";

const place = { topic: "kerry", partition: 0 };
const options = { seedTimeZone: "UTC", value: "raw" } as const;
const items = messagesOf(1, 200).map((message, index) => readMessage({ ...message, offset: String(index) }, place, options));
const refused = messagesOf(201, 210, { operation: "refuse-me" }).map((message, index) =>
  readMessage({ ...message, offset: String(200 + index) }, place, options),
);
const keyOf = ({ identity }: SinkItem) => identity.id;
const ids = (rows: readonly Record<string, unknown>[]) => rows.map((row) => String(row["id"]));
const selectIds = "SELECT id FROM interface_log ORDER BY request_time";

describe("the database sink keeps the delivery law", () => {
  test("on SQLite", { timeout: 120_000 }, async () => {
    const directory = await temporaryDirectory();
    const reports = await checkSink({
      items: [...items, ...refused],
      keyOf,
      duplicates: "none",
      refusedByStore: (item) => refused.includes(item),
      makeSink: async (outcome) => {
        const file = join(directory.path, `${outcome}.db`);
        const database = openDatabase(`file:${file}`);
        await database.migrate();
        querySqlite(
          file,
          "CREATE TRIGGER refuse BEFORE INSERT ON interface_log WHEN NEW.operation = 'refuse-me' BEGIN SELECT RAISE(ABORT, 'refused'); END",
        );
        return {
          sink: new DatabaseSink(database, { clock: systemClock }),
          stored: async () => ids(querySqlite(file, selectIds)),
          breakStore: async () => {
            querySqlite(file, "ALTER TABLE interface_body RENAME TO hidden");
            return async () => void querySqlite(file, "ALTER TABLE hidden RENAME TO interface_body");
          },
        };
      },
    });
    expect(reports.map(({ accepted, deadLettered, generated }) => accepted + deadLettered === generated)).toEqual([true, true, true, true]);
    await directory.remove();
  });

  describe.each([
    ["PostgreSQL", startPostgres, queryPostgres],
    ["MariaDB", startMariadb, queryMariadb],
  ])("on %s", (_name, startServer, query) => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startServer();
    });
    afterAll(() => server.stop());

    test("behind a network that breaks", { timeout: 120_000 }, async () => {
      const reports = await checkSink({
        items: [...items, ...refused],
        keyOf,
        duplicates: "none",
        refusedByStore: (item) => refused.includes(item),
        makeSink: async (outcome) => {
          await query(server.url, `CREATE DATABASE ${outcome}`);
          const url = server.url.replace(/gatelog$/, outcome);
          const proxy = await startFlakyProxy(server.port);
          const database = openDatabase(url.replace(`:${server.port}`, `:${proxy.port}`));
          await database.migrate();
          await query(url, "ALTER TABLE interface_log ADD CONSTRAINT refuse CHECK (operation <> 'refuse-me')");
          return {
            sink: new DatabaseSink(database, { clock: systemClock }),
            stored: async () => ids(await query(url, selectIds)),
            breakStore: async () => {
              proxy.cut();
              return async () => proxy.heal();
            },
            close: () => proxy.close(),
          };
        },
      });
      expect(reports.map(({ accepted, deadLettered, generated }) => accepted + deadLettered === generated)).toEqual([
        true,
        true,
        true,
        true,
      ]);
    });
  });
});

describe("a database whose tables cannot be brought up to date", () => {
  test("keeps everything waiting, whatever the reason, and is taken up when it is mended", async () => {
    const directory = await temporaryDirectory();
    const migrationsDir = join(directory.path, "prisma");
    const migration = join(migrationsDir, "sqlite/20260101000000_broken/migration.sql");
    mkdirSync(dirname(migration), { recursive: true });
    writeFileSync(migration, "CREATE TABLE once (a integer UNIQUE);\nINSERT INTO once VALUES (1), (1);\n");
    const reasons: (string | undefined)[] = [];
    const sink = new DatabaseSink(openDatabase(`file:${join(directory.path, "test.db")}`, { migrationsDir }), {
      clock: systemClock,
      hooks: { onReadiness: (reason) => reasons.push(reason) },
    });
    await expect(sink.write(items.slice(0, 3))).rejects.toMatchObject({ permanent: false });
    await expect(sink.check()).rejects.toMatchObject({ permanent: false });
    expect(sink.reason).toContain("UNIQUE");
    const shipped = join(repositoryRoot, "libs/database/prisma/sqlite/migrations");
    writeFileSync(
      migration,
      readdirSync(shipped)
        .filter((name) => name.startsWith("2"))
        .map((name) => readFileSync(join(shipped, name, "migration.sql"), "utf8"))
        .join("\n"),
    );
    await sink.write(items.slice(0, 3));
    expect(sink.reason).toBeUndefined();
    expect(reasons).toEqual([expect.stringContaining("UNIQUE"), undefined]);
    await sink.stop();
    await directory.remove();
  });
});

/** A database of which some methods do otherwise. */
function otherwise(database: Database, methods: Partial<Database>): Database {
  const changed = Object.create(database) as Database;
  for (const name of ["store", "ping", "migrate", "createPartitions", "checkOwnTable", "classify", "close"] as const) {
    Object.defineProperty(changed, name, { value: methods[name] ?? database[name].bind(database) });
  }
  return changed;
}

test("a database that stored something a moment ago is not asked whether it answers, and one that did not is", async () => {
  const directory = await temporaryDirectory();
  const clock = manualClock();
  const database = openDatabase(`file:${join(directory.path, "test.db")}`);
  const sink = new DatabaseSink(otherwise(database, { ping: () => Promise.reject(new Error("too many connections")) }), { clock });
  await sink.write(items.slice(0, 3));
  await sink.check();
  expect(sink.reason).toBeUndefined();
  await clock.advance(5000);
  await expect(sink.check()).rejects.toMatchObject({ permanent: false });
  expect(sink.reason).toContain("too many connections");
  await sink.stop();
  await directory.remove();
});

test("a database that answers but does not store is not ready until it stores, or nobody writes any more", async () => {
  const directory = await temporaryDirectory();
  const clock = manualClock();
  const database = openDatabase(`file:${join(directory.path, "test.db")}`);
  let isFull = true;
  const store: Database["store"] = (batch) => (isFull ? Promise.reject(new Error("the disk is full")) : database.store(batch));
  const sink = new DatabaseSink(otherwise(database, { store }), { clock });
  const write = () => sink.write(items.slice(0, 3));
  await expect(write()).rejects.toMatchObject({ permanent: false });
  await clock.advance(6000);
  await sink.check();
  expect(sink.reason).toContain("the disk is full");
  isFull = false;
  await write();
  expect(sink.reason).toBeUndefined();
  isFull = true;
  await expect(write()).rejects.toMatchObject({ permanent: false });
  await clock.advance(30_000);
  await sink.check();
  expect(sink.reason).toBeUndefined();
  await sink.stop();
  await directory.remove();
});
