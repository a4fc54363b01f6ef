import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, ManagedProcess } from "@gatelog/testkit";
import { stringify } from "yaml";
import { peakResidentMebibytes, type Usage, watchUsage } from "../processes.ts";
import type { Run, RunPlace } from "./candidate.ts";
import { quantileOf, readMetrics, type Samples, sumOf } from "./metrics-text.ts";

/** Each look costs it a few milliseconds. */
const lookIntervalMs = 100;
const firstLookIntervalMs = 30;
const transactions = "gatelog_db_sink_transaction_seconds";
/** No new row for so long means that it has failed. */
const silenceMsMax = 120_000;
const stopDeadlineMs = 60_000;

/** Ours, with the configuration that users have. */
export interface DbSinkPlan extends RunPlace {
  readonly bundle: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly messages: number;
  /** Settings of `database` besides its URL. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** For the profiler. */
  readonly nodeArguments?: readonly string[];
}

/** Lets a fresh db-sink read the whole topic. **Errors**: when it does not store all of it. */
export async function runDbSink(plan: DbSinkPlan): Promise<Run & { readonly span: { readonly from: number; readonly to: number } }> {
  const port = await freePort();
  const child = new ManagedProcess({
    command: process.execPath,
    arguments: [...(plan.nodeArguments ?? []), plan.bundle, "--config", writeConfiguration(plan, port)],
    logFile: join(plan.directory, "db-sink.output"),
  });
  try {
    const watched = await watch(child, port, plan.messages);
    return { ...watched, rssMiB: peakResidentMebibytes(child.pid) };
  } finally {
    await child.stop(stopDeadlineMs);
  }
}

function writeConfiguration({ directory, database, settings, brokers, topic, group }: DbSinkPlan, port: number): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "db-sink.yaml");
  const configuration = {
    admin: { host: "127.0.0.1", port },
    topic: { kafka: { brokers }, name: topic, group },
    database: { url: database.url, ...settings },
  };
  writeFileSync(file, stringify(configuration));
  return file;
}

/** One look. */
interface Look {
  readonly atMs: number;
  readonly read: number;
  readonly stored: number;
  readonly samples: Samples;
}

/** From the last look that saw nothing read, to the first that sees all stored. */
async function watch(child: ManagedProcess, port: number, messages: number) {
  const { begun, first } = await untilReading(child, port);
  let look = first;
  let growth: Pick<Look, "atMs" | "stored"> = { atMs: begun.atMs, stored: 0 };
  let stallMaxMs = 0;
  for (;;) {
    const silentMs = look.atMs - growth.atMs;
    if (look.stored > growth.stored) {
      stallMaxMs = Math.max(stallMaxMs, silentMs);
      growth = look;
    } else if (silentMs > silenceMsMax) {
      throw new Error(`${look.stored} of ${messages} rows were stored, and none for ${silenceMsMax / 1000} s: ${tail(child)}`);
    }
    if (look.stored >= messages) return { ...figuresOf(look, begun), stallMaxMs };
    await sleep(lookIntervalMs);
    look = await lookAt(child, port);
  }
}

/** What is counted from. */
interface Begun {
  readonly atMs: number;
  readonly us: number;
  readonly usage: () => Usage;
}

async function untilReading(child: ManagedProcess, port: number): Promise<{ readonly begun: Begun; readonly first: Look }> {
  const startedMs = performance.now();
  for (;;) {
    const begun = { atMs: performance.now(), us: nowUs(), usage: watchUsage(child.pid) };
    const first = await lookAt(child, port);
    if (first.read > 0) return { begun, first };
    if (first.atMs - startedMs > silenceMsMax) throw new Error(`nothing was read for ${silenceMsMax / 1000} s: ${tail(child)}`);
    await sleep(firstLookIntervalMs);
  }
}

/** Before it listens it has read nothing. */
async function lookAt(child: ManagedProcess, port: number): Promise<Look> {
  if (child.exit !== undefined) throw new Error(`db-sink ended with ${child.exit.code ?? child.exit.signal}: ${tail(child)}`);
  const samples = await fetch(`http://127.0.0.1:${port}/metrics`).then(
    async (answer) => readMetrics(await answer.text()),
    () => new Map<string, number>(),
  );
  const read = sumOf(samples, "gatelog_db_sink_messages_read_total");
  return { atMs: performance.now(), read, stored: sumOf(samples, "gatelog_db_sink_rows_inserted_total"), samples };
}

function figuresOf({ atMs, stored, samples }: Look, begun: Begun) {
  const seconds = (atMs - begun.atMs) / 1000;
  const { cpuSeconds, foreignCores } = begun.usage();
  return {
    rows: stored,
    seconds,
    rowsPerSecond: stored / seconds,
    cpuMicrosPerRow: (cpuSeconds / stored) * 1e6,
    transactions: sumOf(samples, `${transactions}_count`),
    commitP99Ms: quantileOf(samples, transactions, 0.99) * 1000,
    foreignCores,
    span: { from: begun.us, to: nowUs() },
  };
}

function tail(child: ManagedProcess): string {
  return child.output().slice(-1500);
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
