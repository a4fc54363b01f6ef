import { queryPostgres, startPostgres, type PostgresServer } from "@gatelog/testkit";
import * as fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCalls } from "../calls.test-helper.ts";
import { type Database, openDatabase } from "../database.ts";
import { PostgresqlCopy } from "./copy-postgresql.ts";

describe("rows by COPY", () => {
  let server: PostgresServer;
  let database: Database;

  beforeAll(async () => {
    server = await startPostgres();
    database = openDatabase(server.url);
    await database.migrate();
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  test("are there as they were, whatever characters they hold", async () => {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query("CREATE TEMP TABLE copied (n integer, a text, b text, c boolean, d jsonb, e double precision)");
    const copy = new PostgresqlCopy("copied", [
      { column: "n", type: "integer" },
      { column: "a", type: "text" },
      { column: "b", type: "text" },
      { column: "c", type: "boolean" },
      { column: "d", type: "json" },
      { column: "e", type: "real" },
    ]);
    const text = fc.option(
      fc
        .oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\\N", "\\.", "", "\t", "a\\tb\n\r\u2028", '"', "\\\\", "日志😀"))
        .map((one) => one.replaceAll("\0", "")),
    );
    const row = fc.record({
      a: text,
      b: text,
      c: fc.option(fc.boolean()),
      d: fc.option(fc.dictionary(fc.constantFrom("k", "单号"), fc.constantFrom("\\", "\n", "v"))),
      e: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 50 }), async (rows) => {
        await client.query("TRUNCATE copied");
        const numbered = rows.map((one, n) => ({ n, ...one }));
        await copy.run(client, numbered);
        const found = await client.query("SELECT * FROM copied ORDER BY n");
        // Zero has one sign in text.
        expect(found.rows).toEqual(numbered.map((one) => Object.assign({}, one, { e: one.e === 0 ? 0 : one.e })));
      }),
      { numRuns: 50 },
    );
    await client.end();
  });

  test("that are refused, or whose connection ends, reject, however many are still on their way, and leave the process alone", async () => {
    const client = new Client({ connectionString: server.url });
    client.on("error", () => {});
    await client.connect();
    await client.query("CREATE TABLE refusing (id integer PRIMARY KEY, a text)");
    await client.query("INSERT INTO refusing VALUES (1)");
    const columns = [
      { column: "id", type: "integer" },
      { column: "a", type: "text" },
    ] as const;
    const copy = new PostgresqlCopy("refusing", columns);
    const rows = Array.from({ length: 1000 }, (_, index) => ({ id: index + 1, a: "y".repeat(8000) }));
    for (let attempt = 0; attempt < 3; attempt++) {
      await client.query("BEGIN");
      await expect(copy.run(client, rows)).rejects.toMatchObject({ code: "23505" });
      await client.query("ROLLBACK");
    }
    const { rows: backends } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const ending = expect(copy.run(client, rows.slice(1))).rejects.toThrow();
    await queryPostgres(server.url, `SELECT pg_terminate_backend(${backends[0]?.pid})`);
    await ending;
    await client.end();
  });

  test("go on after a batch of which some were there, and every row is there once", async () => {
    const calls = makeCalls(1, 3000);
    const counts = [];
    for (const [from, to] of [
      [0, 1000],
      [900, 1500],
      [1500, 2000],
      [1990, 2500],
      [2500, 3000],
    ] as const) {
      counts.push((await database.store({ calls: calls.slice(from, to), marks: [], source: "kerry/0" })).inserted);
    }
    expect(counts).toEqual([1000, 500, 500, 500, 500]);
    const [found] = await queryPostgres(
      server.url,
      "SELECT (SELECT count(*) FROM interface_log) AS logs, (SELECT count(*) FROM interface_body) AS bodies, (SELECT sum(calls) FROM call_roll_up) AS counted",
    );
    expect(found).toEqual({ logs: "3000", bodies: "3000", counted: "3000" });
  });
});
