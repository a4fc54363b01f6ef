import type { CallRow } from "@gatelog/log-record";
import { DeliveryError } from "@gatelog/pipeline";
import type { StoredCounts } from "../database.ts";

/** The databases whose SQL a table of the team can be written in. */
export const ownDialects = ["sqlite", "postgresql", "mysql", "oracle"] as const;
export type OwnDialect = (typeof ownDialects)[number];

/** What a column of the team's table holds. `timestamp` is ISO text in UTC, or text in the form that the mapping gives; `json` is JSON text. */
export const ownTypes = ["text", "integer", "real", "boolean", "timestamp", "date", "json"] as const;
export type OwnType = (typeof ownTypes)[number];

export type OwnValue = string | number | boolean | null;

/** A row of the team's table: a value for each of its columns, in their order. */
export type OwnRow = readonly OwnValue[];

/** A column that the mapping fills; the table may have others, which are left to their defaults. */
export interface OwnColumn {
  readonly name: string;
  readonly type: OwnType;
  /** Characters that it holds; values are cut to it. */
  readonly lengthMax?: number;
  /** Of a `timestamp` that is text without a zone: whose clock it shows. Else it is an instant. */
  readonly clockOf?: string;
  /** Where the value comes from, for comments in DDL. */
  readonly origin: string;
  /** Whether a value may be NULL: false where the mapping has a constant or a default. */
  readonly nullable: boolean;
}

/**
 * A table that the team has, and how a call becomes a row of it. It is written in the transaction of the batch.
 *
 * **Guarantee**: with a `key`, a row whose key is there is left (`ignore`) or made as this one (`update`), so that a batch can be stored again.
 * Without one, only calls that were really inserted into `interface_log` are written, so that `besides` must be true.
 */
export interface OwnTable {
  /** `api_log`, or `schema.api_log`. */
  readonly table: string;
  /** Columns of a unique key that the table has; may be empty. */
  readonly key: readonly string[];
  readonly onConflict: "ignore" | "update";
  readonly columns: readonly OwnColumn[];
  /** Whether our own tables are written as well. */
  readonly besides: boolean;
  /** The row of a call; undefined where it is not meant for this table. */
  readonly rowOf: (call: CallRow) => OwnRow | undefined;
}

/** Calls of a batch, in their order, and those of them that were new to `interface_log`. */
export interface OwnCalls {
  readonly calls: readonly CallRow[];
  readonly inserted: readonly CallRow[];
}

/**
 * The rows of a batch: one per key, the first or (`update`) the last one, sorted by key, so that writers that lock in the same order cannot deadlock.
 *
 * **Errors**: DeliveryError GATELOG_DATABASE_REFUSED, permanent, for a row without a value in its key: it could be written twice.
 */
export function ownRows(own: OwnTable, { calls, inserted }: OwnCalls): readonly OwnRow[] {
  if (own.key.length === 0) return rowsOf(own, inserted);
  const places = own.key.map((name) => own.columns.findIndex((column) => column.name === name));
  const byKey = new Map<string, OwnRow>();
  for (const row of rowsOf(own, calls)) {
    const key = places.map((place) => keyText(own, row, place)).join("\0");
    if (own.onConflict === "update" || !byKey.has(key)) byKey.set(key, row);
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** What is counted where our own tables are not written. */
export function ownAlone(rows: number): StoredCounts {
  return { inserted: 0, insertedByDay: new Map(), marksInserted: 0, ownRows: rows };
}

function rowsOf(own: OwnTable, calls: readonly CallRow[]): readonly OwnRow[] {
  return calls.map((call) => own.rowOf(call)).filter((row) => row !== undefined);
}

function keyText({ table, columns }: OwnTable, row: OwnRow, place: number): string {
  const value = row[place];
  if (value !== null && value !== undefined) return String(value);
  throw new DeliveryError("GATELOG_DATABASE_REFUSED", `the table ${table} needs a value for its key column ${columns[place]?.name ?? ""}`, {
    permanent: true,
  });
}
