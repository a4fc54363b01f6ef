import { setTimeout as sleep } from "node:timers/promises";
import { queryMariadb, seededRandom, seedOfRun, startMariadb, temporaryDirectory, waitFor, type MariadbServer } from "@gatelog/testkit";
import type { TopicProducer } from "@gatelog/topic";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  bundleDbSink,
  messagesOf,
  metric,
  readyz,
  removeDbSinkBundle,
  startDbSink,
  startProducer,
  type RunningDbSink,
} from "./db-sink.test-helper.ts";
import { join } from "node:path";

let server: MariadbServer;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let producer: TopicProducer;
let running: RunningDbSink | undefined;

beforeAll(async () => {
  [server, directory] = await Promise.all([startMariadb(), temporaryDirectory(), bundleDbSink()]);
  producer = await startProducer({ embedded: { dir: join(directory.path, "topic"), groups: ["gatelog-db-sink"] }, name: "kerry" });
});
afterAll(async () => {
  await running?.process.kill();
  await producer.stop();
  await server.stop();
  await directory.remove();
  removeDbSinkBundle();
});

const yaml = () =>
  `admin: { port: 0 }\ntopic: { embedded: { dir: ./topic }, name: kerry }\ndatabase: { url: "${server.url}", checkIntervalMs: 200 }\nbatch: { rowsMax: 100 }\nretry: { minMs: 20, maxMs: 200 }\n`;
const start = () => (running = startDbSink(directory.path, yaml()));
const until = (probe: () => Promise<boolean>, what: string) => waitFor(probe, { what, deadlineMs: 60_000, intervalMs: 50 });
const count = async (sql: string) => Number((await queryMariadb(server.url, `SELECT ${sql}`).catch(() => []))[0]?.["n"] ?? 0);
const rows = () => count("count(*) AS n FROM interface_log");

test("db-sink and MariaDB, killed in turns under load, store and count every record once", { timeout: 180_000 }, async () => {
  const random = seededRandom(seedOfRun());
  const perRound = 600;
  let sent = 0;
  for (let round = 0; round < 6; round++) {
    const before = await rows();
    const { process: child, started } = start();
    await started;
    await producer.send(messagesOf(sent + 1, sent + perRound));
    sent += perRound;
    await until(async () => (await rows()) > before, "some work");
    await sleep(random.integer(0, 30));
    if (round % 2 === 0) {
      expect(await child.kill()).toEqual({ code: null, signal: "SIGKILL" });
    } else {
      await server.kill();
      await server.restart();
      await until(async () => (await rows()) === sent, "all rows");
      expect((await child.stop()).code).toBe(0);
    }
  }
  const { process: child, started } = start();
  const admin = await started;
  await until(async () => (await rows()) === sent, "all rows");
  await until(async () => (await readyz(admin)).ready, "ready");
  expect(await metric(admin, "gatelog_db_sink_dead_letters_total")).toBe(0);
  expect((await child.stop()).code).toBe(0);
  expect(await count("count(DISTINCT id) AS n FROM interface_log")).toBe(sent);
  expect(await count("count(*) AS n FROM interface_body")).toBe(sent);
  expect(await count("sum(calls) AS n FROM call_roll_up")).toBe(sent);
  expect(await count("count(*) AS n FROM information_schema.PARTITIONS WHERE TABLE_NAME = 'interface_log'")).toBe(13);
});
