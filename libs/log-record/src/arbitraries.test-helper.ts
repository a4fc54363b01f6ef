import * as fc from "fast-check";
import { recordFields, recordSchema, type LogRecord, type RecordField } from "./index.ts";

/** Pieces that trouble encoders: NUL, controls, quotes, separators, astral characters and halves of them. */
const troublesome = [
  "\0",
  "\u0001",
  "\n",
  "\r",
  '"',
  "\\",
  "/",
  "\u2028",
  "\u2029",
  "\u007f",
  "\ufeff",
  "\ufffd",
  "日志",
  "😀",
  "\ud83d",
  "\ude00",
  "é",
];
const unit = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...troublesome) },
  { weight: 1, arbitrary: fc.nat(0xffff).map((code) => String.fromCharCode(code)) },
);

/** Any string of UTF-16 units, lone surrogates included. */
export const anyString = fc.oneof(fc.string({ unit, maxLength: 40 }), fc.string({ maxLength: 40 }));

/** An instant of 2015 to 2100 as ISO 8601 with milliseconds and an offset. */
export const anyTime = fc
  .record({
    ms: fc.integer({ min: Date.UTC(2015, 0, 2), max: Date.UTC(2100, 11, 30) }),
    minutes: fc.integer({ min: -14 * 60, max: 14 * 60 }),
  })
  .map(({ ms, minutes }) => {
    if (minutes === 0) return new Date(ms).toISOString();
    const size = Math.abs(minutes);
    const offset = `${minutes < 0 ? "-" : "+"}${String(Math.trunc(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
    return new Date(ms + minutes * 60_000).toISOString().replace("Z", offset);
  });

/** Any record that the schema allows, with its fields in any order. */
export const anyRecord: fc.Arbitrary<LogRecord> = fc
  .record(Object.fromEntries(recordFields.map((field) => [field, anyValue(field)])), {
    requiredKeys: ["v", "id", "requestTime", "gateway", "boot", "seq"],
  })
  .chain((record) => fc.shuffledSubarray(Object.keys(record), { minLength: Object.keys(record).length }).map((keys) => pick(record, keys)));

/** Names that are no field of the record, with any JSON value. */
export const anyExtra = fc.dictionary(
  anyString.filter((key) => !(recordFields as readonly string[]).includes(key) && key !== "type"),
  fc.jsonValue({ stringUnit: unit, maxDepth: 3 }).map(positiveZero),
  { maxKeys: 4, noNullPrototype: false },
);

function anyValue(field: RecordField): fc.Arbitrary<unknown> {
  if (field === "v") return fc.constant(1);
  if (field === "id") return fc.uuid({ version: 7 });
  if (field === "requestTime" || field === "responseTime") return anyTime;
  if (field === "error") return fc.record({ code: anyString, message: anyString });
  const schema = recordSchema.properties[field] as unknown as Record<string, unknown>;
  if (schema["enum"] !== undefined) return fc.constantFrom(...(schema["enum"] as string[]));
  switch (schema["type"]) {
    case "string":
      return anyString;
    case "integer":
      return fc.integer({ min: schema["minimum"] as number, max: schema["maximum"] as number });
    case "number":
      return fc.double({ min: 0, max: schema["maximum"] as number, noNaN: true }).map(positiveZero);
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(anyString, { maxLength: 3 });
    default:
      return fc.dictionary(anyString, field === "labels" ? anyString : fc.oneof(anyString, fc.array(anyString, { maxLength: 2 })), {
        maxKeys: 3,
      });
  }
}

/** JSON knows no −0. */
function positiveZero<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function pick(record: Record<string, unknown>, keys: readonly string[]): LogRecord {
  return Object.fromEntries(keys.map((key) => [key, record[key]])) as LogRecord;
}
