import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeCall, makeCalls, rowOfLine } from "../calls.test-helper.ts";
import { sqliteDatabases, type TestDatabase, type TestDatabases } from "../databases.test-helper.ts";
import { eraseCalls } from "../erase/erase-calls.ts";
import { openReader, type CallReader } from "../reader/open-reader.ts";
import { random } from "./random.test-helper.ts";
import { answersTo, callsOfPieces, callsOfTwoCharacters, searchesFor } from "./text-samples.test-helper.ts";
import { sqliteTextIndexes } from "./text-index-sqlite.ts";

const dayMs = 86_400_000;
const nowMs = Date.parse("2026-11-23T12:00:00Z");
const retention = { metadataDays: 100, bodyDays: 100, rollUpDays: 100 };
const pieces = [
  ...Array.from("订单号支付失败，。abcABC019 éÉßİıſKñ한국かカ😀👩‍💻\n\t"),
  ...Array.from(String.raw`%_'"\*()^-:`),
  "order",
  "ORDER",
  "订单",
  "null AND",
];

describe("the text search of SQLite", () => {
  let databases: TestDatabases;
  let target: TestDatabase;
  let reader: CallReader;

  beforeAll(async () => {
    databases = await sqliteDatabases();
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    target = await databases.create();
    reader = openReader(target.url);
    await target.database.migrate();
  });
  afterEach(async () => {
    await reader.close();
    await target.close();
  });

  const turn = (textSearch: boolean, options: { rowsPerStep?: number; signal?: AbortSignal } = {}) =>
    target.database.upkeep(nowMs, retention, { textSearch, ...options });
  const rowsIn = async (table: string) => Number((await target.query(`SELECT count(*) AS n FROM ${table}`))[0]?.["n"]);
  const totalOf = async (q: string) => (await reader.list({ q })).total;
  /** Rows that an index lacks, or has without there being any. */
  const differences = async () => {
    const found = await Promise.all(
      sqliteTextIndexes.map(({ table, index }) =>
        target.query(`SELECT rowid AS row FROM (SELECT rowid FROM ${table} EXCEPT SELECT rowid FROM ${index})
          UNION ALL SELECT rowid FROM (SELECT rowid FROM ${index} EXCEPT SELECT rowid FROM ${table})`),
      ),
    );
    return found.flat();
  };
  const states = async () =>
    (await target.query("SELECT state FROM upkeep_state WHERE name LIKE 'text of%' ORDER BY name")).map((row) => row["state"]);

  test("finds two Chinese characters, and one, through the index", async () => {
    await turn(true);
    await target.database.store({ calls: [...callsOfTwoCharacters(), rowOfLine("没有记录的订单")], marks: [] });
    expect([await totalOf("订单"), await totalOf("订"), await totalOf("支付"), await totalOf("单支")]).toEqual([2, 4, 1, 0]);
    // Without its rows the index finds nothing: it is what answers.
    await target.query("DELETE FROM interface_body_text");
    expect([await totalOf("订单"), await totalOf("支付")]).toEqual([0, 0]);
    await turn(false);
    expect([await totalOf("订单"), await totalOf("支付")]).toEqual([2, 1]);
  });

  test("finds the same with the index as without", async () => {
    const pick = random(11);
    const { calls, cut } = callsOfPieces(pieces, pick);
    await target.database.store({ calls: [...calls, rowOfLine("no record of 订单 4711 %_")], marks: [] });
    const parts = Array.from({ length: 100 }, cut);
    const searches = searchesFor([...parts, ...pieces, "rder", "订单 4711", "nothing like it", "x".repeat(999)]);
    const answers = () => answersTo(reader, searches);
    const before = await answers();
    await turn(true);
    expect(await answers()).toEqual(before);
    await target.query("VACUUM");
    expect(await differences()).toEqual([]);
    expect([...before.values()].filter(({ total, totalIsExact }) => total > 0 && totalIsExact).length).toBeGreaterThan(80);
  });

  test("the index keeps to the rows that are stored twice, made anew, erased and too old", async () => {
    await turn(true);
    const calls = [
      ...makeCalls(1, 20, (seq) => ({ requestContent: `first ${seq}`, user: seq === 7 ? "alice" : "bob" })),
      makeCall(21, { requestTime: new Date(nowMs - 60 * dayMs).toISOString(), requestContent: "first of long ago" }),
      makeCall(22, { requestTime: new Date(nowMs - 200 * dayMs).toISOString(), requestContent: "first of longer ago" }),
    ];
    expect(await target.database.store({ calls, marks: [] })).toMatchObject({ inserted: 22 });
    expect(await target.database.store({ calls, marks: [] })).toMatchObject({ inserted: 0 });
    expect([await differences(), await totalOf("first")]).toEqual([[], 22]);

    const anew = calls.slice(0, 3).map((call) => Object.assign({}, call, { request_content: "second", url: "http://other/" }));
    expect(await target.database.update(anew, { version: "2", isDue: () => true })).toMatchObject({ updated: 3 });
    expect([await differences(), await totalOf("first"), await totalOf("second"), await totalOf("//other/")]).toEqual([[], 19, 3, 3]);

    await target.database.withSession((session) => eraseCalls(session, { kind: "subject", value: "alice" }, { nowMs }));
    expect([await differences(), await totalOf("first 7"), await totalOf("first")]).toEqual([[], 0, 18]);

    const { deleted } = await target.database.upkeep(nowMs, { ...retention, bodyDays: 30 }, { textSearch: true });
    expect(deleted).toMatchObject([
      { table: "interface_log", rows: 1 },
      { table: "interface_body", rows: 2 },
      { table: "call_roll_up", rows: 1 },
    ]);
    expect([await differences(), await totalOf("first"), await rowsIn("interface_log_text")]).toEqual([[], 16, 20]);
  });

  test("rows of before are filled in, newest first, by the next upkeep too, and until then searches look at the rows", async () => {
    await target.database.store({ calls: makeCalls(1, 50, () => ({ responseContent: "订单" })), marks: [] });
    await turn(true, { signal: AbortSignal.abort() });
    expect([await rowsIn("interface_log_text"), await states()]).toEqual([0, ["51", "51"]]);
    expect(await totalOf("订单")).toBe(50);

    const stop = new AbortController();
    const ended = turn(true, { rowsPerStep: 10, signal: stop.signal });
    await expect.poll(states, { interval: 1, timeout: 20_000 }).not.toContain("51");
    stop.abort();
    await ended;
    await target.database.store({ calls: makeCalls(51, 60, () => ({ responseContent: "订单" })), marks: [] });
    await target.query("UPDATE interface_body SET response_content = '支付' WHERE rowid = 1");
    expect([await totalOf("订单"), await totalOf("支付")]).toEqual([59, 1]);

    expect(await turn(true, { rowsPerStep: 10 })).toMatchObject({ created: [] });
    expect([await states(), await differences()]).toEqual([["complete", "complete"], []]);
    expect([await totalOf("订单"), await totalOf("支付")]).toEqual([59, 1]);
  });

  test("searches are answered while it is turned on and off", async () => {
    await target.database.store({ calls: makeCalls(1, 20, () => ({ responseContent: "订单" })), marks: [] });
    const totals = new Set<number>();
    for (let count = 0; count < 10; count++) {
      const turned = turn(count % 2 === 0, { rowsPerStep: 5 });
      const found = await Promise.all(Array.from({ length: 4 }, () => totalOf("订单")));
      for (const total of found) totals.add(total);
      await turned;
    }
    expect([...totals]).toEqual([20]);
    expect(reader.status()).toEqual({ ready: true });
  });

  test("a batch of many rows and large bodies is indexed to its end", async () => {
    await turn(true);
    const calls = makeCalls(1, 450, (seq) => ({ requestContent: `${"x".repeat(seq % 100 === 0 ? 70_000 : 10)} 末尾 ${seq}` }));
    await target.database.store({ calls, marks: [] });
    expect([await differences(), await totalOf("末尾"), await totalOf("末尾 450")]).toEqual([[], 450, 1]);
  });

  test("turned off, nothing remains of it", async () => {
    expect((await turn(true)).created).toEqual(["interface_log_text", "interface_body_text"]);
    await target.database.store({ calls: makeCalls(1, 5), marks: [] });
    await target.database.update(makeCalls(1, 5), { version: "2", isDue: () => true });
    await target.database.ping();
    await turn(false);
    expect(await target.query("SELECT name FROM sqlite_master WHERE name LIKE '%\\_te%' ESCAPE '\\' AND name NOT LIKE '%sqlite%'")).toEqual(
      [],
    );
    expect([await states(), await totalOf("/orders/3")]).toEqual([[], 1]);
    expect(await target.database.store({ calls: makeCalls(6, 9), marks: [] })).toMatchObject({ inserted: 4 });
  });
});
