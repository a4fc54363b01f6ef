import type { CallRow } from "@gatelog/log-record";
import { describe, expect, test } from "vitest";
import { makeCall, makeCalls, rowOfLine } from "./calls.test-helper.ts";
import { databaseOfEachTest, testDatabases } from "./databases.test-helper.ts";
import type { StoredCall } from "./stored-calls.ts";

describe.each(testDatabases)("making rows of %s anew", (_name, start) => {
  const target = databaseOfEachTest(start);

  const update = (calls: readonly CallRow[], version = "2") =>
    target.database.update(calls, { version, isDue: (stored) => stored === null || stored < version });
  const changed = (call: CallRow, parts: Partial<CallRow>): CallRow => ({ ...call, ...parts }) as CallRow;
  const rows = (columns: string) => target.query(`SELECT ${columns} FROM interface_call ORDER BY request_time`);

  test("rows that are there get their new values in both tables, and their version; none is inserted", async () => {
    const calls = makeCalls(1, 300);
    await target.database.store({ calls: calls.slice(0, 250), marks: [] });
    await target.database.checkUpdates();
    expect(await rows("pipeline_version")).toEqual(Array.from({ length: 250 }, () => ({ pipeline_version: null })));
    const parts = { path: "/new", request_content: null, response_content: "new", labels: '{"team":"a"}', status: 404 };
    expect(await update(calls.map((call) => changed(call, parts)))).toEqual({ updated: 250, left: 0, missing: 50 });
    const found = await rows("path, request_content, response_content, status, pipeline_version");
    const whole = { path: "/new", request_content: null, response_content: "new", status: 404, pipeline_version: "2" };
    expect(found).toEqual(Array.from({ length: 250 }, () => whole));
  });

  test("rows of the same or a later version are left alone, and a call that stands twice is the first one", async () => {
    const [one, two, three] = [makeCall(1), makeCall(2), makeCall(3, { requestTime: "2026-11-24T08:00:00.000Z" })];
    await target.database.store({ calls: [one, two, three], marks: [] });
    expect(await update([changed(one, { path: "/three" })], "3")).toEqual({ updated: 1, left: 0, missing: 0 });
    const calls = [one, two, changed(two, { path: "/again" }), three].map((call) => changed(call, { method: "PUT" }));
    expect(await update(calls)).toEqual({ updated: 2, left: 1, missing: 0 });
    expect(await update(calls)).toEqual({ updated: 0, left: 3, missing: 0 });
    expect(await rows("path, method, pipeline_version")).toEqual([
      { path: "/three", method: "POST", pipeline_version: "3" },
      { path: "/orders/2", method: "PUT", pipeline_version: "2" },
      { path: "/orders/3", method: "PUT", pipeline_version: "2" },
    ]);
  });

  test("what fails in the middle changes nothing, and bodies that are gone are not brought back", async () => {
    const calls = makeCalls(1, 3);
    await target.database.store({ calls, marks: [] });
    await target.query("DELETE FROM interface_body");
    let asked = 0;
    const failing = target.database.update(calls, {
      version: "2",
      isDue: () => {
        if (asked++ === 0) return true;
        throw new Error("fails in the middle");
      },
    });
    await expect(failing).rejects.toMatchObject({ permanent: false });
    expect(await rows("pipeline_version")).toEqual(calls.map(() => ({ pipeline_version: null })));
    expect(await update(calls)).toEqual({ updated: 3, left: 0, missing: 0 });
    expect(Number((await target.query("SELECT count(*) AS n FROM interface_body"))[0]?.["n"])).toBe(0);
    expect(await rows("request_content")).toEqual(calls.map(() => ({ request_content: null })));
  });

  test("stored calls are read again as they were made, page by page, with their version", async () => {
    const rich = {
      labels: { b: "1", a: "2" },
      requestHeaders: { "x-a": ["1", "2"], accept: "*/*" },
      success: true,
      durationMs: 1.5,
      requestBytes: 5_000_000_000,
      responseTime: "2026-11-23T08:00:01.007Z",
    };
    const calls = [...makeCalls(1, 7, () => rich), rowOfLine('{"status":"20')];
    await target.database.store({ calls, marks: [] });
    const [first] = calls as [CallRow];
    await update([first]);
    const found: StoredCall[] = [];
    for (let after: string | undefined; ; after = found.at(-1)?.row.id) {
      const page = await target.database.storedCalls({ day: "2026-11-23", after, rowsMax: 3 });
      found.push(...page);
      if (page.length < 3) break;
    }
    const wanted = calls.slice(0, -1).sort((a, b) => (a.id < b.id ? -1 : 1));
    const asObjects = (row: CallRow) => ({
      ...row,
      labels: JSON.parse(String(row["labels"])) as unknown,
      request_headers: JSON.parse(String(row["request_headers"])) as unknown,
    });
    expect(found.map(({ row }) => asObjects(row))).toEqual(wanted.map(asObjects));
    expect(found.map(({ version }) => version)).toEqual(wanted.map(({ id }) => (id === first.id ? "2" : null)));
    const [broken] = await target.database.storedCalls({ day: "1970-01-01", after: undefined, rowsMax: 3 });
    expect(broken?.row).toMatchObject({ ...calls.at(-1), request_time: "1970-01-01T00:00:00.000Z" });
  });

  test("tables that are too old are told of, and none is created", async () => {
    await target.query("DROP VIEW interface_call");
    await target.query("ALTER TABLE interface_log DROP COLUMN pipeline_version");
    await expect(target.database.checkUpdates()).rejects.toMatchObject({ code: "GATELOG_DATABASE_NOT_READY" });
    const empty = await target.create();
    await expect(empty.database.checkUpdates()).rejects.toMatchObject({ code: "GATELOG_DATABASE_NOT_READY" });
    await empty.close();
  });
});
