import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fetchJars, findJdk } from "@gatelog/testkit";
import type { Run, RunPlace } from "./candidate.ts";
import { callColumns } from "./columns.ts";
import { createTables } from "./databases.ts";
import { runPeer } from "./peer-process.ts";

const maxPollRecords = 1000;

/** A consumer by spring-kafka, with one thread. */
export interface SpringPlan extends RunPlace {
  /** `record`: a transaction each, as in the article; `batch`: one for what a poll brought, by a JDBC batch. */
  readonly mode: "record" | "batch";
  readonly dialect: "postgresql" | "mariadb";
  readonly brokers: readonly string[];
  readonly topic: string;
  /** It is done after so many. */
  readonly messages: number;
}

/** Fetches and compiles it. Returns the class path. */
export async function buildSpring(): Promise<string> {
  const directory = await fetchJars(join(import.meta.dirname, "spring"));
  return `${directory}:${join(directory, "lib/*")}`;
}

/** Lets it read the topic into tables as ours are, roll-ups aside. */
export async function runSpring(plan: SpringPlan, classPath: string): Promise<Run> {
  await createTables(plan.database.url);
  return runPeer({
    command: join(findJdk(17).home, "bin/java"),
    arguments: ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classPath, "SpringConsumer", writeSettings(plan)],
    logFile: join(plan.directory, "spring.output"),
  });
}

function writeSettings({ directory, mode, dialect, brokers, topic, group, messages, database }: SpringPlan): string {
  const columns = join(directory, "columns.tsv");
  writeFileSync(columns, callColumns.map(({ table, column, field, type }) => [table, column, field, type].join("\t")).join("\n"));
  const { url: jdbcUrl, user, password } = database.jdbc;
  const settings = { mode, dialect, brokers: brokers.join(","), topic, group, messages, maxPollRecords, jdbcUrl, user, password, columns };
  const file = join(directory, "spring.properties");
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
  return file;
}
