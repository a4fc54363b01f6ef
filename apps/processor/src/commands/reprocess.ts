import { dirname, resolve } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import { type AppCommand, type CommandTools, findVersion, isCodeFile, StartError } from "@gatelog/service-kit";
import { Registry } from "prom-client";
import type { Config } from "../config.ts";
import { createMetrics } from "../metrics.ts";
import { readPipeline } from "../pipeline-api/read-pipeline.ts";
import { Reports } from "../reports.ts";
import { dryRun } from "../reprocess/dry-run.ts";
import { abandonRun, describeRun, type ManageTools, removeOld } from "../reprocess/manage-runs.ts";
import { runReprocess } from "../reprocess/open-run.ts";
import { readPlan, type ReprocessPlan, searchOutputOf } from "../reprocess/reprocess-plan.ts";
import { type RunCounts, RunDirectory, type RunState } from "../reprocess/run-state.ts";
import { configFileOf, parseOptions } from "./arguments.ts";
import { stderrLogger } from "./stderr-logger.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const options = {
  config: text,
  from: text,
  to: text,
  source: text,
  files: { type: "string", multiple: true },
  registry: text,
  codec: text,
  topic: text,
  output: text,
  database: text,
  "events-per-second": text,
  "accept-failures": flag,
  "dry-run": flag,
  sample: text,
  status: flag,
  abandon: flag,
  "delete-old": flag,
  json: flag,
} as const;

/** So much of a cluster's work is left to the live outputs, unless told otherwise. */
const eventsPerSecondDefault = 5000;
const sampleDefault = 20;

/** `reprocess --config FILE --from DAY --to DAY`: history through today's pipeline. */
export const reprocessCommand: AppCommand<Config> = {
  usage: "--config FILE --from DAY --to DAY [--source stored|files|topic] [--output NAME]: history through today's pipeline",
  details: [
    "builds a new index of each day beside the old one, then lets the day's name mean it; interrupted, it goes on where it was when started again",
    "DAY is a UTC day, both included, such as 2026-11-23, or a time such as 2026-11-23T08:00:00Z (--to: exclusive)",
    "--source stored: what the index has; files: --files GLOB (repeatable), [--registry DIR] [--codec line|event|auto]; topic: [--topic NAME]",
    "--database URL: makes the rows that are there anew, too; without a password in it PGPASSWORD or PGPASSFILE counts",
    "--events-per-second N: at most so many are written, 0 for no limit (default 5000)",
    "--dry-run [--sample N|all]: changes nothing, and prints what is stored of the first events (20) and what would be; with --json a pair a line",
    "--accept-failures: switches although events could not be stored",
    "--status: what a run does, or did; --abandon: gives a run up; --delete-old: removes the days' old indices",
    "--json: as JSON",
  ],
  async run(args, tools) {
    const { flags, ...rest } = readFlags(args, tools);
    const manage: ManageTools = { ...rest, print: tools.print, isJson: flags.json === true };
    if (flags.status === true) return describeRun(manage);
    if (flags["dry-run"] === true) return dryRunOf(flags, rest, { manage, onInterrupt: tools.onInterrupt });
    await manage.directory.lock();
    try {
      if (flags.abandon === true) return await abandonRun(manage, searchOutputOf(rest.config, flags.output));
      const plan = planOf(flags, rest);
      if (flags["delete-old"] === true) return await removeOld(manage, plan);
      const eventsPerSecond = numberOf("events-per-second", flags["events-per-second"], eventsPerSecondDefault);
      const state = await runReprocess(rest, { plan, eventsPerSecond, acceptsFailures: flags["accept-failures"] === true });
      for (const line of report(state, manage)) tools.print(line);
      refuseFailedRows(state);
    } finally {
      await manage.directory.unlock();
    }
  },
};

/** Without the lock: it changes nothing, so that it may be looked at beside a run. */
async function dryRunOf(
  flags: Flags,
  input: Input,
  { manage, onInterrupt }: { readonly manage: ManageTools } & Pick<CommandTools<Config>, "onInterrupt">,
): Promise<void> {
  const plan = planOf(flags, input);
  const sample = flags.sample === "all" ? Infinity : numberOf("sample", flags.sample, sampleDefault);
  await dryRun(input, { plan, sample, print: manage.print, isJson: manage.isJson, onInterrupt });
}

type Flags = ReturnType<typeof parse>;
type Input = Omit<ReturnType<typeof readFlags>, "flags">;

function planOf(flags: Flags, { config, folder, file }: Input): ReprocessPlan {
  const { from, to, source, files = [], registry, codec, topic, output, database } = flags;
  const sources = isCodeFile(file) ? readPipeline(file).files : [];
  const options = { config, folder, nowMs: systemClock.now(), sources, program: findVersion(process.argv[1]) };
  return readPlan({ from, to, source, files, registry, codec, topic, output, database }, options);
}

function readFlags(args: readonly string[], tools: CommandTools<Config>) {
  const flags = parse(args);
  const file = configFileOf("reprocess", flags.config);
  const folder = dirname(resolve(file));
  const config = tools.loadConfig(file);
  return {
    flags,
    config,
    folder,
    file: resolve(file),
    resolvePath: (path: string) => resolve(folder, path),
    reports: new Reports(stderrLogger, createMetrics(new Registry())),
    directory: new RunDirectory(config.buffer.dir),
  };
}

function parse(args: readonly string[]) {
  return parseOptions("reprocess", args, options, { words: false }).values;
}

function numberOf(name: string, given: string | undefined, fallback: number): number {
  if (given === undefined) return fallback;
  if (!/^\d{1,9}$/.test(given)) throw new StartError(`reprocess: --${name} takes a whole number, found "${given}"`);
  return Number(given);
}

function report({ counts, days, range }: RunState, { isJson }: ManageTools): string[] {
  if (isJson) return [JSON.stringify({ ...range, ...counts, days: Object.keys(days) })];
  const { events, stored, copied, dropped, storedDropped, unknown, minimal, failed } = counts;
  return [
    `${Object.keys(days).length} days from ${range.from} to ${range.to} are switched`,
    ...(range.source === "stored" ? [] : [`${events} events read from ${range.source}, ${dropped} dropped by today's filters`]),
    `${stored} stored documents looked at, ${storedDropped} dropped by today's filters, ${copied} taken over unchanged`,
    ...(unknown === 0 ? [] : [`${unknown} lines or messages whose id is not known: what the index had of them was taken from there`]),
    ...(minimal === 0 ? [] : [`${minimal} in their minimal form, for the cluster refused their fields`]),
    ...(failed === 0 ? [] : [`${failed} could not be stored`]),
    ...(range.database === undefined ? [] : rowsReport(counts)),
  ];
}

function rowsReport({ rowsUpdated, rowsLeft, rowsKept, rowsMissing, rowsDropped }: RunCounts): string[] {
  return [
    `${rowsUpdated} rows of the database made anew, ${rowsLeft} had this version of the pipeline or a later one`,
    ...(rowsKept === 0 ? [] : [`${rowsKept} rows cannot be said as a line again, and stay as they are`]),
    ...(rowsMissing === 0 ? [] : [`${rowsMissing} events have no row; db-sink inserts what its topic has`]),
    ...(rowsDropped === 0 ? [] : [`${rowsDropped} events are dropped by today's filters; their rows stay as they are`]),
  ];
}

function refuseFailedRows({ counts }: RunState): void {
  if (counts.rowsFailed === 0) return;
  throw new StartError(
    `reprocess: ${counts.rowsFailed} rows of the database could not be updated, for the reasons in the log; all else is done: when these are mended, start it again, and it updates the rest`,
  );
}
