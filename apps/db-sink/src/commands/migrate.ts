import { type Database, migrationSql } from "@gatelog/database";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { readCommand } from "./arguments.ts";
import { withDatabase } from "./with-database.ts";

const flag = { type: "boolean" } as const;
const actions = ["status", "dry-run", "sql"] as const;
type Print = (line: string) => void;

/** `migrate --config FILE`: creates the tables, or brings them up to date. */
export const migrateCommand: AppCommand<Config> = {
  usage: "--config FILE [--status|--dry-run|--sql [--all]]: creates the tables, or brings them up to date",
  details: [
    "under a lock that other processes respect; a migration that was changed, half applied or is of a newer version is refused before anything is touched",
    "--status   says how each migration stands, and ends with 1 unless all are applied",
    "--dry-run  says what would be applied, and changes nothing",
    "--sql      prints the SQL of what is missing with its rows of _prisma_migrations, for an administrator; --all: of all, without asking the database",
  ],
  async run(args, { loadConfig, print }) {
    const { words, needed, isSet } = readCommand("migrate", args, {
      config: { type: "string" },
      status: flag,
      "dry-run": flag,
      sql: flag,
      all: flag,
    });
    const asked = actions.filter((action) => isSet(action));
    if (words.length > 0 || asked.length > 1) throw new StartError("migrate: say at most one of --status, --dry-run, --sql");
    if (isSet("all") && asked[0] !== "sql") throw new StartError("migrate: --all belongs to --sql");
    const config = loadConfig(needed("config"));
    await withDatabase("migrate", config, (database) => {
      if (asked[0] === "sql") return printSql(database, isSet("all"), print);
      if (asked[0] === "status") return status(database, print);
      return asked[0] === "dry-run" ? dryRun(database, print) : migrate(database, print);
    });
  },
};

async function migrate(database: Database, print: Print): Promise<void> {
  const { applied, present } = await database.migrate();
  for (const name of applied) print(`applied ${name}`);
  print(`${applied.length} migrations applied, ${present} were there`);
}

async function status(database: Database, print: Print): Promise<void> {
  const { migrations, missing, refusal } = await database.migrationStatus();
  for (const { name, state, reason } of migrations) print(`${state.padEnd(8)} ${name}${reason === undefined ? "" : `: ${reason}`}`);
  if (refusal !== undefined) throw refusal;
  if (missing.length > 0) throw new StartError(`migrate: ${missing.length} of ${migrations.length} migrations are missing`);
}

async function dryRun(database: Database, print: Print): Promise<void> {
  const { missing, refusal } = await database.migrationStatus();
  if (refusal !== undefined) throw refusal;
  for (const name of missing) print(`would apply ${name}`);
  print(`${missing.length} migrations would be applied`);
}

/** Nothing where nothing is missing. */
async function printSql(database: Database, all: boolean, print: Print): Promise<void> {
  const source = { dialect: database.dialect };
  if (all) return print(await migrationSql(source));
  const { missing, refusal } = await database.migrationStatus();
  if (refusal !== undefined) throw refusal;
  if (missing.length > 0) print(await migrationSql(source, missing));
}
