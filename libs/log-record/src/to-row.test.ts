import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyExtra, anyRecord } from "./arbitraries.test-helper.ts";
import { formatMark, formatRecord, identify, parseLine, recordColumns, repairJson, repairText, toRow, type LogRecord } from "./index.ts";

const zone = { seedTimeZone: "Asia/Shanghai" };
const id = "019ab123-4567-7abc-8def-0123456789ab";
const record: LogRecord = { v: 1, id, requestTime: "2026-11-23T16:00:00.123+08:00", gateway: "gw", boot: "b", seq: 3 };

function rowOf(line: string) {
  const { id = "019ab123-4567-8abc-8def-ffffffffffff", time } = identify(Buffer.from(line), zone);
  return toRow(parseLine(line, zone), { id, time }, line);
}

test("a clean record fills its columns and keeps no raw line", () => {
  const row = rowOf(
    formatRecord({
      ...record,
      user: "u",
      success: false,
      bizKeys: ["PO-1"],
      labels: { a: "b" },
      responseTime: "2026-11-23T16:00:00.125+08:00",
      durationMs: 1.5,
      requestHeaders: { a: ["1", "2"] },
      requestContent: "",
      error: { code: "C", message: "m" },
    }),
  );
  expect(row).toMatchObject({
    event_day: "2026-11-23",
    id,
    v: 1,
    request_time: "2026-11-23T08:00:00.123Z",
    response_time: "2026-11-23T08:00:00.125Z",
    gateway: "gw",
    seq: 3,
    user_name: "u",
    success: false,
    biz_keys: '["PO-1"]',
    labels: '{"a":"b"}',
    duration_ms: 1.5,
    request_headers: '{"a":["1","2"]}',
    request_content: "",
    response_content: null,
    error: '{"code":"C","message":"m"}',
    extra: null,
    parse_error: null,
    raw_line: null,
  });
});

test("every line gives a row with the same columns, all of them storable", () => {
  const columns = ["event_day", "id", ...recordColumns.map(({ column }) => column), "extra", "parse_error", "raw_line"];
  const anyLine = fc.oneof(
    fc.tuple(anyRecord, anyExtra).map(([record, extra]) => formatRecord(record, extra)),
    fc.json(),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(anyLine, (line) => {
      const row = rowOf(line);
      expect(Object.keys(row)).toEqual(columns);
      for (const value of Object.values(row)) {
        if (typeof value === "string") expect(repairText(value).repaired).toBe(false);
      }
      for (const { column, type } of [...recordColumns, { column: "extra", type: "json" }]) {
        if (type === "json") expect(repairJson(JSON.parse((row[column] ?? "null") as string)).repaired).toBe(false);
      }
      for (const { column, lengthMax } of recordColumns) {
        if (lengthMax !== undefined) expect(((row[column] ?? "") as string).length).toBeLessThanOrEqual(lengthMax);
      }
      expect(row["raw_line"] === null).toBe(row["parse_error"] === null);
    }),
    { numRuns: 300 },
  );
});

test("what no database can hold is mended, named, and the raw line kept", () => {
  const line = formatRecord({ ...record, path: "/a\0b", url: "u".repeat(9000), labels: { "k\ud800": "v" }, responseContent: "\ude00" });
  const row = rowOf(line);
  expect(row).toMatchObject({
    path: "/a\uFFFDb",
    url: "u".repeat(8192),
    labels: '{"k\uFFFD":"v"}',
    response_content: "\uFFFD",
    raw_line: line,
  });
  for (const column of ["path", "url", "labels", "response_content"]) expect(row["parse_error"]).toContain(column);
});

test("a repair never quotes the value", () => {
  expect(rowOf(formatRecord({ ...record, path: "secret\0" }))["parse_error"]).not.toContain("secret");
});

test("a seed line has its own columns and nothing for what it does not know", () => {
  const line =
    '{"status":"500","requestTime":"2018-10-11 18:09:02","responseTime":"","requestURL":"http://h/a","method":"/a","requestContent":"-","responseContent":"x"}';
  expect(rowOf(line)).toMatchObject({
    event_day: "2018-10-11",
    id: "019ab123-4567-8abc-8def-ffffffffffff",
    request_time: "2018-10-11T10:09:02.000Z",
    response_time: null,
    status: 500,
    success: false,
    v: null,
    gateway: null,
    boot: null,
    seq: null,
    method: null,
    path: "/a",
    request_content: null,
    response_content: "x",
    parse_error: null,
  });
});

test("what is no record is a row of its raw line", () => {
  expect(rowOf("not a record")).toMatchObject({
    event_day: "1970-01-01",
    request_time: null,
    parse_error: "not valid JSON",
    raw_line: "not a record",
  });
  const mark = formatMark({ v: 1, type: "mark", gateway: "g", boot: "b", seq: 1, inFlight: [], closing: false });
  expect(rowOf(mark)).toMatchObject({ parse_error: "a mark, not a record", raw_line: mark });
});

test("a record before 2015 keeps its time in the row of the epoch's day", () => {
  expect(rowOf(formatRecord({ ...record, requestTime: "2014-05-05T00:00:00.000Z" }))).toMatchObject({
    event_day: "1970-01-01",
    request_time: "2014-05-05T00:00:00.000Z",
    parse_error: null,
  });
});

test("a value that parseLine would have refused is null and named", () => {
  const row = toRow(
    { kind: "record", form: "v1", record: { ...record, durationMs: Number.NaN, responseTime: "soon" } },
    { id, time: "2026-11-23T08:00:00.123Z" },
    "{}",
  );
  expect(row).toMatchObject({
    duration_ms: null,
    response_time: null,
    parse_error: "response_time is no time; duration_ms was out of range",
  });
});
