import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { makeCall } from "../calls.test-helper.ts";
import { databaseOfEachTest, testDatabases } from "../databases.test-helper.ts";
import type { SqlSession } from "../sql-session.ts";
import { eraseCalls, type EraseRequest } from "./erase-calls.ts";

const nowMs = Date.parse("2026-11-23T12:00:00Z");

describe.each(testDatabases)("erasing on %s", (_name, start) => {
  const target = databaseOfEachTest(start);

  beforeEach(async () => {
    const on = (day: string) => ({ requestTime: `${day}T08:00:00.000Z` });
    await target.database.store({
      calls: [
        makeCall(1, { ...on("2026-11-01"), caller: "alice", project: "a" }),
        makeCall(2, { ...on("2026-11-02"), user: "alice", project: "b" }),
        makeCall(3, { ...on("2026-11-03"), clientIp: "10.0.0.7", bizKeys: ["SO-1", "SO-2"] }),
        makeCall(4, { ...on("2026-11-03"), caller: "alice2", bizKeys: ["SO-10"] }),
        makeCall(5, { ...on("2026-11-04"), caller: "Alice" }),
        makeCall(6, { ...on("2026-11-05"), caller: "a_ice", clientIp: "10.0.0.70" }),
      ],
      marks: [],
    });
  });

  const erase = (request: EraseRequest) =>
    target.database.withSession((session) => eraseCalls(session, request, { nowMs, rowsPerStep: 1 }));
  const left = async () =>
    (await target.query("SELECT seq FROM interface_call WHERE request_content IS NOT NULL ORDER BY seq")).map((row) => Number(row["seq"]));

  test("a subject is the caller, the user or the address, exactly; the receipt proves it without naming it, and a second run finds nothing", async () => {
    const dry = await erase({ kind: "subject", value: "alice", isDryRun: true });
    expect(dry).toMatchObject({ calls: 2, bodies: 2, isDryRun: true });
    expect(await left()).toEqual([1, 2, 3, 4, 5, 6]);
    const receipt = await erase({ kind: "subject", value: "alice" });
    expect(receipt).toMatchObject({ calls: 2, bodies: 2, firstDay: "2026-11-01", lastDay: "2026-11-02", isComplete: true });
    expect(await left()).toEqual([3, 4, 5, 6]);
    const [row] = await target.query("SELECT * FROM erasure_receipt");
    expect(Number(row?.["calls"])).toBe(2);
    expect(row?.["value_hmac"]).toBe(createHmac("sha256", Buffer.from(receipt.proof, "hex")).update("alice").digest("hex"));
    expect(JSON.stringify([row, receipt])).not.toContain("alice");
    expect(JSON.stringify(row)).not.toContain(receipt.proof);
    expect(await erase({ kind: "subject", value: "alice" })).toMatchObject({ calls: 0, bodies: 0, firstDay: null });
    expect(await target.query("SELECT id FROM erasure_receipt")).toHaveLength(2);
    await erase({ kind: "subject", value: "10.0.0.7" });
    expect(await left()).toEqual([4, 5, 6]);
  });

  test("a day is looked at in pieces, and none of its calls is passed over", async () => {
    const callers = Array.from({ length: 63 }, (_, index) => (index % 20 === 0 || index > 59 ? "bob" : "somebody"));
    const calls = callers.map((caller, index) => makeCall(100 + index, { requestTime: "2026-11-06T08:00:00.000Z", caller }));
    await target.database.store({ calls, marks: [] });
    const statements: string[] = [];
    const work = (isDryRun: boolean) =>
      target.database.withSession((session) => {
        const counted: SqlSession = {
          dialect: session.dialect,
          time: (value) => session.time(value),
          run: (sql, values) => session.run(sql, values),
          transaction: (inner) => session.transaction(inner),
          rows: (sql, values) => {
            if (sql.includes("caller")) statements.push(sql);
            return session.rows(sql, values);
          },
        };
        return eraseCalls(counted, { kind: "subject", value: "bob", isDryRun }, { nowMs, rowsPerStep: 1 });
      });
    expect(await work(true)).toMatchObject({ calls: 6, bodies: 6 });
    // Days with one call each, and this one in four pieces.
    expect(statements).toHaveLength(5 + 4);
    expect(await work(false)).toMatchObject({ calls: 6, bodies: 6, firstDay: "2026-11-06" });
    expect(await target.query("SELECT count(*) AS n FROM interface_log WHERE event_day = '2026-11-06'")).toMatchObject([
      { n: expect.toSatisfy((n) => Number(n) === 57) },
    ]);
  });

  test("a document number is one of the keys, exactly", async () => {
    expect(await erase({ kind: "key", value: "SO-1" })).toMatchObject({ calls: 1, firstDay: "2026-11-03" });
    expect(await left()).toEqual([1, 2, 4, 5, 6]);
    expect(await erase({ kind: "key", value: "SO-" })).toMatchObject({ calls: 0 });
  });

  test("days and a project narrow it", async () => {
    expect(await erase({ kind: "subject", value: "alice", from: "2026-11-02" })).toMatchObject({
      calls: 1,
      firstDay: "2026-11-02",
      from: "2026-11-02",
    });
    expect(await erase({ kind: "subject", value: "alice", to: "2026-11-01", project: "b" })).toMatchObject({ calls: 0 });
    expect(await erase({ kind: "subject", value: "alice", to: "2026-11-01", project: "a" })).toMatchObject({ calls: 1 });
  });
});
