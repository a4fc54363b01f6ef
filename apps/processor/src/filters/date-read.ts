import { isTimeZone, toZonedTime } from "@gatelog/log-record";
import { compileDateFormat, type DateParts, offsetOf } from "./date-format.ts";

/** Reads a value as an instant, in milliseconds since 1970: undefined where it is none. The event's own time says what the text does not: the year. */
export type InstantReader = (value: string | number, eventTime: string) => number | undefined;

const isoPattern = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|[+-]\d\d(?::?\d\d)?))?)?$/i;
/** Seconds from which on an instant is no date any more. */
const secondsMax = 253_402_300_799;

const offsetPattern = /^[+-](?:0\d|1[0-4]):?[0-5]\d$/;

/** Whether it is the name of a time zone, or an offset such as `+08:00`, which not every Node knows as one. */
export function isZone(zone: string): boolean {
  return offsetPattern.test(zone) || isTimeZone(zone);
}

/** Compiles a format. **Errors**: what is wrong with it, as a sentence. */
export function compileInstant(format: string, timeZone: string): InstantReader | string {
  if (format === "ISO8601") return (value) => (typeof value === "string" ? readIso(value, timeZone) : undefined);
  if (format === "UNIX") return (value) => readUnix(value, 1000);
  if (format === "UNIX_MS") return (value) => readUnix(value, 1);
  if (format === "TAI64N") return (value) => readTai64n(String(value));
  const read = compileDateFormat(format);
  if (typeof read === "string") return read;
  return (value, eventTime) => {
    const parts = read(String(value));
    return parts === undefined ? undefined : instantOf(completed(parts, eventTime, timeZone), timeZone);
  };
}

function readIso(text: string, timeZone: string): number | undefined {
  const match = isoPattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const [fraction = "", offset] = match.slice(7, 9);
  const millisecond = Number(fraction.padEnd(3, "0").slice(0, 3));
  const parts: DateParts = { hour, minute, second, millisecond };
  if (year !== undefined && month !== undefined && day !== undefined) Object.assign(parts, { year, month, day });
  if (offset !== undefined) parts.offsetMs = offsetOf(offset);
  return instantOf(parts, timeZone);
}

function readUnix(value: string | number, factor: number): number | undefined {
  if (typeof value === "string" && !/^-?\d{1,17}(?:\.\d{1,12})?$/.test(value)) return undefined;
  const ms = Math.trunc(Number(value) * factor + (Number(value) < 0 ? -1e-6 : 1e-6));
  return Math.abs(ms) <= secondsMax * 1000 ? ms : undefined;
}

/** Seconds from 2^62 on, ten of them ahead of UTC in 1970, and nanoseconds. */
function readTai64n(text: string): number | undefined {
  const match = /^@?4([0-9a-f]{15})([0-9a-f]{8})$/i.exec(text);
  if (match === null) return undefined;
  const seconds = Number.parseInt(match[1] ?? "", 16) - 10;
  return seconds > secondsMax ? undefined : seconds * 1000 + Math.trunc(Number.parseInt(match[2] ?? "", 16) / 1e6);
}

/** A text without a year is of the year that brings it next to the event's own time; one of a time alone, of the event's day. */
function completed(parts: DateParts, eventTime: string, timeZone: string): DateParts {
  if (parts.year !== undefined) return parts;
  const eventMs = Date.parse(eventTime);
  const local = new Date(eventMs + offsetAt(eventMs, timeZone)).toISOString();
  const eventYear = Number(local.slice(0, 4));
  const month = parts.month ?? Number(local.slice(5, 7));
  const day = parts.day ?? (parts.month === undefined ? Number(local.slice(8, 10)) : 1);
  if (parts.month === undefined) return { ...parts, year: eventYear, month, day };
  const distance = (year: number) => Math.abs(Date.UTC(year, month - 1, day) - eventMs);
  const year = [eventYear - 1, eventYear + 1].reduce((best, one) => (distance(one) < distance(best) ? one : best), eventYear);
  return { ...parts, year, month, day };
}

function instantOf(parts: DateParts, timeZone: string): number | undefined {
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0, halfDay = 0 } = parts;
  const hours = hour + halfDay;
  if (month < 1 || month > 12 || day < 1 || hours > 23 || minute > 59 || second > 59) return undefined;
  const localMs = Date.UTC(year, month - 1, day, hours, minute, second, millisecond);
  // The 30th of February would be a day in March.
  if (new Date(localMs).getUTCDate() !== day || new Date(localMs).getUTCFullYear() !== year) return undefined;
  if (parts.offsetMs !== undefined) return localMs - parts.offsetMs;
  const zone = parts.zone ?? timeZone;
  return parts.zone !== undefined && !isZone(zone) ? undefined : utcOf(localMs, zone);
}

/** Clocks that were set forward or back between are taken care of by asking for the offset twice. */
function utcOf(localMs: number, zone: string): number {
  if (zone === "UTC") return localMs;
  const guess = localMs - offsetAt(localMs, zone);
  return localMs - offsetAt(guess, zone);
}

function offsetAt(utcMs: number, zone: string): number {
  return offsetOf(offsetPattern.test(zone) ? zone : toZonedTime(utcMs, zone).slice(-6));
}
