import { compareCalls, type CompareOptions, type Comparison, DatabaseError, findingKinds, openDatabase } from "@gatelog/database";
import { isTimeZone } from "@gatelog/log-record";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { readCommand } from "./arguments.ts";
import { refuseOracle } from "./refuse-oracle.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const options = {
  config: text,
  with: text,
  day: text,
  "id-column": text,
  "no-id": flag,
  "time-column": text,
  "time-zone": text,
  columns: text,
  samples: text,
  json: flag,
} as const;
const samplesDefault = 5;
const samplesMax = 1000;

/** `compare --config FILE --with TABLE --day DAY`: our calls of a day beside another table of the same database. */
export const compareCommand: AppCommand<Config> = {
  usage: "--config FILE --with TABLE --day DAY [--columns ours=theirs,…]: our calls of a day beside another table of the database",
  details: [
    "exits 0 where they agree, 1 where they do not, 2 where they could not be compared; changes nothing",
    "DAY is a UTC day such as 2026-11-23, best one that is over; TABLE may be schema.table",
    "--id-column NAME: their column with our id (default id); --no-id: there is none, and rows are told apart by time and all --columns",
    "--time-column NAME: when the call began (default request_time); --time-zone ZONE: of times there without one (default UTC)",
    "--columns status,url=request_url: what is compared (default: what has the same name; with --no-id url and request_content)",
    "--samples N: examples of each finding (default 5); --json: as JSON",
  ],
  failureCode: 2,
  async run(args, { loadConfig, print }) {
    const input = readCommand("compare", args, options);
    if (input.words.length > 0) throw new StartError(`compare: expected no words, found "${input.words.join(" ")}"`);
    const wanted = wantedOf(input);
    const config = loadConfig(input.needed("config"));
    refuseOracle("compare", config, "compare the tables there by SQL");
    const comparison = await compare(config, wanted);
    const isEqual = findingKinds.every((kind) => comparison.findings[kind].count === 0);
    if (input.isSet("json")) print(JSON.stringify({ ...comparison, equal: isEqual }));
    else for (const line of report(comparison, { table: wanted.table, isEqual })) print(line);
    return isEqual ? 0 : 1;
  },
};

type Input = ReturnType<typeof readCommand>;

function wantedOf({ text: given, needed, isSet }: Input): CompareOptions {
  const timeZone = given("time-zone") ?? "UTC";
  if (!isTimeZone(timeZone)) throw new StartError(`compare: --time-zone takes a time zone such as Asia/Shanghai, found "${timeZone}"`);
  if (isSet("no-id") && given("id-column") !== undefined) throw new StartError("compare: --no-id and --id-column exclude each other");
  return {
    table: needed("with"),
    day: dayOf(needed("day")),
    idColumn: isSet("no-id") ? undefined : (given("id-column") ?? "id"),
    timeColumn: given("time-column") ?? "request_time",
    columns: columnsOf(given("columns")),
    timeZone,
    samplesMax: samplesOf(given("samples")),
  };
}

function dayOf(given: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(given) && !Number.isNaN(Date.parse(given));
  if (!isDay) throw new StartError(`compare: --day takes a day such as 2026-11-23, found "${given}"`);
  return given;
}

function samplesOf(given: string | undefined): number {
  if (given === undefined) return samplesDefault;
  if (/^\d{1,4}$/.test(given) && Number(given) <= samplesMax) return Number(given);
  throw new StartError(`compare: --samples takes a whole number up to ${samplesMax}, found "${given}"`);
}

/** `status,url=request_url`. */
function columnsOf(given: string | undefined): ReadonlyMap<string, string> | undefined {
  if (given === undefined) return undefined;
  return new Map(
    given.split(",").map((pair) => {
      const [ours = "", theirs = ours, ...more] = pair.trim().split("=");
      if (ours === "" || theirs === "" || more.length > 0)
        throw new StartError(`compare: --columns takes a list such as status,url=request_url, found "${given}"`);
      return [ours, theirs];
    }),
  );
}

async function compare({ database: { url, statementTimeoutMs } }: Config, wanted: CompareOptions): Promise<Comparison> {
  const database = openDatabase(url, { connectionsMax: 1, statementTimeoutMs });
  try {
    return await database.withSession((session) => compareCalls(session, wanted));
  } catch (error) {
    const message = error instanceof DatabaseError ? error.message : database.classify(error).message;
    throw new StartError(`compare: ${message}`, { cause: error });
  } finally {
    await database.close();
  }
}

const words: Readonly<Record<(typeof findingKinds)[number], string>> = {
  missingThere: "missing there",
  missingHere: "missing here",
  doubledThere: "more than once there",
  withoutIdThere: "without an id there",
  different: "different",
};

function report(
  { day, here, there, columns, findings }: Comparison,
  { table, isEqual }: { readonly table: string; readonly isEqual: boolean },
): string[] {
  const compared = columns.length === 0 ? "no values compared" : `compared: ${columns.join(", ")}`;
  const lines = [`${day}: ${here} calls in interface_log, ${there} rows in ${table}; ${compared}`];
  for (const kind of findingKinds) {
    const { count, samples } = findings[kind];
    if (count > 0) lines.push(`${count} ${words[kind]}`, ...samples.map((sample) => `  ${sample}`));
  }
  const agreement = here + there === 0 ? "they agree: neither has a row of that day" : "they agree";
  lines.push(isEqual ? agreement : "they do not agree");
  return lines;
}
