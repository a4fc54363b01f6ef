import { buildApp } from "@gatelog/bench";
import { seededRandom, startKafka, temporaryDirectory } from "@gatelog/testkit";
import { type SinkDatabaseName, startSinkDatabase } from "./sink-database.ts";
import type { SinkFaultKind } from "./sink-faults.ts";
import { SinkLedger, type SinkLedgerFigures } from "./sink-ledger.ts";
import { SinkMembers } from "./sink-members.ts";
import { SinkRun } from "./sink-run.ts";
import type { SinkWatchFigures } from "./sink-watch.ts";
import { canMountDisks } from "./small-disk.ts";

export interface SinkSoakOptions {
  readonly seed: number;
  readonly database: SinkDatabaseName;
  /** How long things are broken; or, instead, what is broken, once each. */
  readonly minutes?: number;
  readonly kinds?: readonly SinkFaultKind[];
  /** The longest time that anything is away, ms. */
  readonly awayMsMax?: number;
  /** The longest time between two faults, ms. */
  readonly calmMsMax?: number;
  readonly recordsPerSecond: number;
  readonly membersMax?: number;
  /** How many there are at first. */
  readonly membersFirst?: number;
  /** Sessions that the database has room for. */
  readonly connectionsMax?: number;
  /** The built db-sink; by default this tree's is built. */
  readonly bundle?: string | undefined;
  readonly say: (text: string) => void;
}

/** What a run did and found. */
export interface SinkSoakReport extends SinkLedgerFigures, SinkWatchFigures {
  readonly seed: number;
  readonly database: SinkDatabaseName;
  readonly seconds: number;
  /** Messages that came again with the same id. */
  readonly repeated: number;
  readonly resentBatches: number;
  /** The load waited for so long, since the group was far behind. */
  readonly heldBackSeconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly deadlocksMet: number;
  readonly violations: readonly string[];
  readonly directory: string;
}

/** A member's resident memory. */
export const rssMiBMax = 250;
/** Without a commit while everything was up. A machine that is busy with the servers is slow; the benchmark holds the shorter bound. */
export const stallMsMax = 10_000;
const topic = "soak";
const partitions = 6;
const connectionsMaxDefault = 24;
/** A run whose data may be larger than this has no disk of its own in memory. */
const diskBytesMax = 2 * 1024 ** 3;
const bytesPerRow = 2500;

/** Breaks db-sink, the broker and the database at random under constant load, then accounts for every acknowledged message in the tables. */
export async function soakDbSink(options: SinkSoakOptions): Promise<SinkSoakReport> {
  const directory = await temporaryDirectory("gatelog-soak-db-sink-");
  const { connectionsMax = connectionsMaxDefault } = options;
  const bundle = options.bundle ?? buildApp("db-sink");
  const opened: { stop(): Promise<unknown> }[] = [];
  const startedMs = performance.now();
  try {
    const kafka = await startKafka();
    opened.unshift(kafka);
    const diskBytes = diskBytesOf(options);
    const database = await startSinkDatabase(options.database, { directory: directory.path, diskBytes, connectionsMax });
    opened.unshift(database);
    const at = { directory: directory.path, bundle, brokers: kafka.brokers, databaseUrl: database.url, topic };
    // A SQLite file is written by one process.
    const membersMax = options.database === "sqlite" ? 1 : (options.membersMax ?? 4);
    const members = await SinkMembers.create(membersMax, at);
    opened.unshift({ stop: () => members.killAll() });
    const run = new SinkRun(
      { ...options, membersMax, random: seededRandom(options.seed) },
      { kafka, database, members },
      { name: topic, partitions },
    );
    await run.toEnd();
    const ledger = new SinkLedger(run.acknowledged);
    await run.account(ledger);
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    const report = reportOf(options, run, { ...ledger.figures(), seconds, directory: directory.path });
    if (report.violations.length === 0) await directory.remove();
    return report;
  } finally {
    for (const part of opened) await part.stop();
  }
}

/** Undefined where the disk cannot be full. */
function diskBytesOf({ database, minutes = 1, recordsPerSecond, say }: SinkSoakOptions): number | undefined {
  if (database !== "postgresql") return undefined;
  const isSmall = minutes * 60 * recordsPerSecond * bytesPerRow <= diskBytesMax;
  if (canMountDisks && isSmall) return diskBytesMax;
  if (!canMountDisks) say("no disk is filled: only root can mount one");
  else say("no disk is filled: the rows of this run need more than a disk in memory has; make it shorter, or the load less");
  return undefined;
}

function reportOf(
  { seed, database }: SinkSoakOptions,
  run: SinkRun,
  ledger: SinkLedgerFigures & { readonly seconds: number; readonly directory: string },
): SinkSoakReport {
  const { seconds, directory, acknowledged, rows, marks, bodiesCompared, ...nothing } = ledger;
  const violations = [...run.violations];
  for (const [name, count] of Object.entries(nothing)) if (count > 0) violations.push(`${name}: ${count} of ${acknowledged}`);
  const { watch, ...figures } = run.figures();
  if (watch.rssMiBMax > rssMiBMax) violations.push(`rssMiBMax: ${watch.rssMiBMax}, more than ${rssMiBMax}`);
  if (watch.stallMsMax > stallMsMax) violations.push(`stallMsMax: ${watch.stallMsMax}, more than ${stallMsMax}`);
  return { seed, database, seconds, acknowledged, rows, marks, bodiesCompared, ...nothing, ...watch, ...figures, violations, directory };
}
