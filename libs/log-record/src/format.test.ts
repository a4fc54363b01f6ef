import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyExtra, anyRecord } from "./arbitraries.test-helper.ts";
import { formatMark, formatRecord, isLogRecord, parseLine, recordFields, toEcs, toRow, type Mark } from "./index.ts";

const zone = { seedTimeZone: "UTC" };
const smallest = {
  v: 1,
  id: "019ab123-4567-7abc-8def-0123456789ab",
  requestTime: "2026-11-23T08:00:00.000Z",
  gateway: "g",
  boot: "b",
  seq: 1,
} as const;

test("any record survives the round trip through bytes, whatever its strings hold", () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      expect(isLogRecord(record)).toBe(true);
      const parsed = parseLine(Buffer.from(formatRecord(record)), zone);
      expect(parsed).toEqual({ kind: "record", form: "v1", record });
    }),
    { numRuns: 500 },
  );
});

test("any record is the same line again after reading", () => {
  fc.assert(
    fc.property(anyRecord, anyExtra, (record, extra) => {
      const line = formatRecord(record, extra);
      const parsed = parseLine(Buffer.from(line), zone);
      if (parsed.kind !== "record") throw new Error(`${parsed.kind}: ${line}`);
      expect(parsed.parseError).toBeUndefined();
      expect(formatRecord(parsed.record, parsed.extra)).toBe(line);
    }),
    { numRuns: 500 },
  );
});

test("a line has its line end nowhere and its keys in schema order", () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const line = formatRecord(record);
      expect(line).not.toMatch(/[\n\r]/);
      const keys = Object.keys(JSON.parse(line) as object);
      expect(keys).toEqual(recordFields.filter((field) => record[field] !== undefined));
      expect(keys.slice(0, 6)).toEqual(["v", "id", "requestTime", "gateway", "boot", "seq"]);
    }),
  );
});

test("a key that did not fit its field keeps its value and its place", () => {
  const line = formatRecord({ ...smallest, status: 200 }, { status: "two hundred", new: { a: 1 } });
  expect(JSON.parse(line)).toEqual({ ...smallest, status: "two hundred", new: { a: 1 } });
  expect(parseLine(line, zone)).toMatchObject({
    record: smallest,
    extra: { status: "two hundred", new: { a: 1 } },
    parseError: "status does not fit",
  });
});

test("a key named __proto__ is a key like any other", () => {
  const line = `${formatRecord(smallest).slice(0, -1)},"__proto__":{"status":500}}`;
  const parsed = parseLine(line, zone);
  if (parsed.kind !== "record") throw new Error(parsed.kind);
  expect(parsed.record.status).toBeUndefined();
  expect(formatRecord(parsed.record, parsed.extra)).toBe(line);
});

test("a mark survives the round trip", () => {
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
  const line = formatMark(mark);
  expect(line).toBe(
    '{"v":1,"type":"mark","gateway":"gw-1","boot":"b2","seq":17,"inFlight":[16,17],"closing":false,"previous":{"boot":"b1","seq":9}}',
  );
  expect(parseLine(Buffer.from(line), zone)).toEqual({ kind: "mark", mark });
  const withAborted: Mark = { ...mark, aborted: [3, 12] };
  expect(formatMark(withAborted)).toBe(`${line.slice(0, -1)},"aborted":[3,12]}`);
  expect(parseLine(formatMark(withAborted), zone)).toEqual({ kind: "mark", mark: withAborted });
});

test("a key nested a hundred thousand levels deep is read, kept and written without overflowing", () => {
  const line = `${formatRecord(smallest).slice(0, -1)},"bomb":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const parsed = parseLine(line, zone);
  if (parsed.kind !== "record") throw new Error(parsed.kind);
  const identity = { id: smallest.id, time: smallest.requestTime };
  expect(formatRecord(parsed.record, parsed.extra)).toContain("(nested too deep)");
  const row = toRow(parsed, identity, line);
  expect(row["parse_error"]).toBe("extra had NUL, half characters or too many levels");
  expect(row["raw_line"] === line).toBe(true);
  expect((toEcs(parsed, identity, line)["event"] as { original?: string }).original === line).toBe(true);
});
