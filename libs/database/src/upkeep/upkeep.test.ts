import { beforeEach, describe, expect, test } from "vitest";
import { makeCall, rowOfLine } from "../calls.test-helper.ts";
import type { DatabaseEvent } from "../database.ts";
import { databaseOfEachTest, testDatabases } from "../databases.test-helper.ts";
import type { Retention } from "./retention.ts";

const dayMs = 86_400_000;
const nowMs = Date.parse("2026-11-23T12:00:00Z");
const retention: Retention = {
  metadataDays: 10,
  bodyDays: 5,
  rollUpDays: 20,
  projects: { short: { metadataDays: 3, bodyDays: 1 }, long: { metadataDays: 15, bodyDays: 8 } },
};
/** A call so many days ago. */
const callAgo = (days: number, project?: string) =>
  makeCall(days, { requestTime: new Date(nowMs - days * dayMs).toISOString(), ...(project === undefined ? {} : { project }) });
const ages = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 15, 16, 20, 21];
const mark = (id: string) =>
  ({
    id,
    gateway: "g",
    boot: "b",
    seq: 1,
    in_flight: "[]",
    closing: false,
    previous_boot: null,
    previous_seq: null,
    aborted: null,
  }) as never;

describe.each(testDatabases)("upkeep of %s", (_name, start) => {
  const events: DatabaseEvent[] = [];
  const target = databaseOfEachTest(start, { onEvent: (event) => events.push(event) });

  beforeEach(() => {
    events.length = 0;
  });

  /** How many days ago the rows of a table are, oldest last, of one project. */
  const agesIn = async (table: "interface_log" | "interface_body", project: string | null) => {
    const of = project === null ? "l.project IS NULL" : `l.project = '${project}'`;
    const rows = await target.query(
      `SELECT l.request_time AS t FROM ${table} x JOIN interface_log l ON l.event_day = x.event_day AND l.id = x.id WHERE ${of} ORDER BY l.request_time DESC`,
    );
    return rows.map((row) => (nowMs - new Date(row["t"] as string | Date).getTime()) / dayMs);
  };
  const count = async (from: string) => Number((await target.query(`SELECT count(*) AS n FROM ${from}`))[0]?.["n"]);
  const storeAll = () =>
    target.database.store({
      calls: [undefined, "short", "long", "other"].flatMap((project) => ages.map((days) => callAgo(days, project))),
      marks: [],
    });

  test.each(["in daily partitions", "in the default partition"])(
    "keeps each project's calls and bodies as long as is said, %s",
    async (place) => {
      if (place === "in daily partitions") await target.database.upkeep(nowMs - 21 * dayMs, retention, { partitionsFrom: "2026-10-01" });
      await storeAll();
      const report = await target.database.upkeep(nowMs, retention, { rowsPerStep: 3 });
      expect(events).toEqual([]);
      for (const project of [null, "other"]) {
        expect(await agesIn("interface_log", project)).toEqual(ages.filter((days) => days <= 10));
        expect(await agesIn("interface_body", project)).toEqual(ages.filter((days) => days <= 5));
      }
      expect(await agesIn("interface_log", "short")).toEqual([0, 1, 2, 3]);
      expect(await agesIn("interface_body", "short")).toEqual([0, 1]);
      expect(await agesIn("interface_log", "long")).toEqual(ages.filter((days) => days <= 15));
      expect(await agesIn("interface_body", "long")).toEqual(ages.filter((days) => days <= 8));
      expect(
        await count("interface_body b WHERE NOT EXISTS (SELECT 1 FROM interface_log l WHERE l.event_day = b.event_day AND l.id = b.id)"),
      ).toBe(0);
      expect(await count("(SELECT DISTINCT event_day FROM call_roll_up) days")).toBe(ages.filter((days) => days <= 20).length);
      expect(report.elsewhere).toBe(false);
      expect(report.deleted).toContainEqual({ table: "interface_log", reason: "project", rows: expect.any(Number) });
      const again = await target.database.upkeep(nowMs, retention);
      expect(again).toEqual({ created: [], dropped: [], deleted: [], elsewhere: false });
    },
  );

  test("calls whose project has an empty name are kept no longer than others", async () => {
    await target.database.store({ calls: [callAgo(0, ""), callAgo(12, "")], marks: [] });
    await target.database.upkeep(nowMs, retention);
    expect(await agesIn("interface_log", "")).toEqual([0]);
  });

  test("what comes late is stored, and goes with the next run", async () => {
    await storeAll();
    await target.database.upkeep(nowMs, retention);
    expect(await target.database.store({ calls: [callAgo(100), callAgo(2, "short"), callAgo(12, "long")], marks: [] })).toMatchObject({
      inserted: 3,
    });
    const { deleted } = await target.database.upkeep(nowMs, retention);
    expect(deleted).toEqual(
      expect.arrayContaining([
        { table: "interface_log", reason: "retention", rows: 1 },
        { table: "interface_body", reason: "project", rows: 1 },
      ]),
    );
    expect(await agesIn("interface_log", "long")).toContain(12);
  });

  test("bodies go on the day after their project's last one, whoever keeps them longer", async () => {
    const days = { other: 10, brief: 2, middle: 13, long: 15 };
    const projects = { brief: { bodyDays: days.brief }, middle: { bodyDays: days.middle }, long: { bodyDays: days.long } };
    const kept: Retention = { metadataDays: 30, bodyDays: days.other, rollUpDays: 30, projects };
    const all = Array.from({ length: 16 }, (_, index) => index);
    await target.database.store({ calls: Object.keys(days).flatMap((project) => all.map((age) => callAgo(age, project))), marks: [] });
    for (let later = 0; later < 4; later++) {
      // Without what is looked for once a day.
      await target.database.upkeep(nowMs + later * dayMs, kept, { rowsPerStep: 3, sweptRowsMax: 0 });
      const left = await Promise.all(Object.keys(days).map((project) => agesIn("interface_body", project)));
      expect(left).toEqual(Object.values(days).map((bodyDays) => all.filter((age) => age + later <= bodyDays)));
    }
  });

  test("bodies that come long after their project's time are gone within a day, though others keep theirs longer", async () => {
    const projects = { brief: { bodyDays: 2 }, middle: { bodyDays: 12 }, long: { bodyDays: 15 } };
    const kept: Retention = { metadataDays: 20, bodyDays: 10, rollUpDays: 20, projects };
    await target.database.upkeep(nowMs, kept);
    const late = [undefined, "other", "brief", "middle", "long"].flatMap((project) => [8, 14].map((days) => callAgo(days, project)));
    await target.database.store({ calls: late, marks: [] });
    // The sweep of this day is done: the next one sees all rows, a few in each run.
    for (let run = 1; run <= 6; run++) await target.database.upkeep(nowMs + dayMs, kept, { rowsPerStep: 2, sweptRowsMax: 4 });
    const left = ["other", "brief", "middle", "long"].map((project) => agesIn("interface_body", project));
    expect(await Promise.all([agesIn("interface_body", null), ...left])).toEqual([[8], [8], [], [8], [8, 14]]);
    expect(await agesIn("interface_log", "brief")).toEqual([8, 14]);
    expect(events).toEqual([]);
  });

  test("rows without a day and marks age by when they were stored", async () => {
    await target.database.store({
      calls: [rowOfLine("no record"), rowOfLine("none either")],
      marks: [mark("0199a1b2-c3d4-7000-8000-000000000001"), mark("0199a1b2-c3d4-7000-8000-000000000002")],
    });
    const bodies = await count("interface_body");
    expect(bodies).toBe(2);
    expect((await target.database.upkeep(Date.now(), retention)).deleted).toEqual([]);
    expect((await target.database.upkeep(Date.now() + 7 * dayMs, retention)).deleted).toEqual([
      { table: "interface_body", reason: "undated", rows: 2 },
    ]);
    const { deleted } = await target.database.upkeep(Date.now() + 17 * dayMs, retention);
    expect(deleted).toEqual(
      expect.arrayContaining([
        { table: "interface_log", reason: "undated", rows: 2 },
        { table: "ledger_mark", reason: "retention", rows: 2 },
      ]),
    );
  });

  test("rows without a day are kept as long as their project says", async () => {
    const undated = (project: string) => ({ ...callAgo(0, project), event_day: "1970-01-01" });
    await target.database.store({ calls: ["short", "long", "another"].map(undated), marks: [] });
    const left = async (days: number) => {
      await target.database.upkeep(Date.now() + days * dayMs, retention);
      return (await target.query("SELECT project FROM interface_log ORDER BY project")).map(({ project }) => project);
    };
    expect(await left(0)).toEqual(["another", "long", "short"]);
    expect(await left(5)).toEqual(["another", "long"]);
    expect(await left(12)).toEqual(["long"]);
    expect(await left(17)).toEqual([]);
  });

  test("rows without a day are looked at once a day, some at each run", async () => {
    const undated = (index: number) => ({ ...callAgo(index, "any"), event_day: "1970-01-01" });
    await target.database.store({ calls: [1, 2, 3, 4, 5].map(undated), marks: [] });
    const left: number[] = [];
    for (const days of [0, 0, 0, 0, 12, 12, 12]) {
      await target.database.upkeep(Date.now() + days * dayMs, retention, { rowsPerStep: 1, sweptRowsMax: 2 });
      left.push(await count("interface_log"));
    }
    expect(left).toEqual([5, 5, 5, 5, 3, 1, 0]);
  });

  test("ends between two steps when it is told to, and goes on the next time", async () => {
    await storeAll();
    const stop = new AbortController();
    stop.abort();
    await target.database.upkeep(nowMs, retention, { signal: stop.signal });
    expect(await count("interface_log")).toBe(ages.length * 4);
    await target.database.upkeep(nowMs, retention);
    expect(await count("interface_log")).toBeLessThan(ages.length * 4);
  });
});
