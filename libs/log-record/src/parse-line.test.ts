import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatRecord, parseLine, type LogRecord } from "./index.ts";

const zone = { seedTimeZone: "UTC" };
const record: LogRecord = {
  v: 1,
  id: "019ab123-4567-7abc-8def-0123456789ab",
  requestTime: "2026-11-23T08:00:00.000Z",
  gateway: "g",
  boot: "b",
  seq: 1,
};

test("nothing throws, and what is no record keeps its text", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      (line) => {
        const parsed = parseLine(line, zone);
        if (parsed.kind === "unparsed") expect(parsed.raw).toBe(line.toString().replace(/^\uFEFF/, ""));
      },
    ),
  );
});

test("the reason never quotes the line", () => {
  for (const line of ["secret", '{"password":"secret"}', '{"requestURL":"\\x22secret', "[1]", "null", ""]) {
    const parsed = parseLine(line, zone);
    expect(parsed).toMatchObject({ kind: "unparsed" });
    if (parsed.kind === "unparsed") expect(parsed.error).not.toContain("secret");
  }
});

test("a v1 line with keys of a later version keeps them", () => {
  expect(parseLine(formatRecord(record, { region: "eu", cost: { cents: 3 } }), zone)).toEqual({
    kind: "record",
    form: "v1",
    record,
    extra: { region: "eu", cost: { cents: 3 } },
  });
});

test("values of the wrong type or out of range are kept as extra and named", () => {
  const misfits = {
    status: 1000,
    seq: 0,
    success: "yes",
    bizKeys: [1],
    requestHeaders: { a: 1 },
    durationMs: -1,
    requestEncoding: "rot13",
  };
  const parsed = parseLine(JSON.stringify({ ...record, ...misfits }), zone);
  expect(parsed).toMatchObject({ kind: "record", extra: misfits, record: { id: record.id, seq: 0 } });
  if (parsed.kind !== "record") throw new Error(parsed.kind);
  for (const field of Object.keys(misfits)) expect(parsed.parseError).toContain(`${field} does not fit`);
});

test("null is no value, and missing required fields are named", () => {
  const parsed = parseLine(JSON.stringify({ v: 1, id: record.id, requestTime: record.requestTime, gateway: null, status: null }), zone);
  expect(parsed).toEqual({
    kind: "record",
    form: "v1",
    record: { ...record, gateway: "", boot: "", seq: 0 },
    parseError: "gateway is missing; boot is missing; seq is missing",
  });
});

test("a record of another version or maker is read by its names, without its id", () => {
  const parsed = parseLine(JSON.stringify({ ...record, v: 2, status: 200 }), zone);
  expect(parsed).toMatchObject({
    kind: "record",
    form: "foreign",
    record: { id: "", status: 200, gateway: "g" },
    extra: { v: 2, id: record.id },
  });
  if (parsed.kind === "record") expect(parsed.parseError).toBe("of an unknown version or maker");
});

test("a byte order mark and a carriage return do no harm", () => {
  expect(parseLine(Buffer.from(`\uFEFF${formatRecord(record)}\r`), zone)).toEqual({ kind: "record", form: "v1", record });
});
