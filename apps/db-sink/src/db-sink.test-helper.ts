import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatRecord, mintId, type LogRecord } from "@gatelog/log-record";
import { ManagedProcess, repositoryRoot, waitFor } from "@gatelog/testkit";
import {
  createConsumer,
  createProducer,
  type ConsumedMessage,
  type TopicConfig,
  type TopicMessage,
  type TopicProducer,
} from "@gatelog/topic";
import { build } from "esbuild";
import Sqlite from "libsql";

/** The app as one file with its migrations beside it, as it is delivered: starting it costs no compilation. */
const bundleDirectory = join(repositoryRoot, `node_modules/.cache/gatelog-db-sink-test-${process.pid}`);
const main = join(bundleDirectory, "main.js");
let bundled: Promise<void> | undefined;

/** Builds the app once; to be awaited before startDbSink. */
export function bundleDbSink(): Promise<void> {
  bundled ??= bundle();
  return bundled;
}

/** Removes what bundleDbSink built. */
export function removeDbSinkBundle(): void {
  bundled = undefined;
  rmSync(bundleDirectory, { recursive: true, force: true });
}

async function bundle(): Promise<void> {
  for (const provider of ["sqlite", "postgresql", "mysql"]) {
    const from = join(repositoryRoot, "libs/database/prisma", provider, "migrations");
    cpSync(from, join(bundleDirectory, "migrations", provider), { recursive: true });
  }
  await build({
    entryPoints: [join(import.meta.dirname, "main.ts")],
    outfile: main,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["libsql", "fs-native-extensions", "snappy", "oracledb", "pino-pretty"],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: "warning",
  });
}

/** A record as a gateway writes it; a second after the one before. */
export function makeRecord(seq: number, fields: Partial<LogRecord> = {}): LogRecord {
  return {
    v: 1,
    id: mintId(),
    requestTime: new Date(Date.parse("2026-11-23T08:00:00.000Z") + seq * 1000).toISOString(),
    gateway: "gw-1",
    boot: "b1",
    seq,
    status: 200,
    path: `/orders/${seq}`,
    requestContent: `{"n":${seq},"text":"日志"}`,
    ...fields,
  };
}

/** The message in which the processor sends a record. */
export function messageOf(record: LogRecord): TopicMessage {
  return {
    key: record.id,
    value: Buffer.from(formatRecord(record)),
    headers: { "gatelog-id": record.id, "gatelog-time": new Date(record.requestTime).toISOString(), "gatelog-type": "record" },
  };
}

/** Messages with seq `from` to `to`, both included. */
export function messagesOf(from: number, to: number, fields: Partial<LogRecord> = {}): TopicMessage[] {
  return Array.from({ length: to - from + 1 }, (_, index) => messageOf(makeRecord(from + index, fields)));
}

/** A producer that is ready. */
export async function startProducer(config: TopicConfig): Promise<TopicProducer> {
  const producer = createProducer(config);
  await producer.start();
  await waitFor(() => producer.status().ready, { what: "the producer", deadlineMs: 30_000 });
  return producer;
}

/** Reads a topic until it has given so many messages. */
export async function readMessages(config: TopicConfig & { readonly group: string }, count: number): Promise<ConsumedMessage[]> {
  const messages: ConsumedMessage[] = [];
  const consumer = createConsumer(config);
  await consumer.start(async (batch) => void messages.push(...batch.messages));
  await waitFor(() => messages.length >= count, { what: `${count} messages in ${config.name}`, deadlineMs: 30_000 });
  await consumer.stop();
  return messages;
}

/** One question to a SQLite file, over a connection of its own. */
export function querySqlite(file: string, sql: string): Record<string, unknown>[] {
  const connection = new Sqlite(file, { timeout: 5000 });
  try {
    const statement = connection.prepare(sql);
    if (/^\s*select/i.test(sql)) return statement.all() as Record<string, unknown>[];
    statement.run();
    return [];
  } finally {
    connection.close();
  }
}

/** db-sink as a process of its own. */
export interface RunningDbSink {
  readonly process: ManagedProcess;
  /** Resolves with the admin server's address when the app has started. */
  readonly started: Promise<string>;
}

/** The records of tests are of a day that becomes too old some time. */
const keepsForEver = { GATELOG_DB_SINK_RETENTION__METADATA_DAYS: "36500", GATELOG_DB_SINK_RETENTION__BODY_DAYS: "36500" };

/** Starts db-sink, after bundleDbSink, with `yaml` as its configuration in `dir`. */
export function startDbSink(
  dir: string,
  yaml: string,
  options: { readonly env?: Record<string, string>; readonly args?: readonly string[] } = {},
): RunningDbSink {
  const config = join(dir, "db-sink.yaml");
  writeFileSync(config, yaml);
  const process_ = new ManagedProcess({
    command: process.execPath,
    arguments: [main, "--config", config, ...(options.args ?? [])],
    cwd: import.meta.dirname,
    logFile: join(dir, `db-sink-${Date.now()}-${Math.random().toString(36).slice(2)}.log`),
    ipc: true,
    env: { ...(yaml.includes("retention:") ? {} : keepsForEver), ...options.env },
  });
  const started = new Promise<string>((resolve, reject) => {
    process_.child.on("message", (message: { admin?: { host: string; port: number } }) => {
      if (message.admin !== undefined) resolve(`http://${message.admin.host}:${message.admin.port}`);
    });
    void process_.exited.then(() => reject(new Error(`db-sink ended before it had started: ${process_.output().slice(-1500)}`)));
  });
  started.catch(() => {});
  return { process: process_, started };
}

/** Runs a command to its end, after bundleDbSink, with `yaml` as its configuration in `dir`; `output` is both streams. */
export async function runDbSinkCommand(
  dir: string,
  yaml: string,
  args: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const config = join(dir, "command.yaml");
  writeFileSync(config, yaml);
  const process_ = new ManagedProcess({
    command: process.execPath,
    arguments: [main, ...args, "--config", config],
    cwd: import.meta.dirname,
    logFile: join(dir, `command-${Date.now()}-${Math.random().toString(36).slice(2)}.log`),
  });
  const { code } = await process_.exited;
  return { code, output: process_.output() };
}

/** `/readyz` of a running app. */
export async function readyz(admin: string): Promise<{ ready: boolean; text: string }> {
  const response = await fetch(`${admin}/readyz`);
  return { ready: response.status === 200, text: await response.text() };
}

/** One metric of a running app. */
export async function metric(admin: string, name: string): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `) || candidate.startsWith(`${name}{`));
  return Number(line?.split(" ").at(-1));
}
