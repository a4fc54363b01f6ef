import { fieldChecks, isLogRecord } from "./field-checks.ts";
import type { Extra } from "./format.ts";
import type { LineForm, ParsedLine, ReadOptions } from "./parsed-line.ts";
import type { LogRecord } from "./schema.ts";
import { toZonedTime } from "./time-zone.ts";
import { readTimeMs } from "./time.ts";
import { isUuid } from "./uuid.ts";

type JsonObject = Readonly<Record<string, unknown>>;
type RecordLine = Extract<ParsedLine, { kind: "record" }>;

const timeWithOffset = /(?:Z|[+-]\d\d:?\d\d)$/i;

/** A record from an object with v1's field names, in any order; what is unknown or does not fit is kept as extra. */
export function readFields(object: JsonObject, form: LineForm, options: ReadOptions): RecordLine {
  if (form === "v1" && isClean(object)) return { kind: "record", form, record: object };
  return readEach(object, form, options);
}

/** Whether the object is a record as it stands: the common case, which then costs no copy. */
function isClean(object: JsonObject): object is JsonObject & LogRecord {
  for (const key of Object.keys(object)) {
    if (!fieldChecks.has(key)) return false;
  }
  if (!isLogRecord(object)) return false;
  const { id, requestTime, responseTime } = object;
  return isUuid(id) && id === id.toLowerCase() && isFullTime(requestTime) && (responseTime === undefined || isFullTime(responseTime));
}

function isFullTime(time: string): boolean {
  return timeWithOffset.test(time) && readTimeMs(time, "UTC") !== undefined;
}

function readEach(object: JsonObject, form: LineForm, options: ReadOptions): RecordLine {
  const fields: Record<string, unknown> = { v: 1, id: "", requestTime: "", gateway: "", boot: "", seq: 0 };
  // Without a prototype, so that a key `__proto__` is a key like any other.
  const extra = Object.create(null) as Record<string, unknown>;
  const faults: string[] = [];
  for (const key of Object.keys(object)) {
    const value = object[key];
    const isOwn = fieldChecks.has(key);
    if (isOwn && value === null) continue;
    const read = isOwn ? readField(key, value, form, options) : undefined;
    if (read === undefined) extra[key] = value;
    else fields[key] = read;
    if (isOwn && read === undefined && !isForeignName(key, form)) faults.push(`${key} does not fit`);
  }
  faults.push(...missing(object, form));
  const record = fields as unknown as LogRecord;
  return asLine({ kind: "record", form, record }, extra, faults);
}

/** The value as the record holds it, or undefined when it does not fit. */
function readField(key: string, value: unknown, form: LineForm, options: ReadOptions): unknown {
  const check = fieldChecks.get(key)!;
  if (!check.fits(value)) return undefined;
  if (key === "id") return form === "v1" && isUuid(value as string) ? (value as string).toLowerCase() : undefined;
  if (!check.isTime) return value;
  if (isFullTime(value as string)) return value;
  const ms = readTimeMs(value as string, options.seedTimeZone);
  return ms === undefined ? undefined : toZonedTime(ms, options.seedTimeZone);
}

/** Another maker's version or id are its own business: kept as extra, and no fault. */
function isForeignName(key: string, form: LineForm): boolean {
  return form === "foreign" && (key === "v" || key === "id");
}

function missing(object: JsonObject, form: LineForm): string[] {
  if (form !== "v1") return [];
  return ["id", "requestTime", "gateway", "boot", "seq"].filter((key) => (object[key] ?? null) === null).map((key) => `${key} is missing`);
}

/** The line with its extra keys and its faults, where there are any. */
export function asLine(line: RecordLine, extra: Extra, faults: readonly string[]): RecordLine {
  const result: { -readonly [K in keyof RecordLine]: RecordLine[K] } = line;
  if (Object.keys(extra).length > 0) result.extra = extra;
  if (faults.length > 0) result.parseError = faults.join("; ");
  return result;
}
