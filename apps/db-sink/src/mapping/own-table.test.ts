import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "@gatelog/database";
import { systemClock } from "@gatelog/pipeline";
import { type CommandTools, loadConfig, StartError } from "@gatelog/service-kit";
import { queryMariadb, queryPostgres, repositoryRoot, startMariadb, startPostgres } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { tableCommand } from "../commands/table.ts";
import { checkConfig, type Config, configSchema } from "../config.ts";
import { DatabaseSink } from "../database-sink.ts";
import { makeRecord, messageOf } from "../db-sink.test-helper.ts";
import { readMessage } from "../read-message.ts";
import { checkMappingTypes } from "./load-mapping.ts";
import { openOwnTable } from "./own-table-parts.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = join(repositoryRoot, "examples/db-sink/own-table");
const file = join(folder, "db-sink.yaml");

/** A server, and a question to it that is not ours. */
interface Server {
  readonly url: string;
  /** The team's table, in a file of the example. */
  readonly ddlFile: string;
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
  readonly stop: () => Promise<void>;
}

const servers: readonly (readonly [string, () => Promise<Server>])[] = [
  [
    "PostgreSQL",
    async () => {
      const postgres = await startPostgres();
      return { url: postgres.url, ddlFile: "api_log.sql", query: (sql) => queryPostgres(postgres.url, sql), stop: () => postgres.stop() };
    },
  ],
  [
    "MariaDB",
    async () => {
      const mariadb = await startMariadb({ settings: { "innodb-flush-log-at-trx-commit": "0" } });
      return { url: mariadb.url, ddlFile: "api_log.mysql.sql", query: (sql) => queryMariadb(mariadb.url, sql), stop: () => mariadb.stop() };
    },
  ],
];

const records = [
  makeRecord(1, {
    url: "http://host:9000/orders/1?a=1",
    query: "a=1",
    responseContent: "Hello!",
    responseTime: "2026-11-23T08:00:02.500Z",
  }),
  makeRecord(2, { status: 503, url: "http://host:9000/orders/2", requestContent: "x".repeat(20_000) }),
];

function itemsOf() {
  return records.map((record, index) =>
    readMessage({ ...messageOf(record), offset: String(index) }, { topic: "kerry", partition: 0 }, { seedTimeZone: "UTC", value: "raw" }),
  );
}

describe.each(servers)("examples/db-sink/own-table on %s", (_name, start) => {
  let server: Server;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  function configOf(settings: Readonly<Record<string, string>> = {}): Config {
    const env = { GATELOG_DB_SINK_DATABASE__URL: server.url, ...settings };
    return loadConfig({ app: "db-sink", schema: configSchema, file, env, check: checkConfig }).config;
  }

  async function table(action: string): Promise<string> {
    const printed: string[] = [];
    const tools: CommandTools<Config> = {
      loadConfig: () => configOf(),
      print: (text) => void printed.push(text),
      env: {},
      onInterrupt: () => () => undefined,
    };
    await tableCommand.run([action, "--config", file], tools);
    return printed.join("\n");
  }

  async function storeWith(settings: Readonly<Record<string, string>>): Promise<readonly Record<string, unknown>[]> {
    const config = configOf(settings);
    const ownTable = openOwnTable(config);
    if (ownTable === undefined) throw new Error("the example has a table of its own");
    const database = openDatabase(config.database.url, { ownTable });
    const sink = new DatabaseSink(database, { clock: systemClock, isOwnAlone: !ownTable.besides });
    await server.query("DELETE FROM api_log");
    await sink.write(itemsOf());
    await sink.write(itemsOf());
    await sink.stop();
    const day = (column: string) => `CAST(${column} AS char(19)) AS ${column}`;
    return server.query(
      `SELECT id, status, ${day("request_time")}, ${day("response_time")}, request_url, method, request_content, response_content FROM api_log ORDER BY request_time`,
    );
  }

  test("says that the table is missing, prints one, and finds that the team's fits", async () => {
    await expect(table("check")).rejects.toThrow(StartError);
    await expect(table("check")).rejects.toThrow("there is no table api_log that this account may see");
    const ddl = await table("ddl");
    for (const statement of ddl.split(/;\n?/).filter((text) => text.trim() !== "")) await server.query(statement);
    expect(await table("check")).toBe("the table api_log fits the mapping: 8 columns, by the key (id)");
    await server.query("DROP TABLE api_log");
    await server.query(readFileSync(join(folder, server.ddlFile), "utf8"));
    expect(await table("check")).toBe("the table api_log fits the mapping: 8 columns, by the key (id)");
  });

  test("has the seven fields of each call once, by either mapping, beside our tables or instead of them", async () => {
    const expected = [
      {
        id: records[0]?.id,
        status: "200",
        request_time: "2026-11-23 16:00:01",
        response_time: "2026-11-23 16:00:02",
        request_url: "http://host:9000/orders/1?a=1",
        method: "/orders/1?a=1",
        request_content: '{"n":1,"text":"日志"}',
        response_content: "Hello!",
      },
      {
        id: records[1]?.id,
        status: "503",
        request_time: "2026-11-23 16:00:02",
        response_time: "2026-11-23 16:00:02",
        request_url: "http://host:9000/orders/2",
        method: "/orders/2",
        request_content: "x".repeat(16_000),
        response_content: "",
      },
    ];
    expect(await storeWith({ GATELOG_DB_SINK_DATABASE__OWN_TABLE__BESIDES: "false" })).toEqual(expected);
    await expect(server.query("SELECT 1 FROM interface_log")).rejects.toThrow();
    expect(await storeWith({ GATELOG_DB_SINK_DATABASE__OWN_TABLE__MAPPING: join(folder, "mapping.ts") })).toEqual(expected);
    expect(await server.query("SELECT id FROM interface_log")).toHaveLength(2);
    expect(await storeWith({})).toEqual(expected);
  });

  test("is not ready, with the reason, while the table does not fit", async () => {
    await server.query("ALTER TABLE api_log RENAME TO elsewhere");
    const config = configOf();
    const sink = new DatabaseSink(openDatabase(config.database.url, { ownTable: openOwnTable(config)! }), { clock: systemClock });
    await expect(sink.check()).rejects.toMatchObject({ code: "GATELOG_DB_SINK_OWN_TABLE", permanent: false });
    expect(sink.reason).toContain("there is no table api_log");
    await server.query("ALTER TABLE elsewhere RENAME TO api_log");
    await sink.check();
    expect(sink.reason).toBeUndefined();
    await sink.stop();
  });
});

test("the compiler takes examples/db-sink/own-table/mapping.ts", () => {
  expect(checkMappingTypes(join(folder, "mapping.ts")).problems).toEqual([]);
});
