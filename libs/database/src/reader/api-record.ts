import type { LogRecord } from "@gatelog/log-record";
import { dayOf, type LogRow } from "./read-client.ts";

/**
 * A stored call as the console shows it. Values that are not there are left out.
 *
 * **Shape**: `{ "id": "0199…", "day": "2026-11-23", "requestTime": "2026-11-23T08:00:00.000Z", "status": 200, …, "storedAt": "…Z" }`; all times in UTC.
 */
export interface ApiRecord extends Partial<Omit<LogRecord, "id" | "requestTime">> {
  readonly id: string;
  readonly day: string;
  readonly requestTime: string;
  readonly storedAt: string;
  /** Fields of the line that this version does not know. */
  readonly extra?: Record<string, unknown>;
  /** What was wrong with the line, or what of it was mended. */
  readonly parseError?: string;
}

/** In a list: without headers and bodies, but with their beginning. */
export interface ListedRecord extends ApiRecord {
  readonly requestPreview?: string;
  readonly responsePreview?: string;
}

/** One call with headers and bodies. */
export interface FullRecord extends ApiRecord {
  /** The line as it came, where `parseError` is set. */
  readonly rawLine?: string;
  /** False when headers and bodies were never there or are gone. */
  readonly hasBody: boolean;
}

/** The fields of a row of Prisma's as JSON can carry them. */
export function toApiRecord(row: LogRow): ApiRecord {
  const { eventDay, ...fields } = row;
  return { day: dayOf(eventDay), ...plainFields(fields) } as unknown as ApiRecord;
}

/** The fields of `interface_body`, without its key. */
export function toBodyFields(row: LogRow): Record<string, unknown> {
  const { eventDay: _day, id: _id, ...fields } = row;
  return plainFields(fields);
}

function plainFields(row: LogRow): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([field, value]) => [field, plain(value)]),
  );
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  // Integers of 64 bits are at most 2^53 − 1 when they are written.
  return typeof value === "bigint" ? Number(value) : value;
}
