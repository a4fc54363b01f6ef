import { randomUUID } from "node:crypto";
import type { Database } from "@gatelog/database";
import { IndexGenerations, type ServerInfo } from "@gatelog/elasticsearch";
import { systemClock } from "@gatelog/pipeline";
import { findVersion, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { clusterOptions } from "../elasticsearch-sink.ts";
import type { FixedEvent } from "../fix-identity.ts";
import { createForeignMask } from "../masking/mask-foreign.ts";
import { createOutputTls, type OutputTls } from "../outputs/output-tls.ts";
import type { Reports } from "../reports.ts";
import { Failures } from "./failures.ts";
import { FileSource } from "./file-source.ts";
import { GenerationWriter } from "./generation-writer.ts";
import type { HistorySource } from "./history-source.ts";
import { historyTopicOf } from "./history-topic.ts";
import { Pace } from "./pace.ts";
import { persevere } from "./persevere.ts";
import { pipelineVersionOf } from "./pipeline-version.ts";
import { beginDay, Reprocess } from "./reprocess.ts";
import type { ReprocessPlan } from "./reprocess-plan.ts";
import { noCounts, type RunDirectory, type RunState } from "./run-state.ts";
import { RowsPass } from "./rows-pass.ts";
import { openRows, SqlRows } from "./sql-rows.ts";
import { StoredPass } from "./stored-pass.ts";
import { TopicSource } from "./topic-source.ts";

/** What commands of reprocessing work with. */
export interface RunTools {
  readonly config: Config;
  readonly resolvePath: (path: string) => string;
  readonly reports: Reports;
  readonly directory: RunDirectory;
}

export interface RunOptions {
  readonly plan: ReprocessPlan;
  readonly eventsPerSecond: number;
  readonly acceptsFailures: boolean;
}

/** Does a run, or goes on with the one that was begun. Resolves with what it did. **Errors**: StartError. */
export async function runReprocess(tools: RunTools, { plan, eventsPerSecond, acceptsFailures }: RunOptions): Promise<RunState> {
  const { config, directory } = tools;
  const tls = tlsOf(tools, plan);
  const generations = openGenerations(plan, tls);
  const failures = new Failures(directory.failuresFile);
  const source = createSource(tools, plan);
  const closing: (() => unknown)[] = [() => generations.close(), () => failures.close(), () => source?.close()];
  try {
    const database = plan.database === undefined ? undefined : await openRows(plan.database);
    closing.unshift(() => database?.close());
    const state = (await goingOn(directory, plan)) ?? (await begin(tools, plan, generations));
    const { counts } = state;
    const generationOf = (day: string) => {
      const found = state.days[day];
      if (found === undefined) throw new Error(`an event of ${day} is none of the run's`);
      return found.generation;
    };
    const pace = new Pace(eventsPerSecond, systemClock);
    const { rows, rowsPass } = createRows(tools, { database, plan, state, pace });
    closing.unshift(() => rows?.close());
    const writer = new GenerationWriter({ ...tools, plan, tls, generationOf, counts, failures, pace });
    closing.unshift(() => writer.close());
    const { seedTimeZone } = config;
    const storedPass = new StoredPass({ plan, seedTimeZone, generations, writer, counts, save: () => directory.save(state) });
    await new Reprocess({
      plan,
      state,
      directory,
      generations,
      writer,
      storedPass,
      failures,
      source,
      rows,
      rowsPass,
      acceptsFailures,
    }).run();
    return state;
  } finally {
    for (const close of closing) await close();
  }
}

interface RowsOptions {
  readonly database: Database | undefined;
  readonly plan: ReprocessPlan;
  readonly state: RunState;
  readonly pace: Pace;
}

/** What makes rows anew: of the source's events, or of the rows themselves. */
function createRows(tools: RunTools, { database, plan, state, pace }: RowsOptions) {
  if (database === undefined) return { rows: undefined, rowsPass: undefined };
  const { config, directory } = tools;
  const version = pipelineVersionOf(config, state.startedAt, findVersion(process.argv[1]), plan.loaded);
  const rows = new SqlRows({ ...tools, database, version, counts: state.counts });
  const { seedTimeZone } = config;
  const pass = { plan, state, seedTimeZone, database, rows, pace, save: () => directory.save(state) };
  return { rows, rowsPass: plan.source === "stored" ? new RowsPass(pass) : undefined };
}

export function openGenerations({ output }: Pick<ReprocessPlan, "output">, tls: OutputTls | undefined): IndexGenerations {
  return new IndexGenerations(clusterOptions(output.elasticsearch, tls));
}

/** **Errors**: StartError where the files of TLS cannot be used. */
export function tlsOf(
  { config, reports }: RunTools,
  { output, outputName }: Pick<ReprocessPlan, "output" | "outputName">,
): OutputTls | undefined {
  const tls = createOutputTls(output.elasticsearch.tls, {
    key: `outputs[${config.outputs.indexOf(output)}].elasticsearch.tls`,
    clock: systemClock,
    onReport: (report) => reports.say(report, { output: outputName }),
  });
  tls?.material();
  return tls;
}

type SourcePlan = Pick<ReprocessPlan, "source" | "files" | "registry" | "codec" | "topic" | "fromMs">;

/** Undefined where the stored records are the source. */
export function createSource({ config, reports }: Pick<RunTools, "config" | "reports">, plan: SourcePlan): HistorySource | undefined {
  const { masking, seedTimeZone } = config;
  const mask = masking.foreign ? createForeignMask(masking) : (event: FixedEvent) => event;
  if (plan.source === "files") return new FileSource({ plan, seedTimeZone, mask });
  if (plan.source !== "topic") return undefined;
  return new TopicSource({
    topic: historyTopicOf(config, plan.topic, reports),
    codec: plan.codec,
    fromMs: plan.fromMs,
    seedTimeZone,
    mask,
    onReport: (report) => reports.say(report, { source: "topic" }),
  });
}

async function goingOn(directory: RunDirectory, plan: ReprocessPlan): Promise<RunState | undefined> {
  const state = await directory.load();
  if (state === undefined || state.fingerprint === plan.fingerprint) return state;
  const { from, to, source, output } = state.range;
  throw new StartError(
    `reprocess: a run from ${from} to ${to} of ${source} for ${output} was begun and is not done, with other options or another pipeline: go on with these, or give it up with --abandon`,
  );
}

/** Writes cannot be held back by an older one. */
function refuseOlder({ product, version }: ServerInfo): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (product === "elasticsearch" && (major < 7 || (major === 7 && minor < 9)))
    throw new StartError(`reprocess: it needs Elasticsearch 7.9 or later, or OpenSearch; found ${version}`);
}

async function begin({ directory }: RunTools, plan: ReprocessPlan, generations: IndexGenerations): Promise<RunState> {
  const { server, hasLifecycle } = await persevere("preparing the cluster", () => generations.prepare(AbortSignal.timeout(60_000)));
  refuseOlder(server);
  const keepsAge = plan.output.elasticsearch.retentionDays !== undefined && hasLifecycle && server.product === "elasticsearch";
  const days: RunState["days"] = {};
  for (const day of plan.days) days[day] = await beginDay(generations, day, keepsAge);
  const { source, topic, outputName, databaseName, fingerprint, fromMs, toMs } = plan;
  const range = {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    source,
    topic,
    output: outputName,
    database: databaseName,
  };
  const state: RunState = {
    v: 1,
    id: randomUUID(),
    startedAt: new Date(systemClock.now()).toISOString(),
    range,
    fingerprint,
    phase: "reading",
    isCreated: false,
    days,
    source: undefined,
    isSourceDone: false,
    blocked: [],
    counts: { ...noCounts },
  };
  await directory.setFailuresAside(systemClock.now());
  await directory.save(state);
  return state;
}
