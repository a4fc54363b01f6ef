import { queryPostgres, startFlakyProxy, startPostgres, waitFor, type PostgresServer } from "@gatelog/testkit";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase, type Database, type DatabaseEvent } from "../database.ts";
import { openReader } from "../reader/open-reader.ts";
import { makeCall, makeCalls } from "../calls.test-helper.ts";

const dayMs = 86_400_000;
const onDay = (day: string) => Date.parse(`${day}T12:00:00Z`);

describe("PostgreSQL", () => {
  let server: PostgresServer;
  let database: Database;
  let url: string;
  const events: DatabaseEvent[] = [];
  let count = 0;

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
    database = openDatabase(url, { statementTimeoutMs: 3000, onEvent: (event) => events.push(event) });
    await database.migrate();
  });

  const rowsIn = async (table: string) => Number((await queryPostgres(url, `SELECT count(*) AS n FROM ${table}`))[0]?.["n"]);

  test("days around now get partitions of their own, once; other days go to the default partition", async () => {
    const created = await database.createPartitions(onDay("2026-11-23"));
    expect(created).toHaveLength(30);
    expect(created).toContain("interface_log_20261121");
    expect(created).toContain("interface_body_20261130");
    expect(await database.createPartitions(onDay("2026-11-23"))).toEqual([]);
    expect(await database.createPartitions(onDay("2026-11-24"))).toEqual([
      "interface_log_20261201",
      "interface_body_20261201",
      "call_roll_up_20261201",
    ]);
    await database.store({ calls: [makeCall(1), makeCall(2, { requestTime: "2020-01-01T00:00:00.000Z" })], marks: [] });
    expect(await rowsIn("interface_log_20261123")).toBe(1);
    expect(await rowsIn("interface_body_20261123")).toBe(1);
    expect(await rowsIn("interface_log_default")).toBe(1);
    expect(await rowsIn("interface_call")).toBe(2);
  });

  test("a day whose rows are in the default partition stays there, and no error comes of it", async () => {
    const call = makeCall(1);
    await database.store({ calls: [call], marks: [] });
    const created = await database.createPartitions(onDay("2026-11-23"));
    expect(created).not.toContain("interface_log_20261123");
    expect(created).toContain("interface_log_20261124");
    expect(events).toEqual([]);
    expect(await database.store({ calls: [call, makeCall(2)], marks: [] })).toMatchObject({ inserted: 1 });
    expect(await rowsIn("interface_log_default")).toBe(2);
  });

  test("a partition that cannot be created is told, and its rows are stored all the same", async () => {
    await queryPostgres(url, "CREATE TABLE interface_log_20261124 (a integer)");
    const created = await database.createPartitions(onDay("2026-11-23"));
    expect(created).not.toContain("interface_log_20261124");
    expect(events).toMatchObject([
      { code: "GATELOG_DATABASE_PARTITION", level: "warn", message: expect.stringContaining("interface_log_20261124") },
    ]);
    await database.store({ calls: [makeCall(dayMs / 1000)], marks: [] });
    expect(await rowsIn("interface_log_default")).toBe(1);
  });

  test("a server that is killed in the middle of a transaction loses nothing that was stored and keeps nothing half", async () => {
    const calls = makeCalls(1, 2000);
    await database.store({ calls: calls.slice(0, 100), marks: [] });
    // A lock on the second table holds the transaction after its first insert.
    const locked = holdLock(url, "LOCK TABLE interface_body IN ACCESS EXCLUSIVE MODE");
    await locked.taken;
    const storing = database.store({ calls, marks: [] }).catch((error: unknown) => error);
    await waitFor(
      async () => (await queryPostgres(server.url, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).length > 0,
    );
    await server.kill();
    expect(await storing).toMatchObject({ code: "GATELOG_DATABASE_UNAVAILABLE", permanent: false });
    await locked.ended;
    await expect(database.ping()).rejects.toThrow();
    await server.restart();
    expect(await rowsIn("interface_log")).toBe(100);
    expect(await database.store({ calls, marks: [] })).toMatchObject({ inserted: 1900 });
  });

  test("a server that goes silent is given up after the statement's time, and used again when it is back", async () => {
    const proxy = await startFlakyProxy(server.port);
    const behindProxy = openDatabase(url.replace(`:${server.port}`, `:${proxy.port}`), { statementTimeoutMs: 1000 });
    await behindProxy.store({ calls: makeCalls(1, 1), marks: [] });
    proxy.stall();
    await expect(behindProxy.store({ calls: makeCalls(2, 2), marks: [] })).rejects.toMatchObject({ permanent: false });
    proxy.heal();
    expect(await behindProxy.store({ calls: makeCalls(3, 3), marks: [] })).toMatchObject({ inserted: 1 });
    await behindProxy.close();
    await proxy.close();
  });

  test("times are read in UTC, whatever the settings of the database and the URL", async () => {
    const name = new URL(url).pathname.slice(1);
    await queryPostgres(server.url, `ALTER DATABASE ${name} SET timezone = 'Asia/Shanghai'`);
    const call = makeCall(1);
    const local = openDatabase(url);
    await local.store({ calls: [call], marks: [] });
    await local.close();
    const reader = openReader(`${url}?options=-c%20timezone%3DAsia/Kathmandu`);
    expect(await reader.get(call.event_day, call.id)).toMatchObject({ requestTime: "2026-11-23T08:00:01.000Z", day: "2026-11-23" });
    expect((await reader.list({ from: "2026-11-23T08:00:01Z", to: "2026-11-23T08:00:02Z" })).records).toHaveLength(1);
    await reader.close();
  });

  test("writers that store the same calls at the same time never deadlock, and store each once", async () => {
    const other = openDatabase(url);
    const calls = makeCalls(1, 2000);
    const shuffled = calls.toReversed();
    const stored = await Promise.all(
      [database, other, database, other].map((target, index) => target.store({ calls: index % 2 ? shuffled : calls, marks: [] })),
    );
    expect(stored.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(2000);
    await other.close();
  });
});

/** A session that holds a lock until the server goes. */
function holdLock(url: string, lock: string): { taken: Promise<void>; ended: Promise<void> } {
  let take = () => {};
  const taken = new Promise<void>((resolve) => (take = resolve));
  const ended = (async () => {
    const client = new Client({ connectionString: url });
    const gone = new Promise<void>((resolve) => client.on("error", () => resolve()));
    await client.connect();
    await client.query("BEGIN");
    await client.query(lock);
    take();
    await gone;
  })();
  return { taken, ended };
}
