import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BenchDatabases, Candidate, Run, RunPlace } from "./candidate.ts";
import { prepareCopy, runCopy } from "./copy.ts";
import { createTables, mariadbDatabases, postgresqlDatabases, sqliteDatabases } from "./databases.ts";
import { runDbSink } from "./gatelog-db-sink.ts";
import { names } from "./report.ts";
import { runSpring, type SpringPlan } from "./spring.ts";

/** What all candidates get alike, and the programs of the peers. */
export interface Contest {
  readonly bundle: string;
  readonly directory: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly messages: number;
  readonly messagesPerRecord: number;
  /** The day of the calls. **Units**: ms since the epoch */
  readonly now: number;
  readonly springClassPath: string;
  readonly copyProgram: string;
}

type Entry = Candidate & { readonly roundsMax: number };

/** A server of its own for the bench, or a directory. */
export async function openDatabases(
  name: BenchDatabases["dialect"],
  directory: string,
  say: (text: string) => void,
): Promise<BenchDatabases> {
  if (name === "postgresql") return postgresqlDatabases();
  if (name === "mariadb") return mariadbDatabases(say);
  const files = join(directory, "sqlite");
  mkdirSync(files, { recursive: true });
  return sqliteDatabases(files);
}

/** Who is measured on a database; ours first, for COPY has batches as ours are. */
export function candidatesOf({ dialect }: BenchDatabases, contest: Contest): readonly Entry[] {
  const entry = (name: string, run: (place: RunPlace) => Promise<Run>, roundsMax = Infinity): Entry => ({ name, run, roundsMax });
  const spring = (mode: SpringPlan["mode"], messages: number) => (place: RunPlace) =>
    runSpring({ ...contest, ...place, mode, messages, dialect: dialect === "sqlite" ? "postgresql" : dialect }, contest.springClassPath);
  const ours = (place: RunPlace) => runDbSink({ ...contest, ...place });
  const withTextSearch = async (place: RunPlace) => {
    // Otherwise the indexes are made while it reads.
    await createTables(place.database.url, { textSearch: true });
    return runDbSink({ ...contest, ...place, settings: { textSearch: "on" } });
  };
  if (dialect === "sqlite") return [entry(names.sqlite, ours)];
  if (dialect === "mariadb") return [entry(names.mariadb, ours), entry(names.springBatchMariadb, spring("batch", contest.messages))];
  return [...postgresqlEntries()];

  function* postgresqlEntries(): Generator<Entry> {
    const file = join(contest.directory, "copy.data");
    let batchRows = 0;
    yield entry(names.postgresql, async (place) => {
      const run = await ours(place);
      batchRows ||= Math.max(1, Math.round(run.rows / run.transactions));
      return run;
    });
    yield entry(names.postgresqlText, withTextSearch, 1);
    yield entry(names.springBatch, spring("batch", contest.messages));
    yield entry(names.springRecord, spring("record", contest.messagesPerRecord));
    yield entry(names.copy, async (place) => {
      if (!existsSync(file)) prepareCopy({ ...contest, file, batchRows });
      return runCopy({ ...place, program: contest.copyProgram, file });
    });
  }
}
