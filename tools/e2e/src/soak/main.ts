import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { seedOfRun } from "@gatelog/testkit";
import { sinkDatabaseNames } from "./sink-database.ts";
import { soakDbSink } from "./soak-db-sink.ts";
import { soakProcessor } from "./soak-processor.ts";
import { killTailer } from "./soak-tailer.ts";
import { soak } from "./soak.ts";
import { type WalkSums, walkTailer } from "./tailer-walks.ts";

const callsPerKill = 1250;
const violationsShown = 20;

const usage = `usage: npm run soak -- STAGE [options]

gateway   kills a gateway at random under calls, and accounts for every call
  --calls N      calls (100000)
  --kills N      kills (one for every ${callsPerKill} calls)
  --workers N    worker processes of the gateway (1)
  --unaudited    without audit mode
tailer    kills a tailer at random under load, then walks its library through random orders of events
  --kills N      kills (200); 0: none
  --walks N      walks (20000); 0: none
  --processes N  processes that walk (2)
processor  kills, freezes and restarts Elasticsearch, Kafka and the processor at random under load, then accounts for every event in both
  --minutes N            how long (5)
  --events-per-second N  load (1000)
db-sink   kills db-sink, the broker and the database at random, freezes, locks and fills the database, takes its connections, and scales the
          members under load, then accounts for every message in the tables, the roll-ups and the dead letters
  --minutes N             how long (10)
  --database NAME         ${sinkDatabaseNames.join(", ")} (postgresql)
  --records-per-second N  load (5000)
all
  --seed N       repeats a run; each run prints its seed
  --bundle FILE  soaks this build instead of the present code`;

const stages = { gateway: soakGateway, tailer: soakTailer, processor: soakBetweenServers, "db-sink": soakIntoDatabase };

/** `npm run soak -- <stage>`: runs it, prints the seed and what was found; 1 when anything is not accounted for. */
async function main(): Promise<void> {
  const [name = "", ...args] = process.argv.slice(2);
  if ([name, ...args].some((argument) => argument === "--help" || argument === "-h")) return say(usage);
  const stage = Object.hasOwn(stages, name) ? stages[name as keyof typeof stages] : undefined;
  if (stage === undefined)
    throw new Error(
      `${name === "" ? "name a stage" : `"${name}" is not a stage that can be soaked`}; there are: ${Object.keys(stages).join(", ")}`,
    );
  await stage(args);
}

async function soakGateway(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: "string", default: "100000" },
      kills: { type: "string" },
      seed: { type: "string" },
      workers: { type: "string", default: "1" },
      unaudited: { type: "boolean", default: false },
      bundle: { type: "string" },
    },
  });
  const calls = numberOf("calls", values.calls, 1000);
  const seed = values.seed === undefined ? seedOfRun() : numberOf("seed", values.seed, 1);
  say(`seed ${seed}`);
  const { violations, directory, ...figures } = await soak({
    seed,
    calls,
    kills: values.kills === undefined ? Math.round(calls / callsPerKill) : numberOf("kills", values.kills, 1),
    workers: numberOf("workers", values.workers, 1),
    isAudited: !values.unaudited,
    bundle: values.bundle && resolve(values.bundle),
  });
  for (const [name, figure] of Object.entries(figures)) say(`${name.padEnd(13)} ${figure.toLocaleString("en")}`);
  failOn(violations, seed, directory);
  say("every call is accounted for");
}

async function soakTailer(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      walks: { type: "string", default: "20000" },
      kills: { type: "string", default: "200" },
      seed: { type: "string" },
      processes: { type: "string", default: "2" },
      bundle: { type: "string" },
    },
  });
  const seed = values.seed === undefined ? seedOfRun() : numberOf("seed", values.seed, 1);
  say(`seed ${seed}`);
  const kills = numberOf("kills", values.kills, 0);
  if (kills > 0) await killAndAccount({ seed, kills, bundle: values.bundle && resolve(values.bundle) });
  const walks = numberOf("walks", values.walks, 0);
  if (walks === 0) return;
  const { sums } = await walkTailer({ firstSeed: seed, walks, processes: numberOf("processes", values.processes, 1), say });
  say(`${walks} walks, none of which lost, invented or doubled what it may not`);
  sayFigures(sums);
}

async function killAndAccount(options: { seed: number; kills: number; bundle: string | undefined }): Promise<void> {
  const { violations, directory, ...figures } = await killTailer({ ...options, say });
  sayFigures(figures);
  failOn(violations, options.seed, directory);
  say("every line is accounted for");
}

async function soakBetweenServers(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "5" },
      "events-per-second": { type: "string", default: "1000" },
      seed: { type: "string" },
      bundle: { type: "string" },
    },
  });
  const seed = values.seed === undefined ? seedOfRun() : numberOf("seed", values.seed, 1);
  say(`seed ${seed}`);
  const { violations, directory, ...figures } = await soakProcessor({
    seed,
    minutes: numberOf("minutes", values.minutes, 1),
    eventsPerSecond: numberOf("events-per-second", values["events-per-second"], 4),
    bundle: values.bundle && resolve(values.bundle),
    say,
  });
  say(JSON.stringify(figures));
  failOn(violations, seed, directory);
  say("every acknowledged event is in Elasticsearch once and in Kafka");
}

async function soakIntoDatabase(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "10" },
      database: { type: "string", default: "postgresql" },
      "records-per-second": { type: "string", default: "5000" },
      seed: { type: "string" },
      bundle: { type: "string" },
    },
  });
  const database = sinkDatabaseNames.find((name) => name === values.database);
  if (database === undefined) throw new Error(`--database takes one of ${sinkDatabaseNames.join(", ")}, found "${values.database}"`);
  const seed = values.seed === undefined ? seedOfRun() : numberOf("seed", values.seed, 1);
  say(`seed ${seed}`);
  const { violations, directory, ...figures } = await soakDbSink({
    seed,
    database,
    minutes: numberOf("minutes", values.minutes, 1),
    recordsPerSecond: numberOf("records-per-second", values["records-per-second"], 10),
    bundle: values.bundle && resolve(values.bundle),
    say,
  });
  say(JSON.stringify(figures));
  failOn(violations, seed, directory);
  say("every acknowledged message is in the database once, and the roll-ups and dead letters are those of its rows");
}

function sayFigures(figures: object, prefix = ""): void {
  for (const [name, figure] of Object.entries(figures as WalkSums)) {
    if (typeof figure === "object") sayFigures(figure, `${prefix}${name}.`);
    else say(`${`${prefix}${name}`.padEnd(24)} ${figure.toLocaleString("en")}`);
  }
}

function failOn(violations: readonly string[], seed: number, directory: string): void {
  if (violations.length === 0) return;
  for (const sentence of violations.slice(0, violationsShown)) say(sentence);
  throw new Error(`${violations.length} violations with --seed ${seed}; the files are in ${directory}`);
}

function numberOf(option: string, text: string, min: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= min) return number;
  throw new Error(`--${option} takes a whole number from ${min}, found "${text}"`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
