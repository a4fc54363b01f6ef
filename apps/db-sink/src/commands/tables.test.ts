import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "@gatelog/database";
import { type AppCommand, loadConfig } from "@gatelog/service-kit";
import { queryPostgres, startPostgres, temporaryDirectory, type PostgresServer } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checkConfig, type Config, configSchema } from "../config.ts";
import { querySqlite } from "../db-sink.test-helper.ts";
import { compareCommand } from "./compare.ts";
import { eraseCommand } from "./erase.ts";
import { migrateCommand } from "./migrate.ts";
import { upkeepCommand } from "./upkeep.ts";

let directory: { path: string; remove(): Promise<void> };
let url: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  url = `file:${join(directory.path, "gatelog.db")}`;
});
afterEach(() => directory.remove());

/** With which code the last command ended. */
let code: number;

/** Runs a command with this test's configuration; what it printed, or its complaint. */
async function run(command: AppCommand<Config>, ...args: string[]): Promise<string[]> {
  const file = join(directory.path, "db-sink.yaml");
  writeFileSync(
    file,
    `topic: { embedded: { dir: ./topic }, name: kerry }\ndatabase: { url: "${url}" }\nretention: { metadataDays: 10, bodyDays: 5 }\n`,
  );
  const printed: string[] = [];
  const ended = await command.run(["--config", file, ...args], {
    loadConfig: (name) => loadConfig({ app: "db-sink", schema: configSchema, file: name, env: {}, check: checkConfig }).config,
    print: (text) => void printed.push(text),
    env: {},
    onInterrupt: () => () => {},
  });
  code = ended ?? 0;
  return printed;
}

const file = () => url.slice("file:".length);

describe("db-sink migrate", () => {
  test("says what is missing, does it, and then says that all is there", async () => {
    await expect(run(migrateCommand, "--status")).rejects.toThrow(/migrate: \d+ of \d+ migrations are missing/);
    const planned = await run(migrateCommand, "--dry-run");
    expect(planned.at(-1)).toMatch(/^[1-9]\d* migrations would be applied$/);
    const done = await run(migrateCommand);
    expect(done).toHaveLength(planned.length);
    const status = await run(migrateCommand, "--status");
    expect(status.every((line) => line.startsWith("applied "))).toBe(true);
    expect(await run(migrateCommand, "--sql")).toEqual([]);
    expect((await run(migrateCommand, "--sql", "--all"))[0]).toContain("CREATE TABLE interface_log");
  });

  test("refuses a half-applied migration in one sentence, whatever is asked", async () => {
    await run(migrateCommand);
    querySqlite(file(), "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '20260301000000_more')");
    for (const flag of [[], ["--status"], ["--dry-run"], ["--sql"]]) {
      await expect(run(migrateCommand, ...flag)).rejects.toThrow(
        /^migrate: migration 20260301000000_more began in this database and did not end/,
      );
    }
    await expect(run(upkeepCommand)).rejects.toThrow(/^upkeep: migration 20260301000000_more/);
  });

  test("says in one sentence what cannot be asked at once", async () => {
    await expect(run(migrateCommand, "--sql", "--status")).rejects.toThrow("migrate: say at most one of");
    await expect(run(migrateCommand, "--all")).rejects.toThrow("--all belongs to --sql");
  });
});

describe("db-sink erase", () => {
  test("prints the receipt, and says in one sentence what it cannot do", async () => {
    await run(migrateCommand);
    const [printed = ""] = await run(eraseCommand, "--subject", "alice", "--from", "2026-11-01");
    expect(JSON.parse(printed)).toMatchObject({ kind: "subject", from: "2026-11-01", calls: 0, isComplete: true });
    expect(printed).not.toContain("alice");
    expect(querySqlite(file(), "SELECT kind FROM erasure_receipt")).toEqual([{ kind: "subject" }]);
    await expect(run(eraseCommand)).rejects.toThrow("erase: say either --subject TEXT or --key TEXT");
    await expect(run(eraseCommand, "--key", "x", "--to", "monday")).rejects.toThrow("erase: --to takes a day");
    await expect(run(eraseCommand, "--key", "x", "--from", "2026-02-01", "--to", "2026-01-01")).rejects.toThrow("--from is after --to");
  });
});

describe("a database that is only written", () => {
  test.each([
    ["erase", eraseCommand, ["--subject", "alice"], "erase: database.url is of Oracle, which db-sink only writes; delete the rows of"],
    ["upkeep", upkeepCommand, [], "upkeep: database.url is of Oracle, which db-sink only writes; let its administrator"],
    [
      "compare",
      compareCommand,
      ["--with", "t", "--day", "2026-11-23"],
      "compare: database.url is of Oracle, which db-sink only writes; compare the tables there",
    ],
  ] as const)("is refused by %s before it is connected", async (_name, command, args, sentence) => {
    url = "oracle://user:password@127.0.0.1:1/service";
    await expect(run(command, ...args)).rejects.toThrow(sentence);
  });
});

describe("db-sink upkeep", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  test("needs the tables, and says so", async () => {
    await expect(run(upkeepCommand)).rejects.toThrow(/^upkeep: the tables are not those of this version \(missing: .*db-sink migrate/);
    await expect(run(upkeepCommand, "--partitions-from", "yesterday")).rejects.toThrow("--partitions-from takes a day");
  });

  test("creates and drops partitions as an account of its own, for a service whose account may only write", async () => {
    url = server.url;
    await run(migrateCommand);
    expect((await run(upkeepCommand))[0]).toMatch(/^created interface_log_\d{8}, /);
    expect(await run(upkeepCommand)).toEqual(["there was nothing to do"]);
    expect(JSON.parse((await run(upkeepCommand, "--json"))[0] ?? "")).toEqual({ created: [], dropped: [], deleted: [], elsewhere: false });
    await queryPostgres(url, "CREATE ROLE writer LOGIN PASSWORD 'writer'");
    await queryPostgres(url, "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO writer");
    const location = new URL(url);
    location.username = "writer";
    location.password = "writer";
    const service = openDatabase(location.href);
    await service.checkMigrated();
    expect(await service.store({ calls: [], marks: [] })).toMatchObject({ inserted: 0 });
    await service.close();
    const [newest] = await queryPostgres(url, "SELECT max(relname) AS name FROM pg_class WHERE relname LIKE 'interface_log_2_______'");
    await queryPostgres(url, `DROP TABLE ${String(newest?.["name"])}`);
    url = location.href;
    expect(await run(upkeepCommand)).toEqual(["nothing was done"]);
    expect(code).toBe(1);
    url = server.url;
    expect(await run(upkeepCommand)).toEqual([`created ${String(newest?.["name"])}`]);
    expect(code).toBe(0);
  });
});
