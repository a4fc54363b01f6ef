import { queryPostgres, startPostgres, type PostgresServer } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCall, rowOfLine } from "../calls.test-helper.ts";
import { openDatabase, type Database, type DatabaseEvent } from "../database.ts";
import { openReader, type CallReader, type RecordPage } from "../reader/open-reader.ts";
import { random } from "./random.test-helper.ts";

const nowMs = Date.parse("2026-11-23T12:00:00Z");
const retention = { metadataDays: 100, bodyDays: 100, rollUpDays: 100 };
const words = ["order", "ORDER-4711", "订单号", "订单", "单号", "a%b", "c_d", "E001", "ok", String.raw`back\slash`, "naïve", "ß", "x"];

describe("the text search of PostgreSQL", () => {
  let server: PostgresServer;
  let database: Database;
  let reader: CallReader;
  const events: DatabaseEvent[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    database = openDatabase(server.url, { onEvent: (event) => events.push(event) });
    reader = openReader(server.url);
    await database.migrate();
    await database.createPartitions(nowMs);
    const pick = random(7);
    const text = () => Array.from({ length: pick(4) }, () => words[pick(words.length)]).join(pick(2) === 0 ? " " : "");
    const calls = Array.from({ length: 300 }, (_, seq) =>
      makeCall(seq, { url: `http://h/${encodeURI(text())}`, requestContent: text(), responseContent: text() }),
    );
    await database.store({ calls: [...calls, rowOfLine("no record of order 4711")], marks: [] });
  });
  afterAll(async () => {
    await reader.close();
    await database.close();
    await server.stop();
  });

  const answers = async (): Promise<Map<string, RecordPage>> => {
    const found = new Map<string, RecordPage>();
    for (const q of [...words, "4711", "rder", "order E001", "号", "nothing like it"]) {
      for (const narrowed of [{}, { from: "2026-11-23T08:01:00Z", to: "2026-11-23T08:03:00Z" }, { limit: 3 }]) {
        found.set(JSON.stringify([q, narrowed]), await reader.list({ q, ...narrowed }));
      }
    }
    return found;
  };
  const indexes = async () =>
    (
      await queryPostgres(
        server.url,
        "SELECT relname, indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE relkind = 'I' AND relname LIKE '%\\_text'",
      )
    ).map((row) => row["indisvalid"]);

  test("finds the same with the index as without, builds it beside the writers, and takes it down again", { timeout: 60_000 }, async () => {
    const before = await answers();
    expect(before.get(JSON.stringify(["订单", {}]))?.total).toBeGreaterThan(10);
    await database.upkeep(nowMs, retention, { textSearch: true });
    expect(events).toEqual([]);
    expect(await indexes()).toEqual([true, true, true, true]);
    expect(await answers()).toEqual(before);
    await database.store({ calls: [makeCall(500, { responseContent: "brand-new-word" })], marks: [] });
    expect((await reader.list({ q: "brand-new" })).total).toBe(1);
    await database.upkeep(nowMs, retention, { textSearch: false });
    expect(await indexes()).toEqual([]);
    expect((await reader.list({ q: "brand-new" })).total).toBe(1);
  });

  test("an account that may not create the extension is told so, and calls are stored all the same", async () => {
    await queryPostgres(server.url, "DROP EXTENSION IF EXISTS pg_trgm CASCADE");
    await queryPostgres(server.url, "CREATE ROLE plain LOGIN PASSWORD 'plain'");
    const location = new URL(server.url);
    location.username = "plain";
    location.password = "plain";
    const told: DatabaseEvent[] = [];
    const plain = openDatabase(location.href, { onEvent: (event) => told.push(event) });
    await queryPostgres(server.url, "GRANT ALL ON ALL TABLES IN SCHEMA public TO plain");
    await plain.upkeep(Date.parse("2026-11-23T12:00:00Z"), retention, { textSearch: true });
    expect(told.filter(({ code }) => code === "GATELOG_DATABASE_TEXT_INDEX")).toMatchObject([
      { level: "warn", message: expect.stringContaining("CREATE EXTENSION pg_trgm") },
    ]);
    expect(await plain.store({ calls: [makeCall(600)], marks: [] })).toMatchObject({ inserted: 1 });
    await plain.close();
  });
});
