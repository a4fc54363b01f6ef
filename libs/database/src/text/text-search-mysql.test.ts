import { queryMariadb, startMariadb, type MariadbServer } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeCall, makeCalls, rowOfLine } from "../calls.test-helper.ts";
import { openDatabase, type Database, type DatabaseEvent } from "../database.ts";
import { eraseCalls } from "../erase/erase-calls.ts";
import { MysqlSession } from "../mysql/mysql-session.ts";
import { storeMysql } from "../mysql/store-mysql.ts";
import { openReader, type CallReader } from "../reader/open-reader.ts";
import { parseDatabaseUrl } from "../url.ts";
import { gramsOf } from "./grams.ts";
import { random } from "./random.test-helper.ts";
import { answersTo, callsOfPieces, callsOfTwoCharacters, searchesFor } from "./text-samples.test-helper.ts";

const dayMs = 86_400_000;
const nowMs = Date.parse("2026-11-23T12:00:00Z");
const retention = { metadataDays: 100, bodyDays: 100, rollUpDays: 100 };
const tables = ["interface_log", "interface_body"] as const;
const pieces = [
  ...Array.from("订单号支付失败，。abcABC019 éÉßİıſKñ한국かカΣςσ😀👩‍💻\n\t"),
  ...Array.from(String.raw`%_'"\*()^-:+~<>@`),
  "order",
  "ORDER",
  "订单",
  "from this that",
  "İst",
];

describe("the text search of MariaDB", () => {
  let server: MariadbServer;
  let database: Database;
  let reader: CallReader;
  let url: string;
  let count = 0;
  const events: DatabaseEvent[] = [];

  beforeAll(async () => {
    // What is committed outlives the process, not the machine; tests change many tables.
    const unsynced = { "innodb-flush-log-at-trx-commit": "2", "innodb-flush-method": "nosync" };
    server = await startMariadb({ settings: { "max-allowed-packet": "2097152", ...unsynced } });
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    events.length = 0;
    const name = `test_${++count}`;
    await queryMariadb(server.url, `CREATE DATABASE ${name}`);
    url = server.url.replace(/gatelog$/, name);
    database = openDatabase(url, { onEvent: (event) => events.push(event) });
    reader = openReader(url);
    await database.migrate();
  });
  afterEach(async () => {
    await reader.close();
    await database.close();
  });

  const query = (sql: string) => queryMariadb(url, sql);
  const turn = (textSearch: boolean, options: { rowsPerStep?: number; signal?: AbortSignal } = {}) =>
    database.upkeep(nowMs, retention, { textSearch, ...options });
  const totalOf = async (q: string) => (await reader.list({ q })).total;
  const textTables = async (table: string) =>
    (await query(`SHOW TABLES LIKE '${table.replace("_", "\\_")}\\_text\\_%'`)).map((row) => String(Object.values(row)[0]));
  /** Keys of rows that have words, of rows that have none and should, and of words without a row. */
  const differences = async () => {
    const found: unknown[] = [];
    for (const table of tables) {
      const names = await textTables(table);
      const words = names.map((name) => `SELECT event_day, id FROM ${name}`).join(" UNION ALL ");
      const having =
        table === "interface_log"
          ? "url IS NOT NULL"
          : "concat(ifnull(request_content, ''), ifnull(response_content, ''), ifnull(raw_line, '')) <> ''";
      found.push(...(await query(`SELECT id FROM ${table} WHERE ${having} AND (event_day, id) NOT IN (${words})`)));
      found.push(...(await query(`SELECT id FROM (${words}) w WHERE (event_day, id) NOT IN (SELECT event_day, id FROM ${table})`)));
    }
    return found;
  };
  const states = async () =>
    (await query("SELECT state FROM upkeep_state WHERE name LIKE 'text of%' ORDER BY name")).map((row) =>
      String(row["state"]).split(" ").slice(2).join(" "),
    );
  const openSession = () => {
    const location = parseDatabaseUrl(url);
    if (location.dialect !== "mysql") throw new Error("not a URL of MySQL");
    return MysqlSession.open(location.target, { statementTimeoutMs: 60_000 });
  };

  test("finds two Chinese characters through the index", async () => {
    await turn(true);
    await database.store({ calls: [...callsOfTwoCharacters(), rowOfLine("没有记录的订单")], marks: [] });
    expect([await totalOf("订单"), await totalOf("订"), await totalOf("支付"), await totalOf("单支")]).toEqual([2, 4, 1, 0]);
    // Without its rows the index finds nothing: it is what answers.
    for (const name of await textTables("interface_body")) await query(`DELETE FROM ${name}`);
    expect([await totalOf("订单"), await totalOf("支付")]).toEqual([0, 0]);
    await turn(false);
    expect([await totalOf("订单"), await totalOf("支付")]).toEqual([2, 1]);
    expect(events).toEqual([]);
  });

  test("finds the same with the index as without", async () => {
    const pick = random(11);
    const { calls, cut } = callsOfPieces(pieces, pick);
    await database.store({ calls: [...calls, rowOfLine("no record of 订单 4711 %_")], marks: [] });
    const some = () => {
      const part = cut();
      return pick(3) === 0 ? part.toUpperCase() : part;
    };
    const parts = Array.from({ length: 50 }, some);
    const searches = searchesFor([...parts, ...pieces, "rder", "订单 4711", "nothing like it", "x".repeat(999)]);
    const answers = () => answersTo(reader, searches);
    const before = await answers();
    await turn(true);
    expect([await states(), await differences()]).toEqual([["complete", "complete"], []]);
    expect(await answers()).toEqual(before);
    expect([...before.values()].filter(({ total, totalIsExact }) => total > 0 && totalIsExact).length).toBeGreaterThan(60);
  });

  test("letters that are one to the server share their words", async () => {
    const letters = Array.from({ length: 0x1_00_00 }, (_, code) => code).filter((code) => code >= 32 && (code < 0xd800 || code > 0xdfff));
    letters.push(
      ...Array.from({ length: 0x1000 }, (_, index) => 0x1_00_00 + index),
      ...Array.from({ length: 0x200 }, (_, index) => 0x1_e8_00 + index),
    );
    const all = letters.map((code) => String.fromCodePoint(code)).join("");
    const session = await openSession();
    const [row] = await session.query("SELECT LOWER(CONVERT(? USING utf8mb4) COLLATE utf8mb4_bin) AS low", [all]);
    await session.end();
    const low = Array.from(String(row?.["low"]));
    expect(low).toHaveLength(letters.length);
    const different = letters.filter((code, at) => {
      const [one, other] = [String.fromCodePoint(code), low[at] ?? ""].map((letter) => gramsOf([`号${letter}ab`]).join(" "));
      return one !== other;
    });
    expect(different).toEqual([]);
  });

  test("the index keeps to the rows that are stored twice, made anew, erased and too old", async () => {
    await turn(true);
    const calls = [
      ...makeCalls(1, 20, (seq) => ({ requestContent: `first ${seq}`, user: seq === 7 ? "alice" : "bob" })),
      makeCall(21, { requestTime: new Date(nowMs - 60 * dayMs).toISOString(), requestContent: "first of long ago" }),
      makeCall(22, { requestTime: new Date(nowMs - 200 * dayMs).toISOString(), requestContent: "first of longer ago" }),
      makeCall(23, { requestTime: new Date(nowMs + 200 * dayMs).toISOString(), requestContent: "first of later" }),
    ];
    expect(await database.store({ calls, marks: [] })).toMatchObject({ inserted: 23 });
    expect(await database.store({ calls: [...calls, makeCall(24, { requestContent: "first too" })], marks: [] })).toMatchObject({
      inserted: 1,
    });
    expect([await differences(), await totalOf("first")]).toEqual([[], 24]);

    const anew = calls.slice(0, 3).map((call) => Object.assign({}, call, { request_content: "second", url: "http://other/" }));
    await query(`DELETE FROM interface_body WHERE id = '${anew[2]?.id}'`);
    expect(await database.update(anew, { version: "2", isDue: () => true })).toMatchObject({ updated: 3 });
    expect([await differences(), await totalOf("first"), await totalOf("second"), await totalOf("//other/")]).toEqual([[], 21, 2, 3]);

    await database.withSession((session) => eraseCalls(session, { kind: "subject", value: "alice" }, { nowMs }));
    expect([await differences(), await totalOf("first 7"), await totalOf("first")]).toEqual([[], 0, 20]);

    await database.upkeep(nowMs, { ...retention, bodyDays: 30 }, { textSearch: true });
    expect([await differences(), await totalOf("first")]).toEqual([[], 18]);
  });

  test("a week that nobody keeps is dropped with its words, and what is old beside the weeks is deleted", async () => {
    const old = new Date(nowMs - 29 * dayMs).toISOString();
    await database.store({ calls: [makeCall(1, { requestTime: old, requestContent: "old" }), rowOfLine("no record")], marks: [] });
    const { created } = await turn(true);
    expect(created).toContain("interface_body_text_20261019");
    expect(created).toContain("interface_body_text_20261130");
    await database.store({
      calls: [makeCall(2, { requestTime: new Date(nowMs - 40 * dayMs).toISOString(), requestContent: "older" })],
      marks: [],
    });
    expect(await query("SELECT id FROM interface_body_text_rest")).toHaveLength(2);
    const { dropped } = await database.upkeep(nowMs + 5 * dayMs, { ...retention, bodyDays: 21 }, { textSearch: true });
    expect(dropped).toEqual(["interface_body_text_20261019", "interface_body_text_20261026"]);
    expect(await query("SELECT id FROM interface_body_text_rest")).toHaveLength(1);
    expect([await differences(), await totalOf("old"), await totalOf("no record")]).toEqual([[], 0, 1]);
    // One that comes late for what was dropped is stored all the same.
    expect(await database.store({ calls: [makeCall(3, { requestTime: old, requestContent: "late" })], marks: [] })).toMatchObject({
      inserted: 1,
    });
    expect([await differences(), await totalOf("late")]).toEqual([[], 1]);
  });

  test("rows of before are filled in, newest first, by the next upkeep too, and until then searches look at the rows", async () => {
    await database.store({ calls: makeCalls(1, 50, () => ({ responseContent: "订单" })), marks: [] });
    await turn(true, { signal: AbortSignal.abort() });
    expect([await states(), (await differences()).length]).toEqual([["9999-12-31 ~", "9999-12-31 ~"], 100]);
    expect(await totalOf("订单")).toBe(50);

    const stop = new AbortController();
    const ended = turn(true, { rowsPerStep: 10, signal: stop.signal });
    await expect.poll(differences, { interval: 1, timeout: 20_000 }).not.toHaveLength(100);
    stop.abort();
    await ended;
    await database.store({ calls: makeCalls(51, 60, () => ({ responseContent: "订单" })), marks: [] });
    const [first] = await database.storedCalls({ day: "2026-11-23", after: undefined, rowsMax: 1 });
    if (first === undefined) throw new Error("nothing is stored");
    await database.update([{ ...first.row, response_content: "支付" }], { version: "2", isDue: () => true });
    expect([await totalOf("订单"), await totalOf("支付")]).toEqual([59, 1]);

    expect(await turn(true, { rowsPerStep: 10 })).toMatchObject({ created: [] });
    expect([await states(), await differences()]).toEqual([["complete", "complete"], []]);
    expect([await totalOf("订单"), await totalOf("支付")]).toEqual([59, 1]);
  });

  test("a writer that was under way when it was turned on is waited for, and its rows are filled in", async () => {
    await turn(false);
    const writer = await openSession();
    await storeMysql(writer, { calls: [makeCall(1, { requestContent: "under way" })], marks: [] }, false);
    await turn(true);
    expect(events).toMatchObject([{ code: "GATELOG_DATABASE_TEXT_INDEX", level: "warn" }]);
    expect([await states(), await totalOf("under way")]).toEqual([["new", "new"], 0]);
    await writer.commit();
    await writer.end();
    expect(await totalOf("under way")).toBe(1);
    await turn(true);
    expect([await states(), await differences(), await totalOf("under way")]).toEqual([["complete", "complete"], [], 1]);
  });

  test("searches are answered, and calls stored, while it is turned on and off", async () => {
    await database.store({ calls: makeCalls(1, 20, () => ({ responseContent: "订单" })), marks: [] });
    const totals = new Set<number>();
    let stored = 20;
    for (let turns = 0; turns < 6; turns++) {
      const turned = turn(turns % 2 === 0, { rowsPerStep: 5 });
      const found = await Promise.all(Array.from({ length: 4 }, () => totalOf("订单")));
      for (const total of found) totals.add(total);
      const calls = makeCalls(stored + 1, stored + 3, () => ({ responseContent: "支付" }));
      // Whoever stores tries again, as db-sink does, when the tables went away in between.
      await expect.poll(() => database.store({ calls, marks: [] }).then(({ inserted }) => inserted, String), { timeout: 20_000 }).toBe(3);
      stored += 3;
      await turned;
    }
    await turn(true);
    expect([[...totals], await differences(), await totalOf("支付")]).toEqual([[20], [], 18]);
    expect(reader.status()).toEqual({ ready: true });
    expect(events).toEqual([]);
  });

  test("large bodies are indexed to their end, and one with more words than a packet takes is found all the same", async () => {
    await turn(true);
    const pick = random(5);
    const many = Array.from({ length: 200_000 }, () => String.fromCodePoint(0x4e00 + pick(20_000))).join("");
    const calls = makeCalls(1, 450, (seq) => ({ requestContent: `${"x".repeat(seq % 100 === 0 ? 70_000 : 10)} 末尾 ${seq}` }));
    await database.store({ calls: [...calls, makeCall(451, { requestContent: `${many} the end` })], marks: [] });
    expect([await differences(), await totalOf("末尾"), await totalOf("末尾 450"), await totalOf("the end")]).toEqual([[], 450, 1, 1]);
    expect(await totalOf(many.slice(1000, 1004))).toBe(1);
  });

  test("a batch that is rolled back leaves no words, and writers of the same calls write them once", async () => {
    await turn(true);
    await query("ALTER TABLE call_roll_up ADD CONSTRAINT refuse CHECK (calls < 500)");
    await expect(
      database.store({ calls: makeCalls(1, 600, () => ({ requestTime: "2026-11-23T08:00:00Z" })), marks: [] }),
    ).rejects.toMatchObject({ permanent: true });
    expect([await differences(), await totalOf("orders/1")]).toEqual([[], 0]);
    await query("ALTER TABLE call_roll_up DROP CONSTRAINT refuse");

    const other = openDatabase(url);
    const calls = makeCalls(1, 600, () => ({ requestContent: "shared words" }));
    const stored = await Promise.all(
      [database, other, database, other].map((target, at) => target.store({ calls: at % 2 ? calls.toReversed() : calls, marks: [] })),
    );
    await other.close();
    expect(stored.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(600);
    expect([await differences(), await totalOf("shared words")]).toEqual([[], 600]);
  });

  test("what was stored is found after the server was killed", async () => {
    await turn(true);
    await database.store({ calls: makeCalls(1, 300, (seq) => ({ requestContent: `订单 ${seq}` })), marks: [] });
    await server.kill();
    await server.restart();
    await expect.poll(() => totalOf("订单 299").catch(String), { timeout: 20_000 }).toBe(1);
    await database.store({ calls: makeCalls(301, 400, (seq) => ({ requestContent: `订单 ${seq}` })), marks: [] });
    expect([await differences(), await totalOf("订单"), await totalOf("订单 399")]).toEqual([[], 400, 1]);
  });

  test("turned off, nothing remains of it", async () => {
    expect((await turn(true)).created).toContain("interface_log_text_20261123");
    await database.store({ calls: makeCalls(1, 5), marks: [] });
    await database.update(makeCalls(1, 5), { version: "2", isDue: () => true });
    await turn(false);
    expect([await textTables("interface_log"), await textTables("interface_body"), await states()]).toEqual([[], [], []]);
    expect(await totalOf("/orders/3")).toBe(1);
    expect(await database.store({ calls: makeCalls(6, 9), marks: [] })).toMatchObject({ inserted: 4 });
  });
});
