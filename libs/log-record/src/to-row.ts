import { fieldNotes } from "./columns.ts";
import type { FieldNotes } from "./field-kinds.ts";
import type { LineIdentity } from "./identify.ts";
import type { ParsedLine } from "./parsed-line.ts";
import { cutText, isStorable, mendText, repairJson } from "./repair.ts";
import type { RecordField } from "./schema.ts";
import { eventDay, toUtcTime } from "./time.ts";

/** Characters of `parse_error`. */
export const parseErrorLengthMax = 1024;

/** What a column holds: times as ISO UTC text with milliseconds, JSON as text. */
export type ColumnValue = string | number | boolean | null;

/**
 * A call as its columns hold it, both tables' in one; those of the record are named by `recordColumns`.
 *
 * **Shape**: `{ event_day: "2026-11-23", id: "0199…", v: 1, request_time: "2026-11-23T08:00:00.000Z", …, extra: null, parse_error: null, raw_line: null }`.
 */
export interface CallRow {
  readonly event_day: string;
  readonly id: string;
  readonly [column: string]: ColumnValue;
}

/** The identity that the first stage fixed. */
export type FixedIdentity = Pick<LineIdentity, "time"> & { readonly id: string };

interface Cell {
  readonly field: RecordField;
  readonly notes: FieldNotes;
}

const cells: readonly Cell[] = Array.from(fieldNotes, ([field, notes]) => ({ field, notes }));
const columns = ["event_day", "id", ...cells.map(({ notes }) => notes.column), "extra", "parse_error", "raw_line"];
const emptyRow: Readonly<Record<string, ColumnValue>> = Object.fromEntries(columns.map((column) => [column, null]));

/**
 * The row of a line, ready for every database that gatelog writes to.
 *
 * **Guarantee**: no NUL, no lone surrogate, no text longer than its column, no number or time out of range: such values are mended
 * (U+FFFD, cut on a character boundary, null) and named in `parse_error`. `raw_line` is kept only where `parse_error` is set.
 */
export function toRow(parsed: ParsedLine, identity: FixedIdentity, rawLine: string): CallRow {
  const faults = faultsOf(parsed);
  // A copy of the empty row is many times faster than a row that grows, and every row has the same shape.
  const row: Record<string, ColumnValue> = { ...emptyRow };
  row["event_day"] = eventDay(identity.time);
  row["id"] = identity.id;
  if (parsed.kind === "record") fillRow(row, parsed, faults);
  row["parse_error"] = faults.length === 0 ? null : cutText(mendText(faults.join("; ")), parseErrorLengthMax);
  row["raw_line"] = faults.length === 0 ? null : mendText(rawLine);
  return row as unknown as CallRow;
}

function fillRow(
  row: Record<string, ColumnValue>,
  { record, form, extra }: Extract<ParsedLine, { kind: "record" }>,
  faults: string[],
): void {
  for (const { field, notes } of cells) {
    const value = record[field];
    if (value !== undefined) row[notes.column] = toColumn(value, notes, faults);
  }
  if (form !== "v1") row["v"] = null;
  if (extra !== undefined) row["extra"] = toJson(extra, "extra", faults);
}

function faultsOf(parsed: ParsedLine): string[] {
  if (parsed.kind === "mark") return ["a mark, not a record"];
  const fault = parsed.kind === "record" ? parsed.parseError : parsed.error;
  return fault === undefined ? [] : [fault];
}

function toColumn(value: unknown, notes: FieldNotes, faults: string[]): ColumnValue {
  switch (notes.storage) {
    case "text":
      return toText(value as string, notes, faults);
    case "integer":
    case "real":
      return toNumber(value as number, notes, faults);
    case "boolean":
      return value as boolean;
    case "timestamp":
      return toTimestamp(value as string, notes, faults);
    case "json":
      return toJson(value, notes.column, faults);
    default:
      return notes.storage satisfies never;
  }
}

/** A name that the line did not have is empty in the record and null in the store. */
function toText(value: string, { column, lengthMax, table }: FieldNotes, faults: string[]): string | null {
  if (value === "" && table === "interface_log" && (column === "gateway" || column === "boot")) return null;
  let text = value;
  if (!isStorable(text)) {
    text = mendText(text);
    faults.push(`${column} had NUL or half characters`);
  }
  if (lengthMax === undefined || text.length <= lengthMax) return text;
  faults.push(`${column} was longer than ${lengthMax}`);
  return cutText(text, lengthMax);
}

function toNumber(value: number, { column, max }: FieldNotes, faults: string[]): number | null {
  if (column === "seq" && value === 0) return null;
  if (value >= 0 && value <= max!) return value;
  faults.push(`${column} was out of range`);
  return null;
}

function toTimestamp(value: string, { column }: FieldNotes, faults: string[]): string | null {
  if (value === "") return null;
  const time = toUtcTime(value);
  if (time === undefined) faults.push(`${column} is no time`);
  return time ?? null;
}

function toJson(value: unknown, column: string, faults: string[]): string {
  const { value: storable, repaired } = repairJson(value);
  if (repaired) faults.push(`${column} had NUL, half characters or too many levels`);
  return JSON.stringify(storable);
}
