import { type CallRow, cutText } from "@gatelog/log-record";
import type { SqlColumn } from "./columns.ts";

/** A call, or what was read of a stored one: times as ISO text or Date, numbers and booleans as the driver gives them. */
export type CountedCall = Readonly<Record<string, unknown>> & { readonly event_day: string };

/** A row of `call_roll_up`: what is to be added to the one that has its key. */
export type RollUpRow = Readonly<Record<string, string | number | boolean>>;

/** Upper bounds of the histogram's columns, ms; a call counts in the first one that its duration does not exceed, else in `duration_more`. */
export const durationBoundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000] as const;

/** Characters of an environment's name here: MySQL takes keys of 3,072 bytes. */
const envLengthMax = 64;
/** What one call adds at most, so that no sum of a batch leaves what a double holds, nor one of years 64 bits. */
const bytesMax = 2 ** 36;
const durationMicrosMax = 86_400_000_000;

/** Whose row it is. `source` is the partition of the topic that the calls came from: each has one writer, so that none waits for another. */
export const rollUpKey: readonly SqlColumn[] = [
  { column: "event_day", type: "day" },
  { column: "minute_start", type: "timestamp" },
  { column: "source", type: "text" },
  { column: "env", type: "text" },
  { column: "project", type: "text" },
  { column: "route", type: "text" },
  { column: "status_class", type: "integer" },
  { column: "success", type: "boolean" },
];

const bucketColumns = [...durationBoundsMs.map((bound) => `duration_${bound}`), "duration_more"];

/** What is added up; all are integers. `duration_us` is the sum in microseconds. */
export const rollUpMeasures: readonly SqlColumn[] = ["calls", "request_bytes", "response_bytes", "duration_us", ...bucketColumns].map(
  (column) => ({ column, type: "bigint" }),
);

/** The columns that a roll-up fills, the key first. */
export const rollUpColumns: readonly SqlColumn[] = [...rollUpKey, ...rollUpMeasures];

/** How they are written: added to what is there. */
export const rollUpTarget = { key: rollUpKey.map(({ column }) => column), added: rollUpMeasures.map(({ column }) => column) } as const;

/** The columns of `interface_log` from which a call is counted. */
export const countedColumns = [
  "event_day",
  "request_time",
  "env",
  "project",
  "route",
  "status",
  "success",
  "request_bytes",
  "response_bytes",
  "duration_ms",
] as const;

/**
 * Adds calls up per minute × source × environment × project × route × class of status × success.
 *
 * **Guarantee**: a pure function of the calls: the roll-ups of rows that were read again equal those of the rows as they were inserted. A call
 * without a status is of class 0, one without a name has an empty one.
 */
export class RollUp {
  readonly #source: string;
  readonly #rows = new Map<string, Record<string, string | number | boolean>>();

  /** `source`: `<topic>/<partition>`. */
  constructor(source: string) {
    this.#source = source;
  }

  add(call: CountedCall): void {
    this.#count(call, 1);
  }

  /** Takes a call away that is no longer as it was. */
  subtract(call: CountedCall): void {
    this.#count(call, -1);
  }

  /** Sorted by key, so that writers that lock in the same order cannot deadlock; rows that change nothing are left out. */
  rows(): readonly RollUpRow[] {
    const changing = [...this.#rows].filter(([, row]) => rollUpMeasures.some(({ column }) => row[column] !== 0));
    return changing.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }

  #count(call: CountedCall, sign: 1 | -1): void {
    const row = this.#rowOf(call);
    row["calls"] = (row["calls"] as number) + sign;
    addTo(row, "request_bytes", sign * bounded(call["request_bytes"], bytesMax));
    addTo(row, "response_bytes", sign * bounded(call["response_bytes"], bytesMax));
    const { duration_ms: durationMs } = call;
    if (durationMs === null || durationMs === undefined) return;
    addTo(row, "duration_us", sign * bounded(Math.round(Number(durationMs) * 1000), durationMicrosMax));
    addTo(row, bucketOf(Number(durationMs)), sign);
  }

  #rowOf(call: CountedCall): Record<string, string | number | boolean> {
    const minute = minuteOf(call);
    const env = nameOf(cutText(nameOf(call["env"]), envLengthMax));
    const project = nameOf(call["project"]);
    const route = nameOf(call["route"]);
    const statusClass = Math.min(Math.floor(Number(call["status"] ?? 0) / 100), 9);
    const success = Boolean(call["success"]);
    const key = `${call.event_day}\0${minute}\0${env}\0${project}\0${route}\0${statusClass}${success ? 1 : 0}`;
    const present = this.#rows.get(key);
    if (present !== undefined) return present;
    const row: Record<string, string | number | boolean> = {
      event_day: call.event_day,
      minute_start: `${minute}:00.000Z`,
      source: this.#source,
      env,
      project,
      route,
      status_class: statusClass,
      success,
    };
    for (const { column } of rollUpMeasures) row[column] = 0;
    this.#rows.set(key, row);
    return row;
  }
}

/** The roll-ups of rows that were really inserted. */
export function rollUp(source: string, inserted: readonly CallRow[]): readonly RollUpRow[] {
  const sum = new RollUp(source);
  for (const call of inserted) sum.add(call);
  return sum.rows();
}

function addTo(row: Record<string, string | number | boolean>, column: string, amount: number): void {
  row[column] = (row[column] as number) + amount;
}

function bounded(value: unknown, max: number): number {
  return Math.min(Number(value ?? 0), max);
}

function bucketOf(durationMs: number): string {
  const bound = durationBoundsMs.find((each) => durationMs <= each);
  return bound === undefined ? "duration_more" : `duration_${bound}`;
}

/** `YYYY-MM-DDTHH:MM`; a line without a readable time counts at the beginning of its day, as its row does. */
function minuteOf({ request_time: time, event_day: day }: CountedCall): string {
  if (time instanceof Date) return time.toISOString().slice(0, 16);
  return typeof time === "string" ? time.slice(0, 16) : `${day}T00:00`;
}

/** Databases compare names in their own ways; ours end where a blank at the end, which some ignore, begins. */
function nameOf(value: unknown): string {
  return typeof value === "string" ? value.trimEnd() : "";
}
