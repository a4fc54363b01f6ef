import type { ParsedLine, ReadOptions } from "./parsed-line.ts";
import { asLine } from "./read-fields.ts";
import type { LogRecord } from "./schema.ts";
import { toZonedTime } from "./time-zone.ts";
import { readTimeMs } from "./time.ts";

type RecordLine = Extract<ParsedLine, { kind: "record" }>;
type Fields = { -readonly [K in keyof LogRecord]: LogRecord[K] };

/** What nginx logs for a variable without a value. */
const noValue = "-";

/** Whether an object is a line of the original: no other format names the URL so. */
export function isSeed(object: Readonly<Record<string, unknown>>): boolean {
  return typeof object["requestURL"] === "string";
}

/**
 * A record from the original's seven fields. `-` and an empty string are no value; `method` is the request URI, not the verb;
 * times are local in the given zone; `success` is status < 400, as for every call without a rule.
 */
export function readSeed(object: Readonly<Record<string, unknown>>, options: ReadOptions): RecordLine {
  const record: Fields = { v: 1, id: "", requestTime: "", gateway: "", boot: "", seq: 0 };
  const extra = Object.create(null) as Record<string, unknown>;
  const faults: string[] = [];
  for (const key of Object.keys(object)) {
    const read = readers[key];
    const value = wordOf(object[key]);
    if (value === "" || value === noValue) continue;
    if (read !== undefined && value !== undefined && read(record, value, options)) continue;
    extra[key] = object[key];
    if (read !== undefined) faults.push(`${key} does not fit`);
  }
  if (record.requestTime === "" && extra["requestTime"] === undefined) faults.push("requestTime is missing");
  return asLine({ kind: "record", form: "seed", record }, extra, faults);
}

/** A field's reader puts the value into the record, or says that it does not fit. */
const readers: Readonly<Record<string, ((record: Fields, value: string, options: ReadOptions) => boolean) | undefined>> = Object.assign(
  Object.create(null) as object,
  {
    status: readStatus,
    requestTime: (record: Fields, value: string, options: ReadOptions) => readTime(value, options, (time) => (record.requestTime = time)),
    responseTime: (record: Fields, value: string, options: ReadOptions) => readTime(value, options, (time) => (record.responseTime = time)),
    requestURL: (record: Fields, value: string) => Boolean((record.url = value)),
    method: readRequestUri,
    requestContent: (record: Fields, value: string) => Boolean((record.requestContent = value)),
    responseContent: (record: Fields, value: string) => Boolean((record.responseContent = value)),
  },
);

function wordOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  return value === null ? "" : undefined;
}

function readStatus(record: Fields, value: string): boolean {
  // nginx writes 000 where a client left before there was an answer.
  if (value === "000") return true;
  if (!/^[1-9]\d\d$/.test(value)) return false;
  record.status = Number(value);
  record.success = record.status < 400;
  return true;
}

function readTime(value: string, { seedTimeZone }: ReadOptions, keep: (time: string) => void): boolean {
  const ms = readTimeMs(value, seedTimeZone);
  if (ms === undefined) return false;
  keep(toZonedTime(ms, seedTimeZone));
  return true;
}

function readRequestUri(record: Fields, value: string): boolean {
  const mark = value.indexOf("?");
  record.path = mark === -1 ? value : value.slice(0, mark);
  if (mark !== -1) record.query = value.slice(mark + 1);
  return true;
}
