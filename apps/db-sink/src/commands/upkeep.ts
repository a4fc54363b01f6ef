import { systemClock } from "@gatelog/pipeline";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { describeUpkeep } from "../upkeep-work.ts";
import { readCommand } from "./arguments.ts";
import { refuseOracle } from "./refuse-oracle.ts";
import { withDatabase } from "./with-database.ts";

/** `upkeep --config FILE`: what a running db-sink does once an hour, as a job of its own. */
export const upkeepCommand: AppCommand<Config> = {
  usage: "--config FILE [--partitions-from DAY] [--json]: creates partitions and deletes what is older than `retention`, once",
  details: [
    "for a job under an account that may change tables, beside a db-sink with database.upkeep: off; daily is enough",
    "--partitions-from 2026-01-01: creates the partitions of the days since then too, before old files are read",
    "--json: what was done, as JSON",
    "exits 1 where a part could not be done, which standard error says; the rest is done all the same",
  ],
  async run(args, { loadConfig, print, onInterrupt }) {
    const text = { type: "string" } as const;
    const {
      words,
      needed,
      isSet,
      text: value,
    } = readCommand("upkeep", args, {
      config: text,
      "partitions-from": text,
      json: { type: "boolean" },
    });
    if (words.length > 0) throw new StartError(`upkeep: expected no words, found "${words.join(" ")}"`);
    const partitionsFrom = dayOrNone("upkeep", "partitions-from", value("partitions-from"));
    const config = loadConfig(needed("config"));
    refuseOracle("upkeep", config, "let its administrator remove old rows there");
    const stop = new AbortController();
    onInterrupt(() => stop.abort());
    return withDatabase("upkeep", config, async (database, failures) => {
      await database.checkMigrated();
      const from = partitionsFrom === undefined ? {} : { partitionsFrom };
      const textSearch = config.database.textSearch === "on";
      const report = await database.upkeep(systemClock.now(), config.retention, { signal: stop.signal, textSearch, ...from });
      if (isSet("json")) print(JSON.stringify(report));
      else if (report.elsewhere) print("another process does it at the moment");
      else print(describeUpkeep(report) ?? (failures() === 0 ? "there was nothing to do" : "nothing was done"));
      if (stop.signal.aborted) throw new StartError("upkeep: interrupted; the next run does the rest");
      return failures() === 0 ? 0 : 1;
    });
  },
};

/** A flag that names a UTC day. **Errors**: StartError. */
export function dayOrNone(command: string, name: string, given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(given) && !Number.isNaN(Date.parse(given));
  if (!isDay) throw new StartError(`${command}: --${name} takes a day such as 2026-11-23, found "${given}"`);
  return given;
}
