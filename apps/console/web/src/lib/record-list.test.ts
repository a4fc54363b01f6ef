import { seededRandom, seedOfRun } from "@gatelog/testkit";
import { describe, expect, test } from "vitest";
import type { RecordPage } from "../../../src/wire.ts";
import { countFresh, keyOf, liveRowsMax, withNewest, withOlder, type RecordList } from "./record-list.ts";

/** A store whose record `n` is newer than `n - 1`; its cursor is the last number of the page. */
function pageOf(newest: number, options: { size?: number; below?: number } = {}): RecordPage {
  const { size = 5, below = newest + 1 } = options;
  const start = Math.min(newest, below - 1);
  const numbers = Array.from({ length: Math.min(size, start) }, (_, index) => start - index);
  const last = numbers.at(-1) ?? 0;
  return {
    total: newest,
    totalIsExact: true,
    nextCursor: last > 1 ? String(last) : null,
    records: numbers.map((n) => ({ day: "2026-11-23", id: String(n) })),
  };
}

const ids = (list: RecordList) => list.records.map((record) => Number(record.id));

describe("the newest page on top of the list", () => {
  test("of an empty store is an empty list", () => {
    expect(withNewest(undefined, pageOf(0))).toMatchObject({ records: [], nextCursor: null, total: 0 });
  });

  test("adds what is new and keeps the older pages and their cursor", () => {
    const list = withOlder(withNewest(undefined, pageOf(20)), pageOf(20, { below: 16 }));
    const next = withNewest(list, pageOf(22));
    expect(ids(next)).toEqual([22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11]);
    expect(next).toMatchObject({ nextCursor: "11", total: 22 });
    expect([...next.arrived]).toEqual(["2026-11-23/22", "2026-11-23/21"]);
  });

  test("that does not reach down to the list replaces it: no hidden gap", () => {
    const list = withNewest(undefined, pageOf(20));
    const next = withNewest(list, pageOf(40));
    expect(ids(next)).toEqual([40, 39, 38, 37, 36]);
    expect(next.nextCursor).toBe("36");
  });

  test("takes a record that came late to its place", () => {
    const late: RecordPage = { ...pageOf(20), records: ["20", "19", "18.5", "18", "17"].map((id) => ({ day: "2026-11-23", id })) };
    expect(ids(withNewest(withNewest(undefined, pageOf(20)), late))).toEqual([20, 19, 18.5, 18, 17, 16]);
  });

  test("does not grow the list for ever", () => {
    let list = withNewest(undefined, pageOf(5));
    for (let newest = 6; newest < 3 * liveRowsMax; newest += 3) list = withNewest(list, pageOf(newest));
    expect(list.records.length).toBeLessThanOrEqual(liveRowsMax);
  });
});

test("an older page never doubles a record", () => {
  const list = withNewest(undefined, pageOf(20));
  expect(ids(withOlder(list, pageOf(20, { below: 18 })))).toEqual([20, 19, 18, 17, 16, 15, 14, 13]);
});

test("what is fresh is counted", () => {
  const list = withNewest(undefined, pageOf(20));
  expect([countFresh(list, pageOf(20)), countFresh(list, pageOf(23)), countFresh(list, pageOf(90))]).toEqual([0, 3, 5]);
});

test("whatever arrives while one refreshes and scrolls, the list is always a gapless run from the newest it knows", () => {
  const random = seededRandom(seedOfRun());
  let newest = 0;
  let list = withNewest(undefined, pageOf(0));
  for (let step = 0; step < 2000; step++) {
    newest += random.integer(0, 8);
    if (random.integer(0, 3) === 0 && list.nextCursor !== null) list = withOlder(list, pageOf(newest, { below: Number(list.nextCursor) }));
    else list = withNewest(list, pageOf(newest));
    const shown = ids(list);
    const top = shown[0] ?? 0;
    expect(shown).toEqual(shown.map((_, index) => top - index));
    expect(new Set(list.records.map(keyOf)).size).toBe(shown.length);
    expect(list.nextCursor).toBe((shown.at(-1) ?? 0) > 1 ? String(shown.at(-1)) : null);
  }
});
