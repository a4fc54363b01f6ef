import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandTools } from "@gatelog/service-kit";
import { queryMariadb, queryPostgres, repositoryRoot, startMariadb, startPostgres, temporaryDirectory } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Config } from "../config.ts";
import { querySqlite } from "../db-sink.test-helper.ts";
import { selftestCommand } from "./selftest.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** A database, and a question to it that is not ours. */
interface Target {
  readonly url: string;
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
  readonly stop: () => Promise<void>;
}

const targets: readonly (readonly [string, () => Promise<Target>])[] = [
  [
    "SQLite",
    async () => {
      const directory = await temporaryDirectory();
      const file = join(directory.path, "selftest.db");
      return { url: `file:${file}`, query: async (sql) => querySqlite(file, sql), stop: () => directory.remove() };
    },
  ],
  [
    "PostgreSQL",
    async () => {
      const postgres = await startPostgres();
      return { url: postgres.url, query: (sql) => queryPostgres(postgres.url, sql), stop: () => postgres.stop() };
    },
  ],
  [
    "MariaDB",
    async () => {
      const mariadb = await startMariadb({ settings: { "innodb-flush-log-at-trx-commit": "0" } });
      return { url: mariadb.url, query: (sql) => queryMariadb(mariadb.url, sql), stop: () => mariadb.stop() };
    },
  ],
];

/** What it printed, and what it ended with. */
async function selftest(...args: readonly string[]): Promise<{ readonly lines: readonly string[]; readonly error: string | undefined }> {
  const lines: string[] = [];
  const tools: CommandTools<Config> = {
    loadConfig: () => {
      throw new Error("no configuration is needed");
    },
    print: (line) => void lines.push(line),
    env: {},
    onInterrupt: () => () => undefined,
  };
  try {
    await selftestCommand.run(args, tools);
    return { lines, error: undefined };
  } catch (error) {
    return { lines, error: (error as Error).message };
  }
}

describe.each(targets)("the selftest on %s", (_name, start) => {
  let target: Target;
  let mapping: string;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    target = await start();
    directory = await temporaryDirectory();
    mapping = join(directory.path, "mapping.yaml");
    writeFileSync(mapping, readFileSync(join(repositoryRoot, "examples/db-sink/own-table/mapping.yaml")));
  });
  afterAll(async () => {
    await target.stop();
    await directory.remove();
  });

  const rowsOf = async (table: string) => Number((await target.query(`SELECT count(*) AS n FROM ${table}`))[0]?.["n"]);

  test("says that the tables are missing, and creates them when it is told to", async () => {
    const { lines, error } = await selftest("--database", target.url);
    expect(lines[0]).toBe("ok    the database answers");
    expect(lines.at(-1)).toMatch(/^FAIL {2}the tables are there: .*with --create it is done now$/);
    expect(error).toBe("selftest: 1 check failed");
    expect((await selftest("--database", target.url, "--create")).error).toBeUndefined();
  });

  test("does all that db-sink does, twice, also to the team's own table, and leaves nothing", async () => {
    const ddlFile = target.url.startsWith("mysql:") ? "api_log.mysql.sql" : "api_log.sql";
    await target.query(readFileSync(join(repositoryRoot, "examples/db-sink/own-table", ddlFile), "utf8"));
    for (let run = 0; run < 2; run += 1) {
      const { lines, error } = await selftest("--database", target.url, "--own-table", mapping);
      expect(lines.filter((line) => !line.startsWith("ok  "))).toEqual(["selftest passed"]);
      expect(lines).toHaveLength(14);
      expect(error).toBeUndefined();
    }
    for (const table of ["interface_log", "interface_body", "call_roll_up", "api_log"])
      expect([table, await rowsOf(table)]).toEqual([table, 0]);
  });

  test("says which check failed, and removes its rows all the same", async () => {
    await target.query("DELETE FROM call_roll_up");
    await target.query("ALTER TABLE call_roll_up RENAME TO hidden");
    const { lines, error } = await selftest("--database", target.url);
    expect(lines.find((line) => line.startsWith("FAIL"))).toContain("call_roll_up");
    expect(error).toMatch(/^selftest: \d checks? failed$/);
    await target.query("ALTER TABLE hidden RENAME TO call_roll_up");
    expect(await rowsOf("interface_log")).toBe(0);
  });
});

test("the selftest says in one sentence that a database cannot be reached or is not known", async () => {
  expect((await selftest("--database", "postgresql://nobody@127.0.0.1:1/none")).lines[0]).toMatch(/^FAIL {2}the database answers: /);
  expect((await selftest("--database", "redis://127.0.0.1")).error).toContain("a database URL begins with");
  expect((await selftest()).error).toBe("selftest: say --database URL, or --config FILE");
});
