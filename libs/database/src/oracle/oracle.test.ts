import type { CallRow } from "@gatelog/log-record";
import { beforeEach, describe, expect, test } from "vitest";
import { makeCall, makeCalls } from "../calls.test-helper.ts";
import { callColumns, markColumns } from "../columns.ts";
import { openDatabase } from "../database.ts";
import { ownTableDdl } from "../own-table/own-ddl.ts";
import type { OwnTable } from "../own-table/own-table.ts";
import { openReader } from "../reader/open-reader.ts";
import { rollUpColumns } from "../roll-up.ts";
import { runSelftest } from "../selftest/run-selftest.ts";
import { parseDatabaseUrl } from "../url.ts";
import { classifyOracle } from "./classify-oracle.ts";
import { OracleDatabase } from "./oracle-database.ts";
import { oracleDdl } from "./oracle-ddl.ts";
import { loadOracleDriver } from "./oracle-driver.ts";
import { FakeOracle, oracleError } from "./oracle.test-helper.ts";

const url = "oracle://gatelog:p%40ss@db.example:1522/orclpdb";
let oracle: FakeOracle;

beforeEach(() => {
  oracle = new FakeOracle();
  oracle.create(oracleDdl());
});

function opened(ownTable?: OwnTable): OracleDatabase {
  const location = parseDatabaseUrl(url);
  if (location.dialect !== "oracle") throw new Error("an Oracle URL");
  return new OracleDatabase(location.target, { statementTimeoutMs: 7000, ...(ownTable === undefined ? {} : { ownTable }) }, () =>
    Promise.resolve(oracle),
  );
}

const count = (table: string) => (oracle.database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { readonly n: number }).n;
const sent = (start: string) => oracle.sent.filter(({ sql }) => sql.startsWith(start));

describe("an Oracle database", () => {
  test("is reached by its URL, through a bounded pool, with a time-out for each call", async () => {
    const database = opened();
    await database.ping();
    expect(oracle.poolOptions).toEqual({
      user: "gatelog",
      password: "p@ss",
      connectString: "db.example:1522/orclpdb",
      poolMin: 0,
      poolMax: 2,
      queueTimeout: 10_000,
      connectTimeout: 10,
      transportConnectTimeout: 10,
    });
    await database.close();
    for (const [wrong, message] of [
      ["oracle://db/orcl", "the Oracle URL lacks the user, the host or the service"],
      ["oracle://u:secret@db", "lacks the user, the host or the service"],
      ["oracle://u:secret@db/orcl?x=1", "an Oracle URL has no parameters"],
    ] as const) {
      expect(() => openDatabase(wrong)).toThrow(message);
      expect(() => openDatabase(wrong)).not.toThrow("secret");
    }
  });

  test("has the driver that it loads only when it is used", async () => {
    expect(Object.keys(await loadOracleDriver())).toEqual(
      expect.arrayContaining(["createPool", "STRING", "NUMBER", "CLOB", "OUT_FORMAT_OBJECT"]),
    );
  });

  test("inserts by array binding, ignores what is there, and rolls up what was inserted", async () => {
    const database = opened();
    const calls = makeCalls(1, 1200, () => ({ success: true, durationMs: 3, labels: { shop: "上海" } }));
    expect(await database.store({ calls, marks: [], source: "kerry/0" })).toMatchObject({ inserted: 1200 });
    expect(await database.store({ calls: [...calls, makeCall(1201)], marks: [], source: "kerry/0" })).toMatchObject({ inserted: 1 });
    expect([count("interface_log"), count("interface_body")]).toEqual([1201, 1201]);
    expect(oracle.database.prepare("SELECT sum(calls) AS n, max(env) AS env FROM call_roll_up").get()).toMatchObject({ n: 1201, env: " " });
    const inserts = sent("INSERT INTO interface_log");
    expect(inserts.map(({ rows }) => rows.length)).toEqual([1000, 200, 1000, 201]);
    expect(inserts[0]?.sql).toContain(`TO_DATE(:event_day, 'YYYY-MM-DD'), :id,`);
    expect(inserts[0]?.sql).toContain(`TO_TIMESTAMP(:request_time, 'YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"')`);
    expect(inserts[0]?.options).toMatchObject({
      batchErrors: true,
      autoCommit: false,
      bindDefs: { id: { type: "string", maxSize: 36 }, status: { type: "number" }, labels: { type: "string", maxSize: 17 } },
    });
    expect(sent("MERGE INTO call_roll_up t USING (SELECT TO_DATE(:event_day, 'YYYY-MM-DD') AS event_day,").length).toBeGreaterThan(0);
    expect(oracle.connections).toEqual({ open: 0, dropped: 0 });
  });

  test("takes the batch back for a row that is refused, and goes on over the same connection", async () => {
    const database = opened();
    const wrong = [{ ...makeCall(4), id: null } as unknown as CallRow, { ...makeCall(4), status: "x" } as unknown as CallRow];
    for (const call of wrong) {
      await expect(database.store({ calls: [...makeCalls(1, 3), call], marks: [] })).rejects.toMatchObject({
        code: "GATELOG_DATABASE_REFUSED",
        permanent: true,
      });
      expect(count("interface_log")).toBe(0);
    }
    expect(oracle.connections).toEqual({ open: 0, dropped: 0 });
  });

  test("gives a broken connection up, also one whose commit is open, and is transient", async () => {
    const database = opened();
    const calls = makeCalls(1, 3);
    oracle.failures.push(
      Object.assign(new Error("NJS-500: connection to the Oracle Database was broken (CONNECTION_ID=a+b==)\nmore"), { code: "NJS-500" }),
    );
    await expect(database.store({ calls, marks: [] })).rejects.toMatchObject({
      code: "GATELOG_DATABASE_UNAVAILABLE",
      permanent: false,
      message: "Oracle: NJS-500: connection to the Oracle Database was broken",
    });
    expect(oracle.connections).toEqual({ open: 0, dropped: 1 });
    expect((await database.store({ calls, marks: [] })).inserted).toBe(3);
  });

  test("says which tables are missing, and prints their SQL for an administrator", async () => {
    oracle = new FakeOracle();
    const database = opened();
    await expect(database.migrate()).rejects.toMatchObject({
      code: "GATELOG_DATABASE_NOT_READY",
      message: expect.stringContaining("interface_log, interface_body, ledger_mark, call_roll_up are missing") as unknown,
    });
    expect((await database.migrationStatus()).missing).toEqual(["tables_of_oracle"]);
    oracle.create(oracleDdl());
    expect(await database.migrate()).toEqual({ applied: [], present: 1 });
    expect(oracleDdl()).toMatch(/^CREATE TABLE interface_log \(\n {2}event_day DATE NOT NULL,\n {2}id VARCHAR2\(36\) NOT NULL,/m);
  });

  test("has no name that is too long for older versions, nor a column that could pass 4,000 bytes", () => {
    const columns = [...callColumns("interface_log"), ...callColumns("interface_body"), ...markColumns, ...rollUpColumns];
    for (const { column } of columns) expect(column.length).toBeLessThanOrEqual(30);
    for (const [, length] of oracleDdl().matchAll(/VARCHAR2\((\d+) CHAR\)/g)) expect(Number(length) * 4).toBeLessThanOrEqual(4000);
  });

  test("is only written: it cannot be read, nor made anew", async () => {
    const database = opened();
    expect(() => openReader(url)).toThrow("an Oracle database is only written");
    await expect(database.checkUpdates()).rejects.toMatchObject({ code: "GATELOG_DATABASE_WRITE_ONLY" });
    await expect(database.storedCalls()).rejects.toMatchObject({ code: "GATELOG_DATABASE_WRITE_ONLY" });
  });
});

describe("a team's own table in Oracle", () => {
  const own: OwnTable = {
    table: "audit.api_log",
    key: ["id"],
    onConflict: "update",
    besides: true,
    columns: [
      { name: "id", type: "text", lengthMax: 36, origin: "id", nullable: false },
      { name: "level", type: "integer", origin: "status", nullable: true },
      { name: "at", type: "timestamp", origin: "requestTime", nullable: true },
    ],
    rowOf: ({ id, status, request_time: time }) => [id, status ?? null, time ?? null],
  };

  test("is updated where its row is there, else inserted", async () => {
    const plain = { ...own, table: "api_log" };
    oracle.create(ownTableDdl("oracle", plain));
    const database = opened(plain);
    expect(await database.checkOwnTable()).toEqual({ problems: [], warnings: [] });
    const call = makeCall(1);
    await database.store({ calls: [call], marks: [] });
    await database.store({ calls: [{ ...call, status: 500 }, makeCall(2)], marks: [] });
    expect(oracle.database.prepare('SELECT "LEVEL" AS level FROM "API_LOG" ORDER BY 1').all()).toMatchObject([
      { level: 200 },
      { level: 500 },
    ]);
    const time = `TO_TIMESTAMP(:c2, 'YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"')`;
    expect(sent("UPDATE")[0]?.sql).toBe(`UPDATE "API_LOG" SET "LEVEL" = :c1, "AT" = ${time} WHERE "ID" = :c0`);
    expect(sent('INSERT INTO "API_LOG"').at(-1)).toMatchObject({
      sql: `INSERT INTO "API_LOG" ("ID", "LEVEL", "AT") VALUES (:c0, :c1, ${time})`,
      rows: [{ c1: 200 }],
    });
    await database.close();
  });

  test("leaves no row out where the mapping names no key: the row is at fault", async () => {
    const keyless: OwnTable = { ...own, table: "api_log", key: [], onConflict: "ignore", rowOf: () => ["the-id", 200, null] };
    oracle.create(ownTableDdl("oracle", { ...own, table: "api_log" }));
    const database = opened(keyless);
    await database.store({ calls: [makeCall(1)], marks: [] });
    await expect(database.store({ calls: [makeCall(2)], marks: [] })).rejects.toMatchObject({ permanent: true });
    expect(count("interface_log")).toBe(1);
    await database.close();
  });

  test("has DDL with key and comments", () => {
    expect(ownTableDdl("oracle", own)).toBe(`CREATE TABLE "AUDIT"."API_LOG" (
  "ID" VARCHAR2(36 CHAR) NOT NULL,
  "LEVEL" NUMBER(19),
  "AT" TIMESTAMP(3),
  PRIMARY KEY ("ID")
);
COMMENT ON COLUMN "AUDIT"."API_LOG"."ID" IS 'id';
COMMENT ON COLUMN "AUDIT"."API_LOG"."LEVEL" IS 'status';
COMMENT ON COLUMN "AUDIT"."API_LOG"."AT" IS 'requestTime';`);
  });
});

test("the selftest does to Oracle what db-sink does, and removes it again", async () => {
  const lines: string[] = [];
  const database = opened();
  const failed = await runSelftest({ database, own: undefined, create: false, print: (line) => lines.push(line) });
  expect(lines.filter((line) => !line.startsWith("ok  "))).toEqual([]);
  expect([failed, lines.length]).toEqual([0, 11]);
  expect(["interface_log", "interface_body", "call_roll_up"].map(count)).toEqual([0, 0, 0]);
  expect(sent("SELECT TO_CHAR(request_time,")[0]?.sql).toContain("WHERE event_day = TO_DATE(:1, 'YYYY-MM-DD') AND id = :2");
});

test.each([
  [1400, true],
  [12_899, true],
  [2290, true],
  [1722, true],
  [60, false],
  [942, false],
  [1653, false],
  [1017, false],
  [3113, false],
  [3136, false],
])("ORA-%i is the row's fault: %s", (errorNum, permanent) => {
  expect(classifyOracle(oracleError(errorNum, "x")).permanent).toBe(permanent);
});
