import { join } from "node:path";
import { openDatabase } from "@gatelog/database";
import { systemClock } from "@gatelog/pipeline";
import { temporaryDirectory } from "@gatelog/testkit";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DatabaseSink } from "./database-sink.ts";
import { makeRecord, messageOf } from "./db-sink.test-helper.ts";
import type { PartEvent } from "./log-events.ts";
import { createMetrics } from "./metrics.ts";
import { readMessage } from "./read-message.ts";
import { UpkeepWork } from "./upkeep-work.ts";

const retention = { metadataDays: 10, bodyDays: 5, rollUpDays: 20 };
let directory: { path: string; remove(): Promise<void> };
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

function itemOf(seq: number, daysAgo: number) {
  const requestTime = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
  const message = { ...messageOf(makeRecord(seq, { requestTime })), offset: String(seq) };
  return readMessage(message, { topic: "kerry", partition: 0 }, { seedTimeZone: "UTC", value: "raw" });
}

test("upkeep is done once an hour, told in one sentence and counted; a database that is not ready is told, too", async () => {
  const database = openDatabase(`file:${join(directory.path, "gatelog.db")}`);
  const registry = new Registry();
  const events: PartEvent[] = [];
  const work = new UpkeepWork({
    database,
    retention,
    textSearch: false,
    clock: systemClock,
    metrics: createMetrics(registry),
    onEvent: (event) => events.push(event),
  });
  await work.runWhenDue();
  expect(events).toMatchObject([
    { code: "GATELOG_DB_SINK_UPKEEP_FAILED", level: "warn", message: expect.stringContaining("no such table") },
  ]);
  await database.migrate();
  const sink = new DatabaseSink(database, { clock: systemClock });
  await sink.write([itemOf(1, 0), itemOf(2, 7), itemOf(3, 12)]);
  await work.runWhenDue();
  expect(events.at(-1)).toMatchObject({
    code: "GATELOG_DB_SINK_UPKEEP",
    message: "deleted 1 rows of interface_log (retention), deleted 2 rows of interface_body (retention)",
  });
  expect(await registry.metrics()).toContain('gatelog_db_sink_upkeep_deleted_rows_total{table="interface_body",reason="retention"} 2');
  await work.runWhenDue();
  expect(events).toHaveLength(2);
  await work.stop();
  await database.close();
});

test("with migrate: off nothing is created: it waits for the tables with one sentence, and is taken up when they are there", async () => {
  const url = `file:${join(directory.path, "gatelog.db")}`;
  const sink = new DatabaseSink(openDatabase(url), { clock: systemClock, migrates: false });
  await expect(sink.write([itemOf(1, 0)])).rejects.toMatchObject({ permanent: false });
  expect(sink.reason).toMatch(/^the tables are not those of this version \(missing: .*db-sink migrate/);
  const administrator = openDatabase(url);
  await administrator.migrate();
  await administrator.close();
  await sink.write([itemOf(1, 0)]);
  expect(sink.reason).toBeUndefined();
  await sink.stop();
});
