import { openDatabase, ownTableDdl, parseDatabaseUrl } from "@gatelog/database";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { checkMappingFile, openOwnTable } from "../mapping/own-table-parts.ts";
import { readCommand } from "./arguments.ts";

/** `table ddl|check --config FILE`: the team's own table as its mapping needs it. */
export const tableCommand: AppCommand<Config> = {
  usage: "ddl|check --config FILE: the team's own table, as its mapping needs it",
  details: [
    "ddl    prints CREATE TABLE with key and comments, to be reviewed; nothing is executed",
    "check  compares the mapping with the table that the database has",
  ],
  async run(args, { loadConfig, print }) {
    const { words, needed } = readCommand("table", args, { config: { type: "string" } });
    const [action = "", ...more] = words;
    if (!["ddl", "check"].includes(action) || more.length > 0)
      throw new StartError(`table: say one of ddl, check, found "${words.join(" ")}"`);
    const config = loadConfig(needed("config"));
    checkMappingFile(config);
    if (action === "ddl") print(ddlOf(config));
    else await check(config, print);
  },
};

function ddlOf(config: Config): string {
  return ownTableDdl(parseDatabaseUrl(config.database.url).dialect, ownTableOf(config));
}

/** **Errors**: StartError with a line per problem. */
async function check(config: Config, print: (text: string) => void): Promise<void> {
  const own = ownTableOf(config);
  const database = openDatabase(config.database.url, { connectionsMax: 1, ownTable: own });
  try {
    const { problems, warnings } = await database.checkOwnTable().catch((error: unknown) => {
      throw new StartError(`table: the database cannot be asked: ${database.classify(error).message}`, { cause: error });
    });
    for (const warning of warnings) print(`warning: ${warning}`);
    if (problems.length > 0) throw new StartError(problems.join("\n"));
    print(`the table ${own.table} fits the mapping: ${own.columns.length} columns, ${keyText(own.key)}`);
  } finally {
    await database.close();
  }
}

function ownTableOf(config: Config) {
  const own = openOwnTable(config);
  if (own === undefined) throw new StartError("table: the configuration names no table of the team: database.ownTable.mapping is missing");
  return own;
}

function keyText(key: readonly string[]): string {
  return key.length === 0 ? "without a key" : `by the key (${key.join(", ")})`;
}
