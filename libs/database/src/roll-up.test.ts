import type { CallRow } from "@gatelog/log-record";
import { type SeededRandom, seededRandom } from "@gatelog/testkit";
import { describe, expect, test } from "vitest";
import { firstCallMs, makeCall, makeCalls, rowOfLine } from "./calls.test-helper.ts";
import { databaseOfEachTest, testDatabases } from "./databases.test-helper.ts";
import { durationBoundsMs, type CountedCall, RollUp, rollUpColumns, rollUpMeasures, rollUpTarget } from "./roll-up.ts";

test("an environment's name is cut between characters, and to no blank at its end", () => {
  const sum = new RollUp("kerry/0");
  const name = "e".repeat(63);
  for (const end of ["", "😀", "😁 and more", " more"]) sum.add({ event_day: "2026-11-23", env: name + end });
  expect(sum.rows()).toMatchObject([{ env: name, calls: 4 }]);
});

describe.each(testDatabases)("roll-ups in %s", (_name, start) => {
  const target = databaseOfEachTest(start);

  /** Sums by key without the source, as whoever reads them adds them. */
  const sums = async () => {
    const groups = rollUpTarget.key.filter((column) => column !== "source").join(", ");
    const measures = rollUpMeasures.map(({ column }) => `sum(${column}) AS ${column}`).join(", ");
    const rows = await target.query(`SELECT ${groups}, ${measures} FROM call_roll_up GROUP BY ${groups}`);
    return rows
      .map(normal)
      .filter((row) => rollUpMeasures.some(({ column }) => row[column] !== 0))
      .sort(byText);
  };
  /** The same from the rows as they are stored now. */
  const recount = async () => {
    const sum = new RollUp("");
    for (const row of await target.query("SELECT * FROM interface_log")) sum.add({ ...row, event_day: dayOf(row["event_day"]) });
    return sum.rows().map(normal).sort(byText);
  };

  test("equal a recount of the rows, whatever is stored twice, in one batch or later", async () => {
    const random = seededRandom(7);
    const calls = makeCalls(1, 400, (seq) => fieldsOf(seq, random));
    const broken = rowOfLine("this is not JSON");
    const batches = [calls.slice(0, 150), [...calls.slice(100, 300), ...calls.slice(290, 310)], [broken, ...calls.slice(200)], calls];
    let inserted = 0;
    for (const [index, batch] of batches.entries()) {
      inserted += (await target.database.store({ calls: batch, marks: [], source: `kerry/${index % 2}` })).inserted;
    }
    expect(inserted).toBe(401);
    expect(await sums()).toEqual(await recount());
    const [total] = await target.query("SELECT sum(calls) AS calls FROM call_roll_up");
    expect(Number(total?.["calls"])).toBe(401);
    expect((await target.query("SELECT DISTINCT source FROM call_roll_up ORDER BY source")).map(({ source }) => source)).toEqual([
      "kerry/0",
      "kerry/1",
    ]);
  });

  test("of a batch that is refused nothing is counted", async () => {
    await target.query("DROP VIEW interface_call");
    await target.query("DROP TABLE ledger_mark");
    const mark = {
      id: makeCall(1).id,
      gateway: "g",
      boot: "b",
      seq: 1,
      in_flight: "[]",
      closing: false,
      previous_boot: null,
      previous_seq: null,
      aborted: null,
    };
    await expect(target.database.store({ calls: makeCalls(1, 5), marks: [mark] })).rejects.toMatchObject({ permanent: false });
    expect(await sums()).toEqual([]);
  });

  test("follow rows that are made anew", async () => {
    const random = seededRandom(8);
    const calls = makeCalls(1, 60, (seq) => fieldsOf(seq, random));
    await target.database.store({ calls, marks: [], source: "kerry/0" });
    const anew = calls
      .slice(10, 40)
      .map((call, index): CallRow =>
        Object.assign({}, call, { status: 404, success: index % 2 === 0, route: "other", duration_ms: index * 7.25 }),
      );
    expect(await target.database.update(anew, { version: "2", isDue: (stored) => stored === null })).toMatchObject({ updated: 30 });
    expect(await sums()).toEqual(await recount());
    expect(await target.database.update(anew, { version: "2", isDue: (stored) => stored === null })).toMatchObject({
      updated: 0,
      left: 30,
    });
    expect(await sums()).toEqual(await recount());
  });

  test("say how many rows of each day were inserted", async () => {
    const calls = [makeCall(1), makeCall(2), makeCall(3, { requestTime: "2026-11-24T08:00:00.000Z" })];
    const { insertedByDay } = await target.database.store({ calls, marks: [] });
    expect([...insertedByDay]).toEqual([
      ["2026-11-23", 2],
      ["2026-11-24", 1],
    ]);
    expect([...(await target.database.store({ calls, marks: [] })).insertedByDay]).toEqual([]);
  });
});

describe("RollUp", () => {
  const call = (fields: Partial<CountedCall>): CountedCall => ({
    event_day: "2026-11-23",
    request_time: "2026-11-23T08:00:59.999Z",
    ...fields,
  });
  const only = (fields: Partial<CountedCall>) => {
    const sum = new RollUp("kerry/0");
    sum.add(call(fields));
    return sum.rows()[0];
  };

  test("counts a duration in the first column that it does not exceed, and beyond the last in `duration_more`", () => {
    for (const bound of durationBoundsMs)
      expect(only({ duration_ms: bound })).toMatchObject({ [`duration_${bound}`]: 1, duration_us: bound * 1000 });
    expect(only({ duration_ms: 0.2 })).toMatchObject({ duration_1: 1, duration_us: 200 });
    expect(only({ duration_ms: 60_000.1 })).toMatchObject({ duration_more: 1 });
    expect(only({})).toMatchObject({ calls: 1, duration_us: 0, duration_1: 0 });
  });

  test("puts calls into their minute, and one without names, status or time into the beginning of its day", () => {
    expect(only({ status: 503 })).toMatchObject({ minute_start: "2026-11-23T08:00:00.000Z", status_class: 5, success: false, route: "" });
    expect(only({ request_time: null })).toMatchObject({ minute_start: "2026-11-23T00:00:00.000Z", status_class: 0 });
  });

  test("leaves out what changes nothing", () => {
    const sum = new RollUp("update");
    sum.subtract(call({ status: 200, duration_ms: 3 }));
    sum.add(call({ status: 200, duration_ms: 3 }));
    expect(sum.rows()).toEqual([]);
  });

  test("no single call makes a sum overflow", () => {
    const sum = new RollUp("kerry/0");
    for (let n = 0; n < 100_000; n++) sum.add(call({ request_bytes: Number.MAX_SAFE_INTEGER, duration_ms: 3_155_760_000_000 }));
    const [row] = sum.rows();
    for (const column of ["request_bytes", "duration_us"]) expect(Number.isSafeInteger(row?.[column]), column).toBe(true);
  });
});

function fieldsOf(seq: number, random: SeededRandom) {
  const pick = <T>(values: readonly T[]) => random.pick(values);
  return {
    requestTime: new Date(firstCallMs + seq * 1000 * pick([1, 1, 37, 400])).toISOString(),
    route: pick(["hello", "orders", "订单 "]),
    project: pick(["demo", "shop"]),
    status: pick([200, 201, 304, 404, 500, 599]),
    success: pick([true, false]),
    requestBytes: pick([0, 17, 5_000_000_000]),
    responseBytes: pick([3, 64_000]),
    durationMs: pick([0.123, 1, 7.5, 49.999, 50, 1234.567, 70_000]),
  };
}

function normal(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = rollUpColumns
    .filter(({ column }) => column !== "source")
    .map(({ column, type }) => {
      const value = row[column];
      if (type === "bigint" || type === "integer") return [column, Number(value)];
      if (type === "boolean") return [column, Boolean(value)];
      if (type === "day") return [column, dayOf(value)];
      return [column, type === "timestamp" ? new Date(value as string | Date).toISOString() : value];
    });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function dayOf(value: unknown): string {
  if (!(value instanceof Date)) return String(value).slice(0, 10);
  // The driver makes a date of it in the local zone.
  return `${value.getFullYear()}-${String(value.getMonth() + 1).padStart(2, "0")}-${String(value.getDate()).padStart(2, "0")}`;
}

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
