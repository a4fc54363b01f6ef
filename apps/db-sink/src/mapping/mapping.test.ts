import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatRecord, type LogRecord, parseLine, recordFields, toRow } from "@gatelog/log-record";
import { ConfigError } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { makeRecord } from "../db-sink.test-helper.ts";
import type { MappedRecord } from "./api/index.ts";
import { checkMappingTypes, loadMapping } from "./load-mapping.ts";
import { mappedFields } from "./record-view.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

function load(text: string, { name = "mapping.yaml", besides = true } = {}) {
  const file = join(directory.path, name);
  writeFileSync(file, text);
  const faults: string[] = [];
  const own = loadMapping(file, { dialect: "postgresql", besides, onFault: ({ column, message }) => faults.push(`${column} ${message}`) });
  return { own, faults };
}

function problemsOf(text: string, options?: { readonly besides: boolean }): readonly string[] {
  try {
    load(text, options);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.lines.map((line) => line.replace(`${directory.path}/`, ""));
  }
}

function callOf(fields: Partial<LogRecord> = {}) {
  const record = makeRecord(1, fields);
  return toRow(parseLine(formatRecord(record), { seedTimeZone: "UTC" }), { id: record.id, time: record.requestTime }, formatRecord(record));
}

describe("a mapping", () => {
  test("takes fields, constants, expressions and times in the team's zone", () => {
    const { own, faults } = load(`
table: audit.api_log
key: [request_id]
timeZone: Asia/Shanghai
columns:
  request_id: id
  status: status
  at: { from: requestTime, format: "YYYY-MM-DD HH:mm:ss" }
  day: { from: requestTime, type: date }
  system: { value: gatelog }
  kind: { expression: "status >= 500 ? 'error' : status >= 400 ? 'refused' : 'ok'" }
  seconds: { expression: "durationMs / 1000", type: real }
  shop: { expression: "labels.shop", default: none }
  uri: { expression: "query == null ? path : path + '?' + query" }
  labels: labels
  hour: { expression: "formatTime(requestTime, 'YYYYMMDDHH', 'UTC')" }
`);
    const call = callOf({ status: 404, durationMs: 250, labels: { shop: "上海" }, query: "a=1" });
    expect(own.columns.map(({ name, type, lengthMax }) => [name, type, lengthMax])).toEqual([
      ["request_id", "text", 36],
      ["status", "integer", undefined],
      ["at", "text", 19],
      ["day", "date", undefined],
      ["system", "text", undefined],
      ["kind", "text", undefined],
      ["seconds", "real", undefined],
      ["shop", "text", undefined],
      ["uri", "text", undefined],
      ["labels", "json", undefined],
      ["hour", "text", undefined],
    ]);
    expect(own.rowOf(call)).toEqual([
      call.id,
      404,
      "2026-11-23 16:00:01",
      "2026-11-23",
      "gatelog",
      "refused",
      0.25,
      "上海",
      "/orders/1?a=1",
      '{"shop":"上海"}',
      "2026112308",
    ]);
    expect(faults).toEqual([]);
  });

  test("gives the default or NULL where an expression fails, and tells it", () => {
    const { own, faults } = load(`
table: t
columns:
  shop: { expression: labels.shop, default: none }
  upper: { expression: "'u:' + user" }
  number: { from: path, type: integer }
`);
    expect(own.rowOf(callOf({ labels: {} }))).toEqual(["none", null, null]);
    expect(faults).toEqual([
      "shop could not be made: No such key: shop",
      "upper could not be made: no such overload: string + dyn<null>",
      "number is no whole number",
    ]);
  });

  test("cuts what is too long on a character boundary, and says so where parseError has a column", () => {
    const { own, faults } = load(`
table: t
columns:
  remark: parseError
  path: { from: path, maxLength: 4 }
`);
    expect(own.rowOf(callOf({ path: "/ab😀" }))).toEqual(["path was longer than 4", "/ab"]);
    expect(own.rowOf(callOf({ path: "/a" }))).toEqual([null, "/a"]);
    expect(faults).toEqual(["path was longer than 4"]);
  });

  test("takes the calls that `when` means, and those of which it cannot be told", () => {
    const { own, faults } = load(`{ table: t, when: "status >= 500 || labels.audit == 'yes'", columns: { id: id } }`);
    expect(own.rowOf(callOf({ status: 500 }))).toHaveLength(1);
    expect(own.rowOf(callOf({ status: 200, labels: { audit: "no" } }))).toBeUndefined();
    expect(own.rowOf(callOf({ status: 200 }))).toHaveLength(1);
    expect(faults).toHaveLength(1);
  });

  test("is refused with file, line and key for every mistake at once", () => {
    expect(
      problemsOf(`table: t
key: [nothing]
when: status >=
timeZone: Asia/Nowhere
columns:
  a: { from: pathh }
  b: { expression: "statuss + 1" }
  c: { from: status, format: YYYY-QQ }
  d: { from: status, value: 1 }
  e: 7
  ${"f".repeat(64)}: id
`),
    ).toEqual([
      'mapping.yaml:4:1: timeZone: expected a time zone such as Asia/Shanghai or UTC, found "Asia/Nowhere"',
      `mapping.yaml:11:3: columns.${"f".repeat(64)}: "${"f".repeat(64)}" is longer than the 63 bytes that postgresql takes for a name`,
      'mapping.yaml:2:7: key[0]: the key column "nothing" is not one of columns',
      "mapping.yaml:3:1: when: this expression is wrong: Unexpected token: EOF",
      'mapping.yaml:6:3: columns.a: there is no field "pathh", did you mean "path"?',
      'mapping.yaml:7:8: columns.b.expression: this expression is wrong: there is no field "statuss", did you mean "status"?',
      'mapping.yaml:8:22: columns.c.format: "QQ" is no part of a time: write YYYY, YY, MM, DD, HH, mm, ss, SSS, Z, and other letters in brackets, as in YYYY[T]HH',
      "mapping.yaml:9:3: columns.d: expected exactly one of the keys from, value, expression, run, found from and value",
      "mapping.yaml:10:3: columns.e: expected the name of a field, or keys such as from, value, expression",
    ]);
    expect(problemsOf("{ table: t, columns: { id: id } }", { besides: false })).toEqual([
      "mapping.yaml:1:1: key: a key is needed where our own tables are not written: it is what keeps a repeat from being a second row",
    ]);
  });

  test("can be code, whose functions are told of and never stop a call", () => {
    const { own, faults } = load(
      `import { defineMapping } from "@gatelog/db-sink";
export default defineMapping({
  table: "t",
  when: ({ status = 0 }) => status >= 400,
  columns: {
    id: "id",
    first: ({ bizKeys }) => bizKeys![0],
    keys: { run: ({ bizKeys }) => bizKeys, type: "json" },
    late: async () => 1,
  },
});`,
      { name: "mapping.ts" },
    );
    expect(checkMappingTypes(join(directory.path, "mapping.ts")).problems).toEqual([
      expect.stringContaining("Type '() => Promise<number>' is not assignable") as unknown,
    ]);
    const call = callOf({ status: 400, bizKeys: ["PO-1"] });
    expect(own.rowOf(call)).toEqual([call.id, "PO-1", '["PO-1"]', null]);
    expect(own.rowOf(callOf())).toBeUndefined();
    expect(own.rowOf(callOf({ status: 500 }))?.[1]).toBeNull();
    expect(faults[0]).toBe("late could not be made: the function returned a promise: functions of a mapping are synchronous");
    expect(faults[1]).toContain("first could not be made: Cannot read properties of undefined");
  });

  test("knows every field of the record", () => {
    const besides = ["eventDay", "extra", "parseError", "rawLine"] as const;
    expect([...mappedFields.keys()].sort()).toEqual([...recordFields, ...besides].sort());
    expectTypeOf<keyof MappedRecord>().toEqualTypeOf<keyof LogRecord | (typeof besides)[number]>();
    expectTypeOf<LogRecord>().toExtend<Partial<Omit<MappedRecord, "eventDay">>>();
  });
});
