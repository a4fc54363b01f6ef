import type { CallRow } from "@gatelog/log-record";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCall, makeCalls } from "../calls.test-helper.ts";
import { testDatabases, type TestDatabase, type TestDatabases } from "../databases.test-helper.ts";
import { ownTableDdl } from "./own-ddl.ts";
import type { OwnColumn, OwnTable } from "./own-table.ts";

const columns: readonly OwnColumn[] = [
  { name: "request_id", type: "text", lengthMax: 36, origin: "id", nullable: false },
  { name: "Status Code", type: "integer", origin: "status", nullable: true },
  { name: "success", type: "boolean", origin: "success", nullable: true },
  { name: "at", type: "timestamp", origin: "requestTime", nullable: true },
  { name: "order", type: "json", origin: "labels", nullable: true },
];

/** What is wrong of the same table on each: MySQL does not tell letters of either case apart, SQLite neither, and keeps any value in any column. */
const wrongColumns: Readonly<Record<string, readonly string[]>> = {
  sqlite: [],
  postgresql: [
    "there is no column api_log.Status Code, but STATUS CODE: names are written as the database keeps them",
    "api_log.at is boolean and cannot hold timestamp (requestTime); say another type or column",
  ],
  mysql: [
    "api_log.Status Code is date and cannot hold integer (status); say another type or column",
    "api_log.at is tinyint(1) and cannot hold timestamp (requestTime); say another type or column",
  ],
};

function ownTable(fields: Partial<OwnTable> = {}): OwnTable {
  const rowOf = ({ id, status, success, request_time: time, labels }: CallRow) => [
    id,
    status ?? null,
    success ?? null,
    time ?? null,
    labels ?? null,
  ];
  return { table: "api_log", key: ["request_id"], onConflict: "ignore", columns, besides: true, rowOf, ...fields };
}

describe.each(testDatabases)("the team's own table on %s", (_name, start) => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  async function opened(own: OwnTable, ddl?: string): Promise<TestDatabase> {
    const target = await databases.create({ ownTable: own });
    if (own.besides) await target.database.migrate();
    const { dialect } = target.database;
    const sql = ddl ?? ownTableDdl(dialect, own).split(";\n")[0] ?? "";
    await target.query(
      dialect === "mysql" ? `${sql.replaceAll('"', "`")}${sql.includes("CHARSET") ? "" : " DEFAULT CHARSET = utf8mb4"}` : sql,
    );
    return target;
  }
  const rowsOf = (target: TestDatabase, order = "request_id") => target.query(`SELECT * FROM api_log ORDER BY ${order}`);

  test("has each call once beside ours, however often its batch comes", async () => {
    const target = await opened(ownTable());
    const calls = makeCalls(1, 300, () => ({ success: true, labels: { shop: "上海" } }));
    expect(await target.database.store({ calls, marks: [] })).toMatchObject({ inserted: 300, ownRows: 300 });
    expect(await target.database.store({ calls: [...calls, makeCall(301)], marks: [] })).toMatchObject({ inserted: 1 });
    const rows = await rowsOf(target);
    expect(rows).toHaveLength(301);
    const [first] = rows;
    expect(first).toMatchObject({ "Status Code": expect.anything() as unknown });
    const json: unknown = first?.["order"];
    expect(typeof json === "string" ? JSON.parse(json) : json).toEqual({ shop: "上海" });
    expect(new Date(first?.["at"] as string).toISOString()).toBe(calls.find(({ id }) => id === first?.["request_id"])?.["request_time"]);
    await target.close();
  });

  test("is written alone where ours is not wanted, and nothing of ours is created", async () => {
    const target = await opened(ownTable({ besides: false }));
    const calls = makeCalls(1, 10);
    expect(await target.database.store({ calls, marks: [] })).toEqual({
      inserted: 0,
      insertedByDay: new Map(),
      marksInserted: 0,
      ownRows: 10,
    });
    await target.database.store({ calls, marks: [] });
    expect(await rowsOf(target)).toHaveLength(10);
    await expect(target.query("SELECT 1 FROM interface_log")).rejects.toThrow();
    await target.close();
  });

  test("keeps the first row of a key, or takes the last one", async () => {
    const [a, b] = [makeCall(1, { status: 201 }), makeCall(2, { status: 202 })];
    const sameKey = (own: OwnTable): OwnTable => ({
      ...own,
      rowOf: (call) => ["the-key", ...(own.rowOf(call)?.slice(1) ?? [])],
    });
    for (const [onConflict, status] of [
      ["ignore", 201],
      ["update", 202],
    ] as const) {
      const target = await opened(sameKey(ownTable({ onConflict })));
      await target.database.store({ calls: [a, b], marks: [] });
      expect((await rowsOf(target)).map((row) => Number(row["Status Code"]))).toEqual([status]);
      await target.database.store({ calls: [makeCall(3, { status: 203 })], marks: [] });
      expect((await rowsOf(target)).map((row) => Number(row["Status Code"]))).toEqual([onConflict === "update" ? 203 : 201]);
      await target.close();
    }
  });

  test("without a key has the calls that were new to ours", async () => {
    const target = await opened(ownTable({ key: [], table: "api_log" }));
    const calls = makeCalls(1, 5);
    await target.database.store({ calls, marks: [] });
    await target.database.store({ calls: [...calls, makeCall(6)], marks: [] });
    expect(await rowsOf(target)).toHaveLength(6);
    await target.close();
  });

  test("without a key is at fault where the table has one, and a row has it of another", async () => {
    const own = ownTable({ key: [], rowOf: ({ status }) => ["the-key", status ?? null, true, null, null] });
    const target = await opened(
      own,
      'CREATE TABLE api_log (request_id varchar(36) PRIMARY KEY, "Status Code" integer, success boolean, "at" text, "order" text)',
    );
    await target.database.store({ calls: [makeCall(1)], marks: [] });
    await expect(target.database.store({ calls: [makeCall(2)], marks: [] })).rejects.toMatchObject({ permanent: true });
    expect(await rowsOf(target)).toHaveLength(1);
    await target.close();
  });

  test("takes the batch back with it when it refuses a row, and the row is at fault", async () => {
    const target = await opened(
      ownTable(),
      'CREATE TABLE api_log (request_id varchar(36) PRIMARY KEY, "Status Code" integer CHECK ("Status Code" < 500), success boolean, "at" text, "order" text)',
    );
    const calls = [...makeCalls(1, 3), makeCall(4, { status: 500 })];
    await expect(target.database.store({ calls, marks: [] })).rejects.toMatchObject({ code: "GATELOG_DATABASE_REFUSED", permanent: true });
    expect(await rowsOf(target)).toEqual([]);
    expect(await target.query("SELECT id FROM interface_log")).toEqual([]);
    const noKey = ownTable({ rowOf: () => [null, 1, true, null, null] });
    await target.close();
    const other = await opened(noKey);
    await expect(other.database.store({ calls, marks: [] })).rejects.toMatchObject({
      permanent: true,
      message: "the table api_log needs a value for its key column request_id",
    });
    await other.close();
  });

  test("warns where the clock of a zone would be kept as an instant, and prints a column that keeps it as it is", async () => {
    const at: OwnColumn = { name: "at", type: "timestamp", clockOf: "Asia/Shanghai", origin: "requestTime", nullable: true };
    const own = ownTable({ columns: columns.with(3, at) });
    const right = await opened(own);
    const { dialect } = right.database;
    expect(await right.database.checkOwnTable()).toEqual({ problems: [], warnings: [] });
    await right.close();
    if (dialect === "sqlite") return;
    const [keeps, instead, advice] = {
      postgresql: ["timestamp", "timestamptz", "for that of the server's zone: leave `format` out, or make it timestamp without time zone"],
      mysql: ["DATETIME(3)", "TIMESTAMP(3) NULL", "for that of UTC: leave `format` out, or make it DATETIME"],
    }[dialect as "postgresql" | "mysql"] as [string, string, string];
    const ddl = (ownTableDdl(dialect, own).split(";\n")[0] ?? "").replace(keeps, instead);
    const wrong = await opened(own, ddl);
    const { warnings } = await wrong.database.checkOwnTable();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^api_log\.at is timestamp.*, which takes the clock of Asia\/Shanghai for/);
    expect(warnings[0]).toContain(advice);
    await wrong.close();
  });

  test("is compared with its mapping: what is missing or cannot hold is said in sentences", async () => {
    const missing = await databases.create({ ownTable: ownTable() });
    expect((await missing.database.checkOwnTable()).problems[0]).toContain("there is no table api_log");
    await missing.close();

    const right = await opened(ownTable());
    expect(await right.database.checkOwnTable()).toEqual({ problems: [], warnings: [] });
    await right.close();

    const twoKeys =
      'CREATE TABLE api_log (request_id varchar(36) PRIMARY KEY, "Status Code" integer UNIQUE, success boolean, "at" datetime, "order" json)';
    if (right.database.dialect === "mysql") {
      const keyed = await opened(ownTable(), twoKeys);
      expect((await keyed.database.checkOwnTable()).warnings).toEqual([
        "api_log has another unique key on (status code): MySQL takes a row that has it of another one for that, so that it is left out",
      ]);
      await keyed.close();
      const narrow = await opened(ownTable(), ownTableDdl("mysql", ownTable()).replace("utf8mb4", "latin1"));
      expect((await narrow.database.checkOwnTable()).warnings).toEqual([
        "api_log.request_id has the character set latin1: convert it to utf8mb4, or records with characters that it does not have become dead letters",
      ]);
      await narrow.close();
    }

    const wrong = await opened(
      ownTable(),
      'CREATE TABLE api_log (request_id varchar(20) NOT NULL, "STATUS CODE" date, success boolean, "at" boolean, "order" text NOT NULL, tenant text NOT NULL)',
    );
    const { problems, warnings } = await wrong.database.checkOwnTable();
    expect(problems).toEqual([
      ...(wrongColumns[wrong.database.dialect] ?? []),
      "api_log.tenant is NOT NULL without a default, and the mapping gives it no value",
      "the table api_log has no unique key on (request_id), by which a row that comes again would be known",
    ]);
    expect(warnings).toEqual([
      "api_log.request_id holds 20 characters: say maxLength: 20, or records with longer values become dead letters",
      "api_log.order is NOT NULL: say a default, or records without a value (labels) become dead letters",
    ]);
    await wrong.close();
  });
});
