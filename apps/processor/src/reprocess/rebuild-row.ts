import { Buffer } from "node:buffer";
import { type CallRow, eventDay, fieldNotes, formatRecord, formatSeed, type LogRecord, parseLine, toRow } from "@gatelog/log-record";
import { encodeEvent } from "../plain-event.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";

/**
 * The event that a row was made of, under its key: its line is `raw_line` where there is one, else it is written again from the columns.
 *
 * Undefined where the line would not make the same row again: that can only be left as it is.
 */
export function rebuildRow(row: CallRow, seedTimeZone: string): WorkEvent | undefined {
  const { event_day: day, id, request_time: requestTime } = row;
  const dayBegins = `${day}T00:00:00.000Z`;
  const time = typeof requestTime === "string" && eventDay(requestTime) === day ? requestTime : dayBegins;
  const line = lineOf(row, seedTimeZone);
  if (line === undefined) return undefined;
  const again = toRow(parseLine(line, { seedTimeZone }), { id, time }, line);
  if (!isSame({ ...again, request_time: again["request_time"] ?? dayBegins }, row)) return undefined;
  return decodeEvent(encodeEvent({ id, time, type: "record", line: Buffer.from(line), fieldsJson: "" }));
}

function lineOf(row: CallRow, timeZone: string): string | undefined {
  if (typeof row["raw_line"] === "string") return row["raw_line"];
  const record: Record<string, unknown> = {};
  for (const [field, { column, storage }] of fieldNotes) {
    const value = row[column] ?? null;
    if (value !== null) record[field] = storage === "json" ? JSON.parse(String(value)) : value;
  }
  const { v, ...others } = record;
  const whole = { ...(v !== undefined && { v }), id: row.id, ...others } as unknown as LogRecord;
  if (v === undefined) return whole.requestTime === undefined ? undefined : formatSeed(whole, { timeZone });
  const extra = row["extra"];
  return formatRecord(whole, typeof extra === "string" ? (JSON.parse(extra) as Record<string, unknown>) : undefined);
}

const jsonColumns = new Set(["extra", ...Array.from(fieldNotes.values(), ({ column, storage }) => (storage === "json" ? column : ""))]);

function isSame(again: CallRow, row: CallRow): boolean {
  return Object.keys(again).every((column) => {
    const [one = null, two = null] = [again[column], row[column]];
    return one === two || (jsonColumns.has(column) && one !== null && two !== null && inOrder(String(one)) === inOrder(String(two)));
  });
}

/** JSON with the keys of its objects in order: PostgreSQL keeps them in its own. */
function inOrder(json: string): string {
  return JSON.stringify(JSON.parse(json), (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
