import { queryPostgres, startFlakyProxy, startPostgres, waitFor, type PostgresServer } from "@gatelog/testkit";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeCall } from "../calls.test-helper.ts";
import { openDatabase, type Database, type DatabaseEvent } from "../database.ts";

const dayMs = 86_400_000;
const nowMs = Date.parse("2026-11-23T12:00:00Z");
const retention = { metadataDays: 10, bodyDays: 5, rollUpDays: 20 };

describe("upkeep of PostgreSQL's partitions", () => {
  let server: PostgresServer;
  let database: Database;
  let url: string;
  let count = 0;
  const events: DatabaseEvent[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
  });
  beforeEach(async () => {
    await database?.close();
    events.length = 0;
    const name = `test_${++count}`;
    await queryPostgres(server.url, `CREATE DATABASE ${name}`);
    url = server.url.replace(/gatelog$/, name);
    database = openDatabase(url, { onEvent: (event) => events.push(event) });
    await database.migrate();
  });

  const tables = async (like: string) =>
    (await queryPostgres(url, `SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE '${like}' ORDER BY 1`)).map(
      (row) => row["relname"],
    );

  /** A session with an open transaction. */
  const session = async (...statements: string[]) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    for (const statement of ["BEGIN", ...statements]) await client.query(statement);
    return client;
  };

  test("whole days are dropped, each table after its own time, and those ahead are created", async () => {
    await database.upkeep(nowMs - 15 * dayMs, retention);
    await database.store({ calls: [makeCall(1, { requestTime: "2026-11-08T12:00:00.000Z" })], marks: [] });
    const { created, dropped, deleted } = await database.upkeep(nowMs, retention);
    expect(dropped).toContain("interface_log_20261112");
    expect(dropped).not.toContain("interface_log_20261113");
    expect(dropped).toContain("interface_body_20261115");
    expect(dropped.filter((name) => name.startsWith("call_roll_up"))).toEqual([]);
    expect(created).toContain("call_roll_up_20261130");
    expect(deleted).toEqual([]);
    expect(await tables("interface_log_202611%")).toHaveLength(13);
  });

  test("calls are stored while a partition waits for whoever reads it, and it is dropped later", { timeout: 30_000 }, async () => {
    await database.upkeep(nowMs - 20 * dayMs, retention);
    const reader = await session("SELECT count(*) FROM interface_log");
    const done = database.upkeep(nowMs, { ...retention, bodyDays: 60, metadataDays: 60 - 45, rollUpDays: 60 });
    await waitFor(async () => (await queryPostgres(url, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).length > 0);
    expect(await database.store({ calls: [makeCall(1)], marks: [] })).toMatchObject({ inserted: 1 });
    await reader.query("COMMIT");
    await reader.end();
    expect((await done).dropped).toContain("interface_log_20261107");
    expect(events).toEqual([]);
  });

  test("a partition that was detached and not dropped is dropped the next time; a table of the same name that is none stays", async () => {
    await database.upkeep(nowMs, retention);
    await queryPostgres(url, "CREATE TABLE interface_log_20200101 (a integer)");
    await queryPostgres(url, "ALTER TABLE interface_log DETACH PARTITION interface_log_20261121");
    await queryPostgres(url, "COMMENT ON TABLE interface_log_20261121 IS 'gatelog: detached by retention, to be dropped'");
    expect((await database.upkeep(nowMs + dayMs, retention)).dropped).toEqual(["interface_log_20261121"]);
    expect(await tables("interface_log_2020%")).toEqual(["interface_log_20200101"]);
  });

  test("one process does it at a time", async () => {
    const other = await session("SELECT pg_advisory_lock(72707370)");
    expect(await database.upkeep(nowMs, retention)).toEqual({ created: [], dropped: [], deleted: [], elsewhere: true });
    await other.end();
  });

  test("a server that went silent is given up, and so is the lock", { timeout: 30_000 }, async () => {
    const proxy = await startFlakyProxy(Number(new URL(url).port));
    const behind = openDatabase(url.replace(/:\d+\//, `:${proxy.port}/`), { statementTimeoutMs: 1000, onEvent: () => {} });
    const lock = await session("LOCK TABLE upkeep_state");
    try {
      const done = behind.upkeep(nowMs, { ...retention, projects: { demo: { bodyDays: 1 } } });
      const failed = expect(done).rejects.toThrow("the server said nothing for 6000 ms");
      await waitFor(async () => (await queryPostgres(url, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).length > 0);
      proxy.stall();
      await failed;
    } finally {
      await proxy.close();
      await lock.end();
      await behind.close();
    }
    await waitFor(async () => !(await database.upkeep(nowMs, retention)).elsewhere);
  });

  test("an index that a migration began is completed in each partition, also one whose build was interrupted", async () => {
    await database.createPartitions(nowMs);
    await database.store({ calls: [makeCall(1, { project: "demo" })], marks: [] });
    await queryPostgres(url, "CREATE INDEX interface_log_default_project ON interface_log_default (gateway)");
    const { created } = await database.upkeep(nowMs, retention);
    expect(created).toContain("interface_log_default_project");
    const [index] = await queryPostgres(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'interface_log_project'::regclass");
    expect(index).toEqual({ indisvalid: true });
    expect(events).toEqual([]);
  });

  test("partitions of days that old files are read for are created when asked", async () => {
    const { created } = await database.upkeep(nowMs, { ...retention, metadataDays: 400 }, { partitionsFrom: "2026-10-01" });
    expect(created).toContain("interface_log_20261001");
    await database.store({ calls: [makeCall(1, { requestTime: "2026-10-01T00:00:00.000Z" })], marks: [] });
    expect(await queryPostgres(url, "SELECT count(*)::int AS n FROM interface_log_20261001")).toEqual([{ n: 1 }]);
  });
});
