import { join } from "node:path";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../database.ts";
import { openSqlite, type SqliteConnection } from "../sqlite/open-sqlite.ts";
import { checkQuery, type ListQuery } from "./list-query.ts";
import { pageSql, scanEndSql, type Statement } from "./list-sql.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let connection: SqliteConnection;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const file = join(directory.path, "gatelog.db");
  const database = openDatabase(`file:${file}`);
  await database.migrate();
  await database.close();
  connection = await openSqlite(file);
});
afterEach(async () => {
  connection.close();
  await directory.remove();
});

function planOf({ sql, values }: Statement): string[] {
  const rows = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all([...values]) as { detail: string }[];
  return rows.map(({ detail }) => detail);
}

const queries: readonly ListQuery[] = [
  {},
  { status: "500" },
  { status: "2xx" },
  { status: "2xx", from: "2026-11-23", to: "2026-11-24" },
  { path: "/p" },
  { path: "/p", status: "2xx" },
];

test.each(queries)("SQLite finds the newest rows of %j in an index, without sorting all that fit", (query) => {
  const plan = planOf(scanEndSql("sqlite", checkQuery(query)));
  expect(plan.join("\n")).toMatch(/USING (COVERING )?INDEX interface_log_(request_time|status|path)/);
  expect(plan.filter((step) => step.includes("TEMP B-TREE"))).toEqual([]);
});

test("a text search by index reads the rows that the index names, by key, and goes through no others", async () => {
  const database = openDatabase(`file:${join(directory.path, "gatelog.db")}`);
  await database.upkeep(Date.now(), { metadataDays: 9, bodyDays: 9, rollUpDays: 9 }, { textSearch: true });
  await database.close();
  for (const q of ["订单", "order"]) {
    const plan = planOf(pageSql("sqlite", { ...checkQuery({ q, from: "2026-11-23" }), isIndexed: true }));
    expect(plan.join("\n")).toMatch(/SEARCH l USING INDEX sqlite_autoindex_interface_log_1/);
    expect(plan.filter((step) => /^SCAN (l|t|b|interface_\w+)\b(?!.*VIRTUAL TABLE)/.test(step))).toEqual([]);
  }
});

test("the page of a class of statuses is merged from the rows of each status", () => {
  const plan = planOf(pageSql("sqlite", checkQuery({ status: "4xx" })));
  expect(plan.filter((step) => step.startsWith("MERGE (UNION ALL)"))).toHaveLength(99);
});
