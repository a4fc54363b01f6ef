import { resolve } from "node:path";
import { type Database, openDatabase, type OwnTable, parseDatabaseUrl, runSelftest } from "@gatelog/database";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { loadMapping } from "../mapping/load-mapping.ts";
import { openOwnTable } from "../mapping/own-table-parts.ts";
import { readCommand } from "./arguments.ts";

const statementTimeoutMs = 60_000;

/** `selftest --database URL`: does to a real server what db-sink does, and removes it again. */
export const selftestCommand: AppCommand<Config> = {
  usage: "--database URL | --config FILE [--own-table MAPPING] [--create]: does to a database what db-sink would, and removes it again",
  details: [
    "inserts a handful of rows under the day 2015-01-01, repeats, mended and refused ones, looks whether they are there, and removes them",
    "--create  brings our tables up to date first; they stay",
    "a line per check; exit 0 when all are ok",
  ],
  async run(args, { loadConfig, print }) {
    const { words, text, isSet } = readCommand("selftest", args, {
      database: { type: "string" },
      config: { type: "string" },
      "own-table": { type: "string" },
      create: { type: "boolean" },
    });
    if (words.length > 0) throw new StartError(`selftest: takes no words, found "${words.join(" ")}"`);
    const file = text("config");
    const config = file === undefined ? undefined : loadConfig(file);
    const url = text("database") ?? config?.database.url;
    if (url === undefined) throw new StartError("selftest: say --database URL, or --config FILE");
    const mapping = text("own-table");
    const own = mapping === undefined ? config && openOwnTable(config) : ownOf(mapping, url);
    await selftest(url, { own, create: isSet("create"), print });
  },
};

/** What a selftest is told, beside the database. */
interface SelftestOptions {
  readonly own: OwnTable | undefined;
  readonly create: boolean;
  readonly print: (line: string) => void;
}

/** **Errors**: StartError where a check failed. */
async function selftest(url: string, { own, create, print }: SelftestOptions): Promise<void> {
  const database = openTarget(url, own);
  try {
    const failed = await runSelftest({ database, own, create, print });
    if (failed > 0) throw new StartError(`selftest: ${failed} ${failed === 1 ? "check" : "checks"} failed`);
    print("selftest passed");
  } finally {
    await database.close();
  }
}

function openTarget(url: string, ownTable: OwnTable | undefined): Database {
  try {
    return openDatabase(url, { connectionsMax: 1, statementTimeoutMs, ...(ownTable === undefined ? {} : { ownTable }) });
  } catch (error) {
    throw new StartError(`selftest: ${(error as Error).message}`, { cause: error });
  }
}

function ownOf(mapping: string, url: string): OwnTable {
  return loadMapping(resolve(mapping), { dialect: parseDatabaseUrl(url).dialect, besides: true });
}
