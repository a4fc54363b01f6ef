import { existsSync, rmSync } from "node:fs";
import { formatRecord } from "@gatelog/log-record";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DatabaseError } from "../errors.ts";
import { firstCallMs, makeCall, makeCalls, makeRecord, rowOfLine } from "../calls.test-helper.ts";
import { sqliteDatabases, testDatabases, type TestDatabase, type TestDatabases } from "../databases.test-helper.ts";
import { parseDatabaseUrl } from "../url.ts";
import { openReader, type CallReader } from "./open-reader.ts";

const at = (seq: number) => new Date(firstCallMs + seq * 1000).toISOString();

describe.each(testDatabases)("reading from %s", (_name, start) => {
  let databases: TestDatabases;
  let target: TestDatabase;
  let reader: CallReader;

  beforeAll(async () => {
    databases = await start();
    target = await databases.create();
    await target.database.migrate();
    reader = openReader(target.url);
    await target.database.store({
      calls: makeCalls(1, 100, (seq) => ({
        status: seq % 10 === 0 ? 500 : seq % 10 === 5 ? 503 : 200,
        path: `/p/${seq % 4}`,
        requestContent: seq === 42 ? "Needle 100%_sure \\ 日志" : `body ${seq}`,
        url: seq === 7 ? "http://gw/a%20b_c" : `http://gw/${seq}`,
        durationMs: seq / 4,
      })),
      marks: [],
    });
  });
  afterAll(async () => {
    await reader.close();
    await target.close();
    await databases.stop();
  });

  const seqs = async (query: Parameters<CallReader["list"]>[0]) => (await reader.list(query)).records.map(({ seq }) => seq);

  test("records come newest first, fifty at a time, with an exact total", async () => {
    const page = await reader.list({});
    expect(page.records.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, index) => 100 - index));
    expect(page).toMatchObject({ total: 100, totalIsExact: true });
  });

  test("a listed record has plain values, times in UTC, no nulls, and the beginning of its bodies instead of them", async () => {
    const [record] = (await reader.list({ limit: 1 })).records;
    expect(record).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      day: "2026-11-23",
      v: 1,
      requestTime: at(100),
      gateway: "gw-1",
      boot: "b1",
      seq: 100,
      status: 500,
      method: "POST",
      url: "http://gw/100",
      path: "/p/0",
      durationMs: 25,
      storedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      requestPreview: "body 100",
      responsePreview: "ok",
    });
  });

  test("a cursor leads through all pages, without gaps and doubles, while calls are being stored", async () => {
    const seen: (number | undefined)[] = [];
    let cursor: string | undefined;
    let newer = 1000;
    do {
      const page = await reader.list({ limit: 7, cursor, to: at(101) });
      seen.push(...page.records.map(({ seq }) => seq));
      cursor = page.nextCursor ?? undefined;
      await target.database.store({ calls: makeCalls(newer, (newer += 3)), marks: [] });
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => 100 - index));
  });

  test("calls of one millisecond are told apart by their id", async () => {
    const time = "2026-12-01T00:00:00.000Z";
    await target.database.store({ calls: makeCalls(2001, 2025, () => ({ requestTime: time, path: "/same" })), marks: [] });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await reader.list({ limit: 4, cursor, path: "/same" });
      seen.push(...page.records.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(25);
    expect(seen).toEqual([...new Set(seen)].toSorted().toReversed());
  });

  test("status is one number or a class", async () => {
    expect(await seqs({ status: "503", to: at(101) })).toEqual([95, 85, 75, 65, 55, 45, 35, 25, 15, 5]);
    expect(await reader.list({ status: "5xx", to: at(101), limit: 1 })).toMatchObject({ total: 20, totalIsExact: true });
    expect(await seqs({ status: "404" })).toEqual([]);
  });

  test("path is exact", async () => {
    expect(await reader.list({ path: "/p/1", limit: 1 })).toMatchObject({ total: 25 });
    expect(await reader.list({ path: "/p/", limit: 1 })).toMatchObject({ total: 0, nextCursor: null, records: [] });
  });

  test("from is inclusive, to is exclusive, both in any offset", async () => {
    expect(await seqs({ from: at(10), to: at(13) })).toEqual([12, 11, 10]);
    expect(await seqs({ from: "2026-11-23T16:00:10.000+08:00", to: at(12) })).toEqual([11, 10]);
    expect((await reader.list({ from: "2026-11-23", to: "2026-11-24", limit: 1 })).total).toBeGreaterThanOrEqual(100);
  });

  test.each([
    ["needle 100%_SURE", [42]],
    ["%_sure \\", [42]],
    ["日志", [42]],
    ["a%20b_c", [7]],
    ["a%b", []],
    ["b_dy", []],
    ["body 4", [49, 48, 47, 46, 45, 44, 43, 41, 40, 4]],
    ["' OR '1'='1", []],
  ])("q finds %j in URL and bodies, literally", async (q, expected) => {
    expect(await seqs({ q, to: at(101) })).toEqual(expected);
    expect(await reader.list({ q, to: at(101), limit: 1 })).toMatchObject({ total: expected.length, totalIsExact: true });
  });

  test("q finds lines that are no record", async () => {
    await target.database.store({ calls: [rowOfLine("garbage-7f3a at the gate")], marks: [] });
    const page = await reader.list({ q: "garbage-7f3a" });
    expect(page.records).toMatchObject([{ day: "1970-01-01", parseError: expect.any(String) }]);
  });

  test("filters go together", async () => {
    expect(await seqs({ q: "body", status: "5xx", path: "/p/0", to: at(101), limit: 2 })).toEqual([100, 80]);
  });

  test("one record has its headers, bodies and unknown fields", async () => {
    const record = makeRecord(3000, {
      requestHeaders: { host: "a", cookie: ["1", "2"] },
      error: { code: "E", message: "m" },
      redacted: ["x"],
    });
    const line = formatRecord(record).replace(/\}$/, ',"future":{"a":[1]}}');
    const call = rowOfLine(line);
    await target.database.store({ calls: [call], marks: [] });
    expect(await reader.get(call.event_day, call.id.toUpperCase())).toMatchObject({
      ...record,
      day: "2026-11-23",
      extra: { future: { a: [1] } },
      hasBody: true,
    });
    expect(await reader.get("2026-11-22", call.id)).toBeNull();
  });

  test("a record whose body is gone is still there", async () => {
    const call = makeCall(4000, { operation: "without-body" });
    await target.database.store({ calls: [call], marks: [] });
    await target.query(`DELETE FROM interface_body WHERE id = '${call.id}'`);
    expect(await reader.get(call.event_day, call.id)).toMatchObject({ operation: "without-body", hasBody: false });
    expect((await reader.list({ from: at(4000), to: at(4001) })).records).toMatchObject([{ id: call.id }]);
  });

  test.each([
    [{ limit: 0 }, "limit"],
    [{ limit: 501 }, "limit"],
    [{ limit: 1.5 }, "limit"],
    [{ status: "teapot" }, "status"],
    [{ status: "5000" }, "status"],
    [{ from: "yesterday" }, "from"],
    [{ from: "2026-11-23T08:00:00" }, "from"],
    [{ to: "2026-13-01" }, "to"],
    [{ cursor: "xyz" }, "cursor"],
    [{ cursor: Buffer.from('[1,"not a uuid"]').toString("base64url") }, "cursor"],
    [{ q: "x".repeat(1001) }, "q"],
  ])("the question %j is refused, naming the part", async (query, part) => {
    const error = await reader.list(query).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ code: "GATELOG_DATABASE_QUERY", message: expect.stringContaining(part) });
  });

  test("a day or an id that is none is refused", async () => {
    await expect(reader.get("2026-99-99", makeCall(1).id)).rejects.toMatchObject({ code: "GATELOG_DATABASE_QUERY" });
    await expect(reader.get("2026-11-23", "42")).rejects.toMatchObject({ code: "GATELOG_DATABASE_QUERY" });
  });

  test("before the tables are there it is not ready with a reason, creates nothing, and recovers by itself", async () => {
    const early = await databases.create();
    const waiting = openReader(early.url);
    try {
      expect(await waiting.check()).toEqual({ ready: false, reason: expect.any(String) });
      await expect(waiting.list({})).rejects.toMatchObject({ code: "GATELOG_DATABASE_NOT_READY" });
      const location = parseDatabaseUrl(early.url);
      if (location.dialect === "sqlite") expect(existsSync(location.file)).toBe(false);
      await early.database.migrate();
      expect(await waiting.check()).toEqual({ ready: true });
      await early.database.store({ calls: [makeCall(1)], marks: [] });
      expect((await waiting.list({})).total).toBe(1);
      expect(waiting.status()).toEqual({ ready: true });
    } finally {
      await waiting.close();
      await early.close();
    }
  });

  test("2,001 calls of one path are counted exactly, and beyond 10,000 the total is a bound", async () => {
    const many = await databases.create();
    await many.database.migrate();
    const calls = makeCalls(1, 2001, () => ({ path: "/many" }));
    for (let from = 0; from < calls.length; from += 500) await many.database.store({ calls: calls.slice(from, from + 500), marks: [] });
    const counting = openReader(many.url);
    expect(await counting.list({ path: "/many", limit: 10 })).toMatchObject({ total: 2001, totalIsExact: true });
    for (let from = 2002; from < 10_002; from += 1000) await many.database.store({ calls: makeCalls(from, from + 999), marks: [] });
    expect(await counting.list({ limit: 500 })).toMatchObject({ total: 10_000, totalIsExact: false });
    expect((await counting.list({ limit: 500 })).records).toHaveLength(500);
    await counting.close();
    await many.close();
  });
});

describe("a SQLite file that is replaced", () => {
  test("is opened anew by reader and writer, and nothing is written into the file that is gone", async () => {
    const databases = await sqliteDatabases();
    const target = await databases.create();
    const location = parseDatabaseUrl(target.url);
    const file = location.dialect === "sqlite" ? location.file : "";
    const reader = openReader(target.url);
    await target.database.migrate();
    await target.database.store({ calls: makeCalls(1, 3), marks: [] });
    expect((await reader.list({})).total).toBe(3);
    for (const part of ["", "-wal", "-shm"]) rmSync(file + part, { force: true });
    await expect(reader.list({})).rejects.toMatchObject({ code: "GATELOG_DATABASE_NOT_READY" });
    await expect(target.database.store({ calls: makeCalls(4, 4), marks: [] })).rejects.toMatchObject({ permanent: false });
    await target.database.migrate();
    await target.database.store({ calls: makeCalls(4, 4), marks: [] });
    expect((await reader.list({})).total).toBe(1);
    await reader.close();
    await target.close();
    await databases.stop();
  });
});
