import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startKafka, temporaryDirectory } from "@gatelog/testkit";
import { buildApp } from "../build-app.ts";
import { benchDirectory } from "../clean-up.ts";
import { describeCommit, describeMachine } from "../machine.ts";
import { profilerArguments, reportProfile } from "../profile-report.ts";
import { writeResults } from "../results.ts";
import type { BenchDatabases, Candidate, Run } from "./candidate.ts";
import { type Contest, candidatesOf, openDatabases } from "./contest.ts";
import { fillTopic } from "./fill-topic.ts";
import { runDbSink } from "./gatelog-db-sink.ts";
import { buildCopyProgram } from "./programs.ts";
import { describeRun, judge, mainFigures, names, ratiosOf, runsTable, summarise } from "./report.ts";
import { buildSpring } from "./spring.ts";

/** How much of everything. */
interface Plan {
  readonly rounds: number;
  readonly messages: number;
  /** Of these, those that the consumer gets that takes them one by one. */
  readonly messagesPerRecord: number;
}

const fullPlan: Plan = { rounds: 3, messages: 500_000, messagesPerRecord: 50_000 };
const quickPlan: Plan = { rounds: 1, messages: 100_000, messagesPerRecord: 10_000 };
/** About what ours can do, so that a profile takes about its time. */
const profiledRowsPerSecond = 25_000;
const databaseNames = ["postgresql", "mariadb", "sqlite"] as const;
type DatabaseName = (typeof databaseNames)[number];
type Say = (text: string) => void;

/** What the command line says. */
export interface DbSinkBenchOptions {
  /** Fewer records and rounds; nothing is written. */
  readonly isQuick: boolean;
  /** A built `main.js` of db-sink to measure; by default this tree's is built. */
  readonly bundle: string | undefined;
  /** Profiles ours for about so long, instead of comparing. */
  readonly profileSeconds: number | undefined;
  /** Only this database; by default all. */
  readonly database: string | undefined;
}

/** Measures db-sink beside consumers by spring-kafka, and beside COPY. */
export async function benchDbSink(options: DbSinkBenchOptions, say: Say): Promise<void> {
  if (process.platform !== "linux") throw new Error("this bench needs Linux: it reads CPU time and memory from /proc");
  const databases = options.database === undefined ? databaseNames : [checkedDatabase(options.database)];
  const machine = describeMachine();
  const bundle = options.bundle ?? buildApp("db-sink");
  const directory = await benchDirectory("db-sink");
  const kafka = await startKafka();
  try {
    const place = { bundle, directory: directory.path, brokers: kafka.brokers };
    if (options.profileSeconds !== undefined) return await profile(place, { seconds: options.profileSeconds, database: databases[0] }, say);
    const plan = options.isQuick ? quickPlan : fullPlan;
    const { ratios, figures } = await compare({ ...place, plan, databases }, say);
    if (options.isQuick || options.database !== undefined) return;
    say(`\nwritten: ${writeResults({ name: "db-sink", commit: describeCommit(), machine, rounds: plan.rounds, ratios, figures })}`);
  } finally {
    await kafka.stop();
    await directory.remove();
  }
}

interface Place {
  readonly bundle: string;
  readonly directory: string;
  readonly brokers: readonly string[];
}

async function compare(bench: Place & { readonly plan: Plan; readonly databases: readonly DatabaseName[] }, say: Say) {
  const { plan, directory } = bench;
  const now = Date.now();
  const topic = "calls";
  const meanBytes = await fillTopic({ brokers: bench.brokers, name: topic, messages: plan.messages, now });
  say(`topic: ${plan.messages} records of ${meanBytes.toFixed(0)} bytes, 6 partitions`);
  const springClassPath = await buildSpring();
  const contest: Contest = { ...bench, ...plan, topic, now, springClassPath, copyProgram: await buildCopyProgram(directory) };
  const runs = new Map<string, Run[]>();
  for (const name of bench.databases) {
    const databases = await openDatabases(name, directory, say);
    try {
      await runRounds({ databases, contest, candidates: candidatesOf(databases, contest), rounds: plan.rounds, runs }, say);
    } finally {
      await databases.stop();
    }
  }
  const summaries = Object.fromEntries([...runs].map(([name, each]) => [name, summarise(each)]));
  const [ratios, main] = [ratiosOf(runs), mainFigures(runs)];
  say(`\n${runsTable(summaries)}\n`);
  for (const [name, value] of Object.entries({ ...ratios, ...main })) say(`${name.padEnd(28)} ${value}`);
  say(`\n${judge({ ...ratios, ...main }).join("\n")}`);
  return { ratios, figures: { ...main, recordBytes: Math.round(meanBytes), messages: plan.messages, runs: summaries } };
}

/** Every second round in the opposite order. */
async function runRounds(
  bench: {
    readonly databases: BenchDatabases;
    readonly contest: Contest;
    readonly candidates: readonly (Candidate & { readonly roundsMax: number })[];
    readonly rounds: number;
    readonly runs: Map<string, Run[]>;
  },
  say: Say,
): Promise<void> {
  for (let round = 0; round < bench.rounds; round += 1) {
    const due = bench.candidates.filter(({ roundsMax }) => round < roundsMax);
    for (const candidate of round % 2 === 0 ? due : due.toReversed()) {
      const run = await runOnce(bench.databases, bench.contest, candidate, round);
      bench.runs.set(candidate.name, [...(bench.runs.get(candidate.name) ?? []), run]);
      say(`round ${round + 1}/${bench.rounds}  ${describeRun(candidate.name, run)}`);
    }
  }
}

let runNumber = 0;

/** In a fresh database. **Errors**: when not exactly the rows are there in the end that should be. */
async function runOnce(databases: BenchDatabases, { directory }: Place, { name, run }: Candidate, round: number): Promise<Run> {
  runNumber += 1;
  const database = await databases.create(`bench_${runNumber}`);
  const own = join(directory, `run-${runNumber}`);
  mkdirSync(own, { recursive: true });
  try {
    const done = await run({ directory: own, database, group: `bench-${runNumber}` });
    const { calls, ids, bodies } = await database.count();
    if (calls !== done.rows || ids !== done.rows || bodies !== done.rows)
      throw new Error(`${done.rows} rows should be there, there are ${calls} of ${ids} calls, ${bodies} with bodies`);
    return done;
  } catch (error) {
    throw new Error(`${name} could not be measured in round ${round + 1}: ${(error as Error).message}`, { cause: error });
  } finally {
    await database.drop();
  }
}

function checkedDatabase(name: string): DatabaseName {
  const found = databaseNames.find((each) => each === name);
  if (found !== undefined) return found;
  throw new Error(`--database takes ${databaseNames.join(", ")}, found "${name}"`);
}

async function profile(
  place: Place,
  { seconds, database = "postgresql" }: { readonly seconds: number; readonly database: DatabaseName | undefined },
  say: Say,
): Promise<void> {
  const messages = seconds * profiledRowsPerSecond;
  await fillTopic({ brokers: place.brokers, name: "calls", messages, now: Date.now() });
  const databases = await openDatabases(database, place.directory, say);
  const profiles = await temporaryDirectory("gatelog-profile-");
  try {
    const run = await runDbSink({
      ...place,
      topic: "calls",
      messages,
      database: await databases.create("bench_profile"),
      group: "bench",
      directory: join(place.directory, "profiled"),
      nodeArguments: profilerArguments(profiles.path),
    });
    say(describeRun(`${names[database]}, profiled`, run));
    reportProfile({ directory: profiles.path, span: run.span }, say);
  } finally {
    await databases.stop();
  }
}
