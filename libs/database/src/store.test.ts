import { formatRecord, mintId, type Mark } from "@gatelog/log-record";
import { DeliveryError } from "@gatelog/pipeline";
import { describe, expect, test } from "vitest";
import { toMarkRow } from "./mark-row.ts";
import { openReader } from "./reader/open-reader.ts";
import { makeCall, makeCalls, makeRecord, rowOfLine } from "./calls.test-helper.ts";
import { databaseOfEachTest, testDatabases } from "./databases.test-helper.ts";

describe.each(testDatabases)("storing into %s", (name, start) => {
  const target = databaseOfEachTest(start);

  const count = async (table: string) => Number((await target.query(`SELECT count(*) AS n FROM ${table}`))[0]?.["n"]);

  test("a batch that is stored twice is there once, and only the first time counts", async () => {
    const calls = makeCalls(1, 500);
    expect(await target.database.store({ calls, marks: [] })).toMatchObject({ inserted: 500, marksInserted: 0 });
    expect(await target.database.store({ calls: [...calls, makeCall(501)], marks: [] })).toMatchObject({ inserted: 1, marksInserted: 0 });
    expect(await count("interface_log")).toBe(501);
    expect(await count("interface_body")).toBe(501);
  });

  test("a call that stands twice in one batch is there once", async () => {
    const call = makeCall(1);
    expect((await target.database.store({ calls: [call, makeCall(2), call], marks: [] })).inserted).toBe(2);
  });

  test("an empty batch is stored without a word", async () => {
    expect(await target.database.store({ calls: [], marks: [] })).toMatchObject({ inserted: 0, marksInserted: 0 });
  });

  test("a call without headers and bodies has no row in interface_body, and one in the view", async () => {
    const { requestContent: _request, responseContent: _response, ...bare } = makeRecord(1);
    await target.database.store({ calls: [rowOfLine(formatRecord(bare))], marks: [] });
    expect(await count("interface_body")).toBe(0);
    expect(await target.query("SELECT status, request_content FROM interface_call")).toEqual([{ status: 200, request_content: null }]);
  });

  test("marks are stored once each, in the same transaction as calls", async () => {
    const mark: Mark = {
      v: 1,
      type: "mark",
      gateway: "gw-1",
      boot: "b2",
      seq: 17,
      inFlight: [16, 17],
      closing: false,
      previous: { boot: "b1", seq: 9 },
    };
    const row = toMarkRow(mark, mintId());
    expect(await target.database.store({ calls: [makeCall(1)], marks: [row] })).toMatchObject({ inserted: 1, marksInserted: 1 });
    expect(
      await target.database.store({ calls: [], marks: [row, toMarkRow({ ...mark, seq: 18, aborted: [3, 12] }, mintId())] }),
    ).toMatchObject({
      inserted: 0,
      marksInserted: 1,
    });
    const [stored] = await target.query(
      "SELECT gateway, boot, seq, closing, previous_boot, previous_seq, in_flight FROM ledger_mark ORDER BY seq LIMIT 1",
    );
    expect(stored).toMatchObject({ gateway: "gw-1", boot: "b2", previous_boot: "b1" });
    expect([Number(stored?.["seq"]), Number(stored?.["previous_seq"]), Boolean(stored?.["closing"])]).toEqual([17, 9, false]);
    const aborted = await target.query("SELECT aborted FROM ledger_mark ORDER BY seq");
    const asJson = (value: unknown) => (typeof value === "string" ? JSON.parse(value) : value) as unknown;
    expect(aborted.map((stored) => asJson(stored["aborted"]))).toEqual([null, [3, 12]]);
  });

  test("what no database can hold is mended by toRow, flagged, and stored with its raw line", async () => {
    const nasty = "NUL \u0000, half \ud800, 4 bytes 😀, U+2028 \u2028, quote ' \" \\ {} , 日志平台";
    const record = makeRecord(1, {
      requestContent: nasty,
      url: nasty,
      labels: { [nasty]: nasty },
      bizKeys: [nasty, "单号"],
      requestHeaders: { "x-nasty": [nasty, "a"] },
      seq: Number.MAX_SAFE_INTEGER,
      requestBytes: Number.MAX_SAFE_INTEGER,
      durationMs: 0.123456789,
      status: 999,
    });
    const call = rowOfLine(formatRecord(record));
    await target.database.store({ calls: [call], marks: [] });
    const reader = openReader(target.url);
    const found = await reader.get(call.event_day, call.id);
    await reader.close();
    const mended = nasty.replace("\u0000", "\ufffd").replace("\ud800", "\ufffd");
    expect(found).toMatchObject({
      requestContent: mended,
      url: mended,
      labels: { [mended]: mended },
      bizKeys: [mended, "单号"],
      requestHeaders: { "x-nasty": [mended, "a"] },
      seq: Number.MAX_SAFE_INTEGER,
      requestBytes: Number.MAX_SAFE_INTEGER,
      durationMs: 0.123456789,
      status: 999,
      requestTime: record.requestTime,
    });
    expect(found?.parseError).toContain("request_content");
    expect(found?.rawLine).toContain("日志平台");
  });

  test("a body of 8 MiB and a path of 2,048 four-byte characters are stored whole", async () => {
    const requestContent = "日志x".repeat(1_200_000);
    const path = `/${"😀".repeat(1023)}`;
    const call = makeCall(1, { requestContent, path });
    await target.database.store({ calls: [call], marks: [] });
    const reader = openReader(target.url);
    const found = await reader.get(call.event_day, call.id);
    const page = await reader.list({ path });
    await reader.close();
    expect(found?.requestContent).toBe(requestContent);
    expect(page.records.map(({ id }) => id)).toEqual([call.id]);
  });

  test("a line that is no record is a row with its error, its raw line and a place in time", async () => {
    await target.database.store({ calls: [rowOfLine("this is not JSON")], marks: [] });
    const [row] = await target.query("SELECT parse_error, raw_line, status FROM interface_call");
    expect(row).toMatchObject({ raw_line: "this is not JSON", status: null });
    expect(row?.["parse_error"]).not.toBeNull();
    const reader = openReader(target.url);
    expect((await reader.list({})).records[0]).toMatchObject({ day: "1970-01-01", requestTime: "1970-01-01T00:00:00.000Z" });
    await reader.close();
  });

  test("a row that the database refuses is a permanent error, and nothing of its batch is stored", async () => {
    await target.query(refusal[name]);
    const failure = await target.database
      .store({ calls: [...makeCalls(1, 3), makeCall(4, { operation: "refuse-me" })], marks: [] })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeliveryError);
    expect(failure).toMatchObject({ code: "GATELOG_DATABASE_REFUSED", permanent: true });
    expect(await count("interface_log")).toBe(0);
    expect((await target.database.store({ calls: makeCalls(1, 3), marks: [] })).inserted).toBe(3);
  });

  test("a missing table is not the row's fault: transient", async () => {
    await target.query("DROP VIEW interface_call");
    await target.query("DROP TABLE interface_body");
    await expect(target.database.store({ calls: makeCalls(1, 2), marks: [] })).rejects.toMatchObject({
      code: "GATELOG_DATABASE_UNAVAILABLE",
      permanent: false,
    });
    expect(await count("interface_log")).toBe(0);
  });
});

/** SQL that makes a database refuse rows with a certain operation. */
const refusal = {
  SQLite:
    "CREATE TRIGGER refuse BEFORE INSERT ON interface_log WHEN NEW.operation = 'refuse-me' BEGIN SELECT RAISE(ABORT, 'refused by a trigger'); END",
  PostgreSQL: "ALTER TABLE interface_log ADD CONSTRAINT refuse CHECK (operation <> 'refuse-me')",
  MariaDB: "ALTER TABLE interface_log ADD CONSTRAINT refuse CHECK (operation <> 'refuse-me')",
} as const;
