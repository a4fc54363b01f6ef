import type { CallRow } from "@gatelog/log-record";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCall, makeCalls } from "../calls.test-helper.ts";
import { testDatabases, type TestDatabase, type TestDatabases } from "../databases.test-helper.ts";
import { compareCalls } from "./compare-calls.ts";
import type { Comparison, CompareOptions } from "./comparison.ts";

const day = "2026-11-23";

/** What their tables are made of, in words that every database here knows. */
const tables = {
  api_call: "CREATE TABLE api_call (id varchar(36), request_time varchar(40), status integer, url varchar(200), body varchar(200))",
  seed_call: "CREATE TABLE seed_call (at varchar(40), url varchar(200), request_content varchar(200))",
};

function text(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  return `'${(typeof value === "string" ? value : JSON.stringify(value)).replaceAll("'", "''")}'`;
}

function summary({ findings }: Comparison): Record<string, number> {
  return Object.fromEntries(Object.entries(findings).flatMap(([kind, { count }]) => (count === 0 ? [] : [[kind, count]])));
}

describe.each(testDatabases)("comparing with another table on %s", (_name, start) => {
  let databases: TestDatabases;
  let target: TestDatabase;
  let calls: readonly CallRow[];
  beforeAll(async () => {
    databases = await start();
    target = await databases.create();
    await target.database.migrate();
    calls = makeCalls(1, 57);
    const other = makeCall(1, { requestTime: "2026-11-24T00:00:00.000Z" });
    await target.database.store({ calls: [...calls, other], marks: [] });
  });
  afterAll(async () => {
    await target?.close();
    await databases?.stop();
  });

  /** Their table, made anew with these rows. */
  async function fill(table: keyof typeof tables, rows: readonly (readonly unknown[])[]): Promise<void> {
    await target.query(`DROP TABLE IF EXISTS ${table}`);
    await target.query(tables[table]);
    const values = rows.map((row) => `(${row.map(text).join(", ")})`).join(", ");
    if (rows.length > 0) await target.query(`INSERT INTO ${table} VALUES ${values}`);
  }

  function compare(options: Partial<CompareOptions>): Promise<Comparison> {
    const defaults = {
      table: "api_call",
      day,
      idColumn: "id",
      timeColumn: "request_time",
      columns: undefined,
      timeZone: "UTC",
      samplesMax: 3,
      rowsMax: 10,
    };
    return target.database.withSession((session) => compareCalls(session, { ...defaults, ...options }));
  }

  const apiRow = ({ id, request_time: time, status, url, request_content: body }: CallRow) => [id, time, status, url, body];
  const seedRow = ({ request_time: time, url, request_content: body }: CallRow) => {
    const local = new Date(Date.parse(String(time)) + 8 * 3_600_000);
    return [local.toISOString().slice(0, 19).replace("T", " "), url, body];
  };

  test("says that equal days are equal, over many pages", async () => {
    await fill("api_call", calls.map(apiRow));
    const comparison = await compare({});
    expect(summary(comparison)).toEqual({});
    expect(comparison).toMatchObject({ here: 57, there: 57, columns: ["request_time", "status", "url"] });
  });

  test("finds what is missing on either side, doubled, without an id and different, wherever pages end", async () => {
    const rows = calls.map(apiRow);
    const [first, ...rest] = rows as [unknown[], ...unknown[][]];
    const stranger = apiRow(makeCall(58));
    const changed = rest.map((row, index) => (index === 20 ? row.toSpliced(2, 1, 500) : row));
    const doubled = Array.from({ length: 12 }, () => rest[30] as unknown[]);
    await fill("api_call", [...changed, stranger, ...doubled, [null, first[1], 1, "", ""]]);
    const comparison = await compare({});
    expect(summary(comparison)).toEqual({ missingThere: 1, missingHere: 1, doubledThere: 1, withoutIdThere: 1, different: 1 });
    expect(comparison).toMatchObject({ here: 57, there: 70 });
    expect(comparison.findings).toMatchObject({
      missingThere: { samples: [first[0]] },
      missingHere: { samples: [stranger[0]] },
      doubledThere: { samples: [`${String(rest[30]?.[0])}  13 times`] },
      different: { samples: [`${String(rest[20]?.[0])}  status: here "200", there "500"`] },
    });
  });

  test("compares columns of other names, bodies too", async () => {
    await fill(
      "api_call",
      calls.map((call, index) => apiRow(index === 0 ? { ...call, request_content: "other" } : call)),
    );
    const comparison = await compare({ columns: new Map([["request_content", "body"]]) });
    expect(summary(comparison)).toEqual({ different: 1 });
  });

  test("tells rows without ids apart by time, URL and body, with local times to the second", async () => {
    const [first, ...rest] = calls.map(seedRow) as [unknown[], ...unknown[][]];
    await fill("seed_call", [first, ...rest]);
    const options = { table: "seed_call", idColumn: undefined, timeColumn: "at", timeZone: "Asia/Shanghai" };
    const equal = await compare(options);
    expect(summary(equal)).toEqual({});
    expect(equal).toMatchObject({ here: 57, there: 57, columns: ["url", "request_content"] });

    await fill("seed_call", [...rest, rest[5] as unknown[], [first[0], "http://other", ""]]);
    expect(summary(await compare(options))).toEqual({ missingThere: 1, missingHere: 1, doubledThere: 1 });
  });

  test("reads all times that have no zone as those of the zone that is given, and knows the zone of others", async () => {
    const types = { sqlite: ["text", "text"], postgresql: ["timestamp", "timestamptz"], mysql: ["datetime(3)", "timestamp(3)"] } as const;
    const [local, zoned] = types[target.database.dialect as keyof typeof types];
    await target.query("DROP TABLE IF EXISTS local_call");
    await target.query(`CREATE TABLE local_call (id varchar(36), request_time ${local}, response_time ${local}, at ${zoned} NULL)`);
    const shanghai = (time: unknown) => new Date(Date.parse(String(time)) + 8 * 3_600_000).toISOString().replace("T", " ").slice(0, 23);
    const instant = (time: unknown) => (zoned === "timestamp(3)" ? `FROM_UNIXTIME(${Date.parse(String(time)) / 1000})` : text(time));
    const rows = calls.map(
      ({ id, request_time: begin, response_time: end }) =>
        `('${id}', '${shanghai(begin)}', ${end === null || end === undefined ? "NULL" : `'${shanghai(end)}'`}, ${instant(begin)})`,
    );
    await target.query(`INSERT INTO local_call VALUES ${rows.join(", ")}`);
    const options = { table: "local_call", timeZone: "Asia/Shanghai" };
    const byLocal = await compare(options);
    expect(byLocal).toMatchObject({ here: 57, there: 57, columns: ["request_time", "response_time"] });
    expect(summary(byLocal)).toEqual({});
    const byInstant = await compare({ ...options, timeColumn: "at", columns: new Map([["request_time", "at"]]) });
    expect(byInstant).toMatchObject({ here: 57, there: 57 });
    expect(summary(byInstant)).toEqual({});
  });

  test("shows long values from where they differ", async () => {
    const long = "x".repeat(150);
    const rows = calls.map((call, index) => apiRow(index === 0 ? { ...call, url: long } : call));
    await fill("api_call", rows);
    await target.query(`UPDATE interface_log SET url = '${long}end' WHERE id = '${String(calls[0]?.id)}'`);
    const { findings } = await compare({ columns: new Map([["url", "url"]]) });
    const tail = "x".repeat(20);
    expect(findings.different).toEqual({
      count: 1,
      samples: [`${String(calls[0]?.id)}  url: here …"${tail}end", there …"${tail}"`],
    });
  });

  test("says that numbers are no ids of calls", async () => {
    await fill("api_call", []);
    await expect(compare({ idColumn: "status" })).rejects.toThrow(
      /^api_call\.status is int.*, so it is not the id of a call: say which column/,
    );
  });

  test("says which table or column is not there", async () => {
    await fill("api_call", []);
    await expect(compare({ table: "nothing" })).rejects.toThrow("there is no table nothing that this account may see");
    await expect(compare({ timeColumn: "at" })).rejects.toThrow("api_call has no column at; it has id, request_time, status, url, body");
    await expect(compare({ columns: new Map([["no", "url"]]) })).rejects.toThrow("interface_log has no column no");
  });
});
