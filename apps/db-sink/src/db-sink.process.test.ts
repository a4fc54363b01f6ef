import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { queryPostgres, seededRandom, seedOfRun, startPostgres, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { createConsumer, type TopicProducer } from "@gatelog/topic";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
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
  type RunningDbSink,
} from "./db-sink.test-helper.ts";

const group = "gatelog-db-sink";

beforeAll(bundleDbSink);
afterAll(removeDbSinkBundle);

/** Waits for what a busy machine may take long for. */
const until = <T>(probe: () => T | Promise<T>, what: string) => waitFor(probe, { what, deadlineMs: 60_000 });

/** A whole embedded stage: the topic, the file, the process. */
describe("db-sink as a process", { timeout: 180_000 }, () => {
  let directory: { path: string; remove(): Promise<void> };
  let producer: TopicProducer;
  let running: RunningDbSink | undefined;
  const file = () => join(directory.path, "gatelog.db");
  const topic = () => ({ embedded: { dir: join(directory.path, "topic"), groups: [group] }, name: "kerry" });
  const yaml = (more = "", url = "file:./gatelog.db") =>
    `admin: { port: 0 }\ntopic: { embedded: { dir: ./topic }, name: kerry }\ndatabase: { url: "${url}", checkIntervalMs: 200 }\n${more}\n`;
  const start = (more?: string, url?: string) => (running = startDbSink(directory.path, yaml(more, url)));
  const rows = (where = "true") => Number(querySqlite(file(), `SELECT count(*) AS n FROM interface_call WHERE ${where}`)[0]?.["n"]);
  const waitForRows = (count: number) => until(() => rows() >= count, `${count} rows`);

  beforeEach(async () => {
    directory = await temporaryDirectory();
    producer = await startProducer(topic());
  });
  afterEach(async () => {
    await running?.process.kill();
    running = undefined;
    await producer.stop();
    await directory.remove();
  });

  test("takes records, marks and lines that are none from the topic to SQLite, and exits 0", async () => {
    const mark = '{"v":1,"type":"mark","gateway":"gw-1","boot":"b1","seq":3,"inFlight":[],"closing":true}';
    await producer.send([...messagesOf(1, 3), { key: "m", value: Buffer.from(mark), headers: { "gatelog-type": "mark" } }]);
    await producer.send([{ key: "x", value: Buffer.from("garbage"), headers: {} }]);
    const { process: child, started } = start();
    const admin = await started;
    await waitForRows(4);
    expect(querySqlite(file(), "SELECT seq, request_content, parse_error, raw_line FROM interface_call ORDER BY request_time")).toEqual([
      { seq: null, request_content: null, parse_error: expect.any(String), raw_line: "garbage" },
      ...[1, 2, 3].map((seq) => ({ seq, request_content: `{"n":${seq},"text":"日志"}`, parse_error: null, raw_line: null })),
    ]);
    expect(querySqlite(file(), "SELECT gateway, seq, closing FROM ledger_mark")).toEqual([{ gateway: "gw-1", seq: 3, closing: 1 }]);
    await until(async () => (await readyz(admin)).ready, "ready");
    expect(await metric(admin, "gatelog_db_sink_rows_inserted_total")).toBe(4);
    expect(await metric(admin, "gatelog_db_sink_rows_mended_total")).toBe(1);
    expect(await metric(admin, "gatelog_db_sink_marks_inserted_total")).toBe(1);
    expect(await child.stop()).toEqual({ code: 0, signal: null });
  });

  test("messages that come again are not doubled, and counted as ignored", async () => {
    const messages = messagesOf(1, 50);
    await producer.send(messages);
    await producer.send(messages.slice(0, 20));
    const { started } = start();
    const admin = await started;
    await until(async () => (await metric(admin, "gatelog_db_sink_rows_ignored_total")) === 20, "the repeats");
    expect(rows()).toBe(50);
  });

  test("a row that the database refuses goes to the dead letters with the reason, and the stream goes on", async () => {
    let admin = await start().started;
    await until(async () => (await readyz(admin)).ready, "ready");
    querySqlite(
      file(),
      "CREATE TRIGGER refuse BEFORE INSERT ON interface_log WHEN NEW.operation = 'refuse-me' BEGIN SELECT RAISE(ABORT, 'refused by a trigger'); END",
    );
    const refused = messagesOf(51, 52, { operation: "refuse-me" });
    await producer.send([...messagesOf(1, 50), ...refused, ...messagesOf(53, 100)]);
    await waitForRows(98);
    await until(async () => (await metric(admin, "gatelog_db_sink_dead_letters_total")) === 2, "the dead letters");
    expect((await readyz(admin)).ready).toBe(true);
    expect((await running?.process.stop())?.code).toBe(0);
    const dead = await readMessages({ ...topic(), name: "kerry.dlt", group: `${group}.dlt` }, 2);
    expect(dead.map(({ key, value }) => ({ key, value: Buffer.from(value) }))).toEqual(refused.map(({ key, value }) => ({ key, value })));
    expect(dead[0]?.headers).toMatchObject({
      ...refused[0]?.headers,
      "gatelog-dlt-topic": "kerry",
      "gatelog-dlt-partition": "0",
      "gatelog-dlt-code": "GATELOG_DATABASE_REFUSED",
      "gatelog-dlt-reason": expect.stringContaining("refused by a trigger"),
    });
    admin = await start().started;
    await until(async () => (await readyz(admin)).ready, "ready again");
    expect(rows()).toBe(98);
  });

  test("a database that refuses row after row pauses it, not ready, and loses nothing when it is mended", async () => {
    const admin = await start("deadLetters: { consecutiveMax: 5 }").started;
    await until(async () => (await readyz(admin)).ready, "ready");
    querySqlite(file(), "CREATE TRIGGER refuse BEFORE INSERT ON interface_log BEGIN SELECT RAISE(ABORT, 'refuses everything'); END");
    await producer.send(messagesOf(1, 40));
    await until(async () => (await readyz(admin)).text.includes("refuses everything"), "the pause");
    expect(await metric(admin, "gatelog_db_sink_dead_letters_total")).toBe(5);
    querySqlite(file(), "DROP TRIGGER refuse");
    await waitForRows(35);
    await until(async () => (await readyz(admin)).ready, "ready again");
    expect(await metric(admin, "gatelog_db_sink_dead_letters_total")).toBe(5);
  });

  test("SIGTERM under load stores the batch in hand, commits it, exits 0, and nothing is read twice afterwards", async () => {
    const total = 4000;
    const admin = await start("batch: { rowsMax: 100 }").started;
    const sending = (async () => {
      for (let from = 1; from <= total; from += 100) await producer.send(messagesOf(from, from + 99));
    })();
    await waitForRows(500);
    expect(await metric(admin, "gatelog_db_sink_rows_ignored_total")).toBe(0);
    expect(await running?.process.stop()).toEqual({ code: 0, signal: null });
    const atStop = rows();
    await sending;
    const again = await start().started;
    await waitForRows(total);
    expect(atStop).toBeLessThan(total);
    expect(rows()).toBe(total);
    expect(await metric(again, "gatelog_db_sink_rows_ignored_total")).toBe(0);
    expect(await metric(again, "gatelog_db_sink_rows_inserted_total")).toBe(total - atStop);
  });

  test("SIGKILL at ten moments under load: every record is stored once", async () => {
    const random = seededRandom(seedOfRun());
    const state = { sent: 0, stop: false };
    const ids = new Set<string>();
    const countRows = () => Number(querySqlite(file(), "SELECT count(*) AS n FROM interface_log")[0]?.["n"]);
    const storedNow = () => (existsSync(file()) && querySqlite(file(), tables).length > 0 ? countRows() : 0);
    const sending = (async () => {
      while (!state.stop) {
        const messages = Array.from({ length: random.integer(50, 400) }, () => messageOf(makeRecord(++state.sent)));
        await producer.send(messages);
        for (const { key } of messages) ids.add(key);
        // Enough waits in the topic for every kill to hit work.
        while (!state.stop && ids.size > storedNow() + 3000) await waitMs(20);
      }
    })();
    let killsWithWork = 0;
    try {
      for (let kill = 0; kill < 10; kill++) {
        const before = storedNow();
        const { process: child, started } = start("batch: { rowsMax: 200 }");
        await started;
        // Most kills come while rows are being stored; some while the app has just begun.
        if (random.next() < 0.8) await until(() => storedNow() > before, "some work");
        await waitMs(random.integer(0, 40));
        expect(await child.kill()).toEqual({ code: null, signal: "SIGKILL" });
        if (ids.size > storedNow()) killsWithWork++;
      }
    } finally {
      state.stop = true;
      await sending;
    }
    await start().started;
    await waitForRows(ids.size);
    const stored = querySqlite(file(), "SELECT id FROM interface_log").map((row) => String(row["id"]));
    expect(stored, `seed ${random.seed}`).toHaveLength(ids.size);
    expect(new Set(stored), `seed ${random.seed}`).toEqual(ids);
    expect(Number(querySqlite(file(), "SELECT count(*) AS n FROM interface_body")[0]?.["n"])).toBe(ids.size);
    expect(killsWithWork, `kills that hit work that was not stored, seed ${random.seed}`).toBeGreaterThanOrEqual(5);
    expect((await running?.process.stop())?.code).toBe(0);
  });

  test("PostgreSQL that is down at the start and later: up, not ready with the reason, nothing lost, recovers by itself", async () => {
    const server = await startPostgres();
    try {
      await server.kill();
      await producer.send(messagesOf(1, 100));
      const { process: child, started } = start("retry: { minMs: 20, maxMs: 200 }", server.url);
      const admin = await started;
      await until(async () => (await readyz(admin)).text.includes("ECONNREFUSED"), "the reason");
      await server.restart();
      const count = async () => Number((await queryPostgres(server.url, "SELECT count(*) AS n FROM interface_call"))[0]?.["n"]);
      await until(async () => (await count()) === 100, "100 rows");
      await until(async () => (await readyz(admin)).ready, "ready");
      await server.kill();
      await producer.send(messagesOf(101, 300));
      await until(async () => !(await readyz(admin)).ready, "not ready");
      await server.restart();
      await until(async () => (await count()) === 300, "300 rows");
      await until(async () => (await readyz(admin)).ready, "ready again");
      expect(await metric(admin, "gatelog_db_sink_dead_letters_total")).toBe(0);
      expect(await metric(admin, "gatelog_db_sink_retries_total")).toBeGreaterThan(0);
      const partitions = await queryPostgres(server.url, "SELECT relname FROM pg_class WHERE relname ~ '^interface_log_[0-9]{8}$'");
      expect(partitions).toHaveLength(10);
      expect((await child.stop()).code).toBe(0);
    } finally {
      await server.stop();
    }
  });

  test("SIGTERM while the database is away: the deadline ends it with 1, and the batch is read again", async () => {
    const server = await startPostgres();
    try {
      await server.kill();
      await producer.send(messagesOf(1, 10));
      const { process: child, started } = start("shutdownDeadlineMs: 1000\nretry: { minMs: 20, maxMs: 100 }", server.url);
      const admin = await started;
      await until(async () => (await metric(admin, "gatelog_db_sink_retries_total")) > 2, "retries");
      expect(await child.stop()).toEqual({ code: 1, signal: null });
      await server.restart();
      await start("", server.url).started;
      const count = async () => Number((await queryPostgres(server.url, "SELECT count(*) AS n FROM interface_call"))[0]?.["n"]);
      await until(async () => (await count()) === 10, "10 rows");
      await running?.process.kill();
    } finally {
      await server.stop();
    }
  });

  test("a second db-sink on the same embedded topic waits, not ready, and takes over when the first is gone", async () => {
    const first = start();
    await first.started;
    const other = join(directory.path, "other");
    mkdirSync(other);
    const second = startDbSink(other, yaml().replace("./topic", "../topic").replace("./gatelog.db", "../gatelog.db"));
    const admin = await second.started;
    await until(async () => (await readyz(admin)).text.includes('"topic"'), "the reason");
    await producer.send(messagesOf(1, 10));
    await waitForRows(10);
    await first.process.kill();
    await producer.send(messagesOf(11, 20));
    await waitForRows(20);
    expect((await second.process.stop()).code).toBe(0);
  });

  test("lag counts what waits in the topic", async () => {
    await producer.send(messagesOf(1, 5));
    const watcher = createConsumer({ ...topic(), group });
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await watcher.start(() => held);
    await until(async () => (await watcher.lag()) === 5, "lag 5");
    release();
    await until(async () => (await watcher.lag()) === 0, "lag 0");
    await watcher.stop();
  });
});

const tables = "SELECT name FROM sqlite_master WHERE name = 'interface_log'";

/** Lets real time pass: a kill is to hit any moment of the work, not a chosen one. */
function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
