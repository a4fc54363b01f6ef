import type { RecordPage, RecordSummary } from "../../../src/wire.ts";

/** The list as shown: newest first, without doubles, and where older records continue. */
export interface RecordList {
  readonly records: readonly RecordSummary[];
  readonly nextCursor: string | null;
  readonly total: number;
  readonly totalIsExact: boolean;
  /** Keys of the records that joined last, so that they can be shown to be new. */
  readonly arrived: ReadonlySet<string>;
}

/** Above this a live list is cut back to its newest page, so that a console left open for days stays light. */
export const liveRowsMax = 1000;

const none: ReadonlySet<string> = new Set();

export const keyOf = (record: { day: string; id: string }): string => `${record.day}/${record.id}`;

/** How many records of the newest page are not in the list yet. */
export function countFresh(list: RecordList, page: RecordPage): number {
  const known = new Set(list.records.map(keyOf));
  return page.records.filter((record) => !known.has(keyOf(record))).length;
}

/**
 * The list with the newest page on top.
 *
 * **Guarantee**: no double and no hidden gap: where the page does not reach down to what is shown (more arrived at
 * once than a page holds), the list starts anew with that page.
 */
export function withNewest(list: RecordList | undefined, page: RecordPage): RecordList {
  const counts = { total: page.total, totalIsExact: page.totalIsExact };
  const anew = { records: page.records, nextCursor: page.nextCursor, arrived: none, ...counts };
  if (list === undefined) return anew;
  const onPage = new Set(page.records.map(keyOf));
  const rest = list.records.filter((record) => !onPage.has(keyOf(record)));
  const known = new Set(list.records.map(keyOf));
  const arrived = new Set(page.records.map(keyOf).filter((key) => !known.has(key)));
  if (page.nextCursor === null) return { ...anew, arrived };
  const touches = rest.length < list.records.length;
  if (!touches || page.records.length + rest.length > liveRowsMax) return anew;
  const nextCursor = rest.length === 0 ? page.nextCursor : list.nextCursor;
  return { records: [...page.records, ...rest], nextCursor, arrived, ...counts };
}

/** The list with an older page at its end. */
export function withOlder(list: RecordList, page: RecordPage): RecordList {
  const known = new Set(list.records.map(keyOf));
  const more = page.records.filter((record) => !known.has(keyOf(record)));
  return { ...list, records: [...list.records, ...more], nextCursor: page.nextCursor };
}
