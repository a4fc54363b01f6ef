import { join } from "node:path";
import { openDatabase } from "@gatelog/database";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bundleDbSink,
  makeRecord,
  messageOf,
  metric,
  readyz,
  removeDbSinkBundle,
  startDbSink,
  startProducer,
} from "./db-sink.test-helper.ts";

beforeAll(bundleDbSink);
afterAll(removeDbSinkBundle);

test(
  "with migrate: off it waits for the tables, not ready in one sentence; then a record that is older than retention is stored and counted as late",
  { timeout: 60_000 },
  async () => {
    const directory = await temporaryDirectory();
    const url = `file:${join(directory.path, "gatelog.db")}`;
    const topic = { embedded: { dir: join(directory.path, "topic"), groups: ["gatelog-db-sink"] }, name: "kerry" };
    const producer = await startProducer(topic);
    await producer.send([
      messageOf(makeRecord(1, { requestTime: new Date().toISOString() })),
      messageOf(makeRecord(2, { requestTime: "2020-01-01T00:00:00.000Z" })),
    ]);
    const { process: child, started } = startDbSink(
      directory.path,
      "admin: { port: 0 }\ntopic: { embedded: { dir: ./topic }, name: kerry }\ndatabase: { url: file:./gatelog.db, migrate: off, checkIntervalMs: 100 }\nretention: { metadataDays: 180 }\n",
    );
    try {
      const admin = await started;
      await waitFor(async () => (await readyz(admin)).text.includes("the tables are not those of this version"), { what: "the reason" });
      const administrator = openDatabase(url);
      await administrator.migrate();
      await administrator.close();
      await waitFor(async () => (await metric(admin, "gatelog_db_sink_rows_inserted_total")) === 2, {
        what: "both rows",
        deadlineMs: 30_000,
      });
      expect(await metric(admin, "gatelog_db_sink_rows_late_total")).toBe(1);
      expect((await readyz(admin)).ready).toBe(true);
    } finally {
      child.child.kill("SIGTERM");
      await child.exited;
      await producer.stop();
      await directory.remove();
    }
  },
);
