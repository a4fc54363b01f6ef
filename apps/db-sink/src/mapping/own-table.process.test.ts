import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bundleDbSink,
  makeRecord,
  messageOf,
  messagesOf,
  metric,
  querySqlite,
  readMessages,
  readyz,
  removeDbSinkBundle,
  startDbSink,
  startProducer,
} from "../db-sink.test-helper.ts";

beforeAll(bundleDbSink, 120_000);
afterAll(removeDbSinkBundle);

const until = <T>(probe: () => T | Promise<T>, what: string) => waitFor(probe, { what, deadlineMs: 60_000 });

const mapping = `import { defineMapping } from "@gatelog/db-sink";
export default defineMapping({
  table: "api_log",
  key: ["id"],
  columns: { id: "id", path: "path", kind: { expression: "labels.kind", default: "none" }, first: ({ bizKeys }) => bizKeys![0] },
});
`;

test(
  "the team's own table alone: not ready before it is there, then each call once, a refused one in the dead letters",
  { timeout: 120_000 },
  async () => {
    const directory = await temporaryDirectory();
    const file = join(directory.path, "team.db");
    const topic = { embedded: { dir: join(directory.path, "topic"), groups: ["gatelog-db-sink"] }, name: "kerry" };
    writeFileSync(join(directory.path, "mapping.ts"), mapping);
    const producer = await startProducer(topic);
    const mark = '{"v":1,"type":"mark","gateway":"gw-1","boot":"b1","seq":3,"inFlight":[],"closing":true}';
    await producer.send([...messagesOf(1, 20), { key: "m", value: Buffer.from(mark), headers: { "gatelog-type": "mark" } }]);
    await producer.send([messageOf(makeRecord(21, { path: "/refused" }))]);
    const own = "ownTable: { mapping: ./mapping.ts, besides: false }";
    const running = startDbSink(
      directory.path,
      `admin: { port: 0 }\ntopic: { embedded: { dir: ./topic }, name: kerry }\ndatabase: { url: "file:./team.db", checkIntervalMs: 200, ${own} }\n`,
    );
    try {
      const admin = await running.started;
      await until(async () => (await readyz(admin)).text.includes("there is no table api_log"), "the reason");
      querySqlite(file, "CREATE TABLE api_log (id TEXT PRIMARY KEY, path TEXT CHECK (path <> '/refused'), kind TEXT, first TEXT)");
      const rows = () => querySqlite(file, "SELECT count(*) AS n, max(kind) AS kind, max(first) AS first FROM api_log")[0];
      await until(() => rows()?.["n"] === 20, "20 rows");
      expect(rows()).toMatchObject({ kind: "none", first: null });
      const [letter] = await readMessages({ ...topic, name: "kerry.dlt", group: "gatelog-db-sink.dlt" }, 1);
      expect(letter?.headers["gatelog-dlt-reason"]).toContain("CHECK constraint failed");
      await until(async () => (await readyz(admin)).ready, "ready");
      expect(await metric(admin, "gatelog_db_sink_own_rows_written_total")).toBe(20);
      expect(await metric(admin, "gatelog_db_sink_marks_skipped_total")).toBeGreaterThanOrEqual(1);
      expect(await metric(admin, 'gatelog_db_sink_mapping_faults_total{column="kind"}')).toBeGreaterThanOrEqual(20);
      expect(querySqlite(file, "SELECT name FROM sqlite_master WHERE name LIKE 'interface%'")).toEqual([]);
      expect(await running.process.stop()).toEqual({ code: 0, signal: null });
      expect(running.process.output()).toContain("told once, counted each time");
      expect(existsSync(file)).toBe(true);
    } finally {
      await running.process.kill();
      await producer.stop();
      await directory.remove();
    }
  },
);
