import { dirname } from "node:path";
import { openDatabase, parseDatabaseUrl, type StoredCounts } from "@gatelog/database";
import type { Clock } from "@gatelog/pipeline";
import { ensureWritableDirectory, type App, type AppContext } from "@gatelog/service-kit";
import { createConsumer, createProducer, type TopicConsumer } from "@gatelog/topic";
import { BatchHandler } from "./batch-handler.ts";
import type { Config } from "./config.ts";
import { DatabaseSink } from "./database-sink.ts";
import { DeadLetters } from "./dead-letters.ts";
import { LateRows } from "./late-rows.ts";
import { logEvent, logHandler, logReadiness, logTls } from "./log-events.ts";
import { openOwnTable, tellFaults } from "./mapping/own-table-parts.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { Periodic } from "./periodic.ts";
import type { SinkItem } from "./read-message.ts";
import { deadLetterTopic, sourceTopic } from "./topics.ts";
import { upkeepCheckIntervalMs, UpkeepWork } from "./upkeep-work.ts";

/** How often the topic is asked how much waits, ms. */
const lagIntervalMs = 10_000;

/** Wires topic → rows → database. Local obstacles reject with a StartError. */
export async function createDbSink(context: AppContext<Config>): Promise<App> {
  const { config, clock, logger } = context;
  await ensureLocalPlaces(config);
  const metrics = createMetrics(context.metrics);
  const onEvent = logEvent(logger);

  const tls = { clock, ...logTls(logger) };
  const consumer = createConsumer(sourceTopic(config.topic, tls), { onEvent });
  const deadLetters = new DeadLetters((topic) => createProducer(deadLetterTopic(config.topic, tls, topic), { onEvent }));
  const { url, connectionsMax, statementTimeoutMs } = config.database;
  const ownTable = openOwnTable(config, tellFaults(logger, metrics));
  const isOwnAlone = ownTable?.besides === false;
  const ownOptions = ownTable === undefined ? {} : { ownTable };
  const database = openDatabase(url, { connectionsMax, statementTimeoutMs, onEvent, ...ownOptions });
  const keepsUp = config.database.upkeep === "on" && !isOwnAlone;
  const lateRows = new LateRows({ clock, metadataDays: config.retention.metadataDays, onEvent });
  const sink = new DatabaseSink(database, {
    clock,
    isOwnAlone,
    migrates: config.database.migrate === "on",
    createsPartitions: keepsUp,
    hooks: {
      onStored: isOwnAlone ? countOwn(metrics) : countStored(metrics, lateRows),
      onOwnTableRisk: logOnce(onEvent),
      onMigrated: (names) =>
        onEvent({ code: "GATELOG_DB_SINK_MIGRATED", level: "info", message: `the tables were brought up to date: ${names.join(", ")}` }),
      onReadiness: logReadiness(logger),
    },
  });
  const handler = new BatchHandler({
    sink,
    clock,
    read: { seedTimeZone: config.seedTimeZone, value: config.topic.value },
    readsAhead: database.dialect !== "sqlite",
    batch: config.batch,
    limits: config.limits,
    retry: config.retry,
    consecutiveDeadLettersMax: config.deadLetters.consecutiveMax,
    deadLetter: (rejected) => deadLetters.keep(rejected, clock.now()),
    ...logHandler(logger, metrics),
  });
  metrics.observe(handler);
  const checks = new Periodic({ clock, intervalMs: config.database.checkIntervalMs, work: () => sink.check().catch(() => {}) });
  const work = new UpkeepWork({
    database,
    retention: config.retention,
    textSearch: config.database.textSearch === "on",
    clock,
    metrics,
    onEvent,
  });
  const upkeep = new Periodic({
    clock,
    intervalMs: upkeepCheckIntervalMs,
    work: async () => (keepsUp && sink.reason === undefined ? work.runWhenDue() : undefined),
  });
  const lag = new Periodic({ clock, intervalMs: lagIntervalMs, work: () => readLag(consumer, handler, { metrics, clock }) });

  return {
    async start() {
      checks.start();
      upkeep.start();
      await consumer.start((batch) => handler.handle(batch));
      lag.start();
    },
    async stop(deadline) {
      checks.stop();
      upkeep.stop();
      lag.stop();
      handler.stop();
      deadline.addEventListener("abort", () => handler.giveUp(), { once: true });
      await consumer.stop();
      deadline.throwIfAborted();
      await deadLetters.stop();
      await work.stop();
      await sink.stop();
    },
    readiness: () => [
      { name: "topic", ...consumer.status() },
      part("database", sink.reason),
      part("delivery", handler.pausedReason && `paused, since the database refuses row after row: ${handler.pausedReason}`),
      part("dead letters", handler.deadLettersReason ?? deadLetters.reason),
    ],
  };
}

function part(name: string, reason: string | undefined) {
  return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
}

async function ensureLocalPlaces({ topic, database }: Config): Promise<void> {
  if ("embedded" in topic) await ensureWritableDirectory(topic.embedded.dir, "topic.embedded.dir");
  const location = parseDatabaseUrl(database.url);
  if (location.dialect === "sqlite") await ensureWritableDirectory(dirname(location.file), "database.url");
}

/** Where our own tables are not written. */
function countOwn(metrics: Metrics) {
  return ({ ownRows = 0 }: StoredCounts, { items, durationMs }: { items: readonly SinkItem[]; durationMs: number }) => {
    metrics.ownRows.inc(ownRows);
    metrics.marksSkipped.inc(items.filter(({ row }) => row.kind === "mark").length);
    metrics.transactionSeconds.observe(durationMs / 1000);
  };
}

function logOnce(onEvent: ReturnType<typeof logEvent>) {
  const told = new Set<string>();
  return (message: string) => {
    if (told.has(message)) return;
    told.add(message);
    onEvent({ code: "GATELOG_DB_SINK_OWN_TABLE_RISK", level: "warn", message });
  };
}

function countStored(metrics: Metrics, lateRows: LateRows) {
  return (
    { inserted, insertedByDay, marksInserted, ownRows = 0 }: StoredCounts,
    { items, durationMs }: { items: readonly SinkItem[]; durationMs: number },
  ) => {
    metrics.rowsInserted.inc(inserted);
    metrics.rowsLate.inc(lateRows.note(insertedByDay));
    metrics.ownRows.inc(ownRows);
    metrics.marksInserted.inc(marksInserted);
    metrics.rowsIgnored.inc(items.length - inserted - marksInserted);
    metrics.rowsMended.inc(items.filter(({ row }) => row.kind === "call" && row.call["parse_error"] !== null).length);
    metrics.transactionSeconds.observe(durationMs / 1000);
  };
}

/** A topic that does not answer says so in its own status; the metrics keep their last values. */
async function readLag(
  consumer: TopicConsumer,
  handler: BatchHandler,
  { metrics, clock }: { metrics: Metrics; clock: Clock },
): Promise<void> {
  const lags = await consumer.lags().catch(() => []);
  for (const { topic, partition, messages } of lags) {
    metrics.lagMessages.set({ topic, partition }, messages);
    const timeMs = handler.storedTimeMs(topic, partition);
    if (messages === 0) metrics.lagSeconds.set({ topic, partition }, 0);
    else if (timeMs !== undefined) metrics.lagSeconds.set({ topic, partition }, Math.max(0, (clock.now() - timeMs) / 1000));
  }
}
