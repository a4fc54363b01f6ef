import { resolve } from "node:path";
import { StartError } from "@gatelog/service-kit";
import { type Config, type ElasticsearchOutputConfig, type OutputConfig, outputName } from "../config.ts";
import { type Codec, codecs } from "../inputs/codec.ts";
import { hashFiles, hashOf, tablesOf } from "./pipeline-version.ts";

/** Where history is read from. */
export const historySources = ["stored", "files", "topic"] as const;
export type HistorySource = (typeof historySources)[number];

/** What the command line said, as text. */
export interface PlanFlags {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly source: string | undefined;
  readonly output: string | undefined;
  readonly files: readonly string[];
  readonly registry: string | undefined;
  readonly codec: string | undefined;
  readonly topic: string | undefined;
  readonly database: string | undefined;
}

/** What is to be done. */
export interface ReprocessPlan {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** All days that the range touches, `YYYY-MM-DD`. */
  readonly days: readonly string[];
  readonly source: HistorySource;
  /** Absolute globs. */
  readonly files: readonly string[];
  /** Directory of the registry that knows the files' generations. */
  readonly registry: string | undefined;
  readonly codec: Codec;
  readonly topic: string | undefined;
  readonly output: OutputConfig & { readonly elasticsearch: ElasticsearchOutputConfig };
  readonly outputName: string;
  /** URL of the database whose rows are made anew, too. */
  readonly database: string | undefined;
  /** The same without user and password. */
  readonly databaseName: string | undefined;
  /** SHA-256 of files that are part of the pipeline: its own, where it is code, and tables that filters load. */
  readonly loaded: Readonly<Record<string, string>>;
  /** Of all of this, of the pipeline and of the program: another one is another run. */
  readonly fingerprint: string;
}

const dayMs = 86_400_000;
/** A generation each. */
const daysMax = 366;

export interface PlanOptions {
  readonly config: Config;
  readonly folder: string;
  readonly nowMs: number;
  /** Files of a pipeline that is code: what it does is not all in its functions' text. */
  readonly sources: readonly string[];
  /** Version of the program. */
  readonly program: string;
}

/** Reads what is to be done. **Errors**: StartError, one sentence. */
export function readPlan(flags: PlanFlags, { config, folder, nowMs, sources, program }: PlanOptions): ReprocessPlan {
  const fromMs = timeOf("from", flags.from, 0);
  const toMs = timeOf("to", flags.to, dayMs);
  const days = daysOf(fromMs, toMs, nowMs);
  const source = choiceOf("source", flags.source ?? "stored", historySources);
  const codec = choiceOf("codec", flags.codec ?? (source === "files" ? "line" : "auto"), codecs);
  const files = flags.files.map((pattern) => resolve(folder, pattern));
  if ((source === "files") !== files.length > 0)
    throw new StartError(
      source === "files"
        ? "reprocess: --source files needs --files GLOB, once or more"
        : "reprocess: --files is for --source files: add that, or leave --files out",
    );
  const output = searchOutputOf(config, flags.output);
  const registry = flags.registry === undefined ? undefined : resolve(folder, flags.registry);
  const { topic } = flags;
  const database = databaseOf(flags.database, folder);
  const databaseName = database?.replace(/\/\/[^/]*@/, "//").replace(/\?.*$/s, "");
  const name = outputName(output);
  const parts = { fromMs, toMs, source, codec, files, registry, topic };
  const loaded = hashFiles([...sources, ...tablesOf([config.filters, output], folder)]);
  const fingerprint = fingerprintOf({ ...parts, name, databaseName, loaded, program }, config, output);
  return { ...parts, days, output, outputName: name, database, databaseName, loaded, fingerprint };
}

/** A file's path is against the configuration's folder, as that of all files. */
function databaseOf(given: string | undefined, folder: string): string | undefined {
  if (given === undefined) return undefined;
  const path = /^file:(?!\/\/)(.+)$/.exec(given)?.[1];
  return path === undefined ? given : `file:${resolve(folder, path)}`;
}

/** `YYYY-MM-DD`, to whose beginning `dayMsAdded` is added, or a time. */
function timeOf(name: string, given: string | undefined, dayMsAdded: number): number {
  if (given === undefined) throw new StartError(`reprocess: --${name} DAY is missing, such as --${name} 2026-11-23`);
  const ms = Date.parse(given);
  const [, day = "", time] = /^(\d{4}-\d{2}-\d{2})(T.*(?:Z|[+-]\d{2}:\d{2}))?$/.exec(given) ?? [];
  const isDay = time === undefined;
  if (Number.isNaN(ms) || !isCalendarDay(day))
    throw new StartError(
      `reprocess: --${name} takes a day (2026-11-23) or a time with its offset (2026-11-23T08:00:00Z), found "${given}"`,
    );
  return isDay ? ms + dayMsAdded : ms;
}

/** 30 February is read as a day of March. */
function isCalendarDay(day: string): boolean {
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

function daysOf(fromMs: number, toMs: number, nowMs: number): readonly string[] {
  if (toMs <= fromMs) throw new StartError("reprocess: --to is not behind --from: nothing lies between them");
  const first = Math.floor(fromMs / dayMs);
  const end = Math.ceil(toMs / dayMs);
  if (end * dayMs > nowMs)
    throw new StartError(
      `reprocess: only days that are over (UTC) can be done, for today's index is being written: --to ${dayOf(Math.floor(nowMs / dayMs) - 1)} is the last`,
    );
  if (end - first > daysMax) throw new StartError(`reprocess: at most ${daysMax} days at once, found ${end - first}: take them in parts`);
  return Array.from({ length: end - first }, (_, index) => dayOf(first + index));
}

function dayOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

function choiceOf<const T extends string>(name: string, given: string, all: readonly T[]): T {
  const found = all.find((one) => one === given);
  if (found === undefined) throw new StartError(`reprocess: --${name} is one of ${all.join(", ")}, found "${given}"`);
  return found;
}

/** The output whose history it is. **Errors**: StartError where it cannot be told, or has no index per day. */
export function searchOutputOf({ outputs }: Config, name: string | undefined): ReprocessPlan["output"] {
  const all = outputs.filter((output): output is ReprocessPlan["output"] => "elasticsearch" in output);
  const found = name === undefined ? all : all.filter((output) => outputName(output) === name);
  const [output, another] = found;
  if (output === undefined) {
    const names = all.map(outputName).join(", ") || "none";
    throw new StartError(`reprocess: there is no elasticsearch output${name === undefined ? "" : ` "${name}"`}; there are: ${names}`);
  }
  if (another !== undefined) throw new StartError(`reprocess: say --output NAME, one of ${all.map(outputName).join(", ")}`);
  if (output.elasticsearch.dataStream !== undefined)
    throw new StartError(
      `reprocess: the output ${outputName(output)} writes a data stream, which has no index per day to build anew: use daily indices (index), or reindex it by the cluster's own means`,
    );
  return output;
}

/** The pipeline is part of it: what was begun with other filters is not gone on with. */
function fingerprintOf(parts: object, { filters, masking, seedTimeZone }: Config, output: ReprocessPlan["output"]): string {
  const { nodes, index } = output.elasticsearch;
  return hashOf({ ...parts, filters, masking, seedTimeZone, nodes, index, when: output.when });
}
