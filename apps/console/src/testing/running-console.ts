import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase, type Database } from "@gatelog/database";
import { formatRecord, identify, parseLine, toRow, type LogRecord } from "@gatelog/log-record";
import { systemClock } from "@gatelog/pipeline";
import { Registry } from "prom-client";
import type { FastifyInstance } from "fastify";
import { createMetrics } from "../metrics.ts";
import { openSavedSearches } from "../saved-searches.ts";
import { buildServer } from "../server.ts";
import { openSqlStore } from "../sql-store.ts";
import { StageHealthReader, type StageUrls } from "../stages.ts";
import { StoreWatch } from "../store-watch.ts";

const seedTimeZone = "Asia/Shanghai";

/** A console over a SQLite file of its own, as db-sink would have filled it, on a free port. */
export interface RunningConsole {
  readonly url: string;
  readonly registry: Registry;
  readonly server: FastifyInstance;
  /** Creates the database and its tables, as db-sink does at its start. */
  migrate(): Promise<void>;
  /** Stores lines as db-sink does. */
  storeLines(lines: readonly string[]): Promise<void>;
  store(records: readonly LogRecord[]): Promise<void>;
  stop(): Promise<void>;
}

/** Options of a test's console. */
export interface RunningConsoleOptions {
  readonly stages?: StageUrls;
  readonly page?: (server: FastifyInstance) => Promise<void>;
  /** Leave the database away until `migrate`. */
  readonly withoutDatabase?: boolean;
}

/** Starts one. Whoever starts it stops it. */
export async function startConsole(options: RunningConsoleOptions = {}): Promise<RunningConsole> {
  const folder = await mkdtemp(join(tmpdir(), "gatelog-console-"));
  const url = `file:${join(folder, "gatelog.db")}`;
  const searches = await openSavedSearches(`file:${join(folder, "settings", "console.db")}`);
  const store = openSqlStore(url);
  const registry = new Registry();
  const watch = new StoreWatch(store, { clock: systemClock, onChange: () => undefined });
  const stages = new StageHealthReader(options.stages ?? {}, systemClock);
  const server = await buildServer({
    store,
    searches,
    health: async () => [...(await stages.read()), watch.health()],
    about: { version: "0.0.0", gatewayUrl: "http://127.0.0.1:9000" },
    metrics: createMetrics(registry),
    logger: { error: () => undefined },
    page: options.page ?? (async () => undefined),
  });
  let database: Database | undefined;
  const running: RunningConsole = {
    url: await server.listen({ host: "127.0.0.1", port: 0 }),
    registry,
    server,
    migrate: async () => {
      database = openDatabase(url);
      await database.migrate();
    },
    storeLines: async (lines) => {
      if (database === undefined) throw new Error("migrate first");
      await database.store({ calls: lines.map(rowOf), marks: [] });
    },
    store: (records) => running.storeLines(records.map((record) => formatRecord(record))),
    stop: async () => {
      await server.close();
      await watch.stop();
      await store.close();
      searches.close();
      await database?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  if (options.withoutDatabase !== true) await running.migrate();
  watch.start();
  return running;
}

function rowOf(line: string) {
  const { id, time } = identify(Buffer.from(line), { seedTimeZone });
  return toRow(parseLine(line, { seedTimeZone }), { id: id ?? crypto.randomUUID(), time }, line);
}
