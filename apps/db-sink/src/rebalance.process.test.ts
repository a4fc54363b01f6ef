import { startKafka, startPostgres, temporaryDirectory, waitFor, type KafkaServer, type PostgresServer } from "@gatelog/testkit";
import { createConsumer, type TopicProducer } from "@gatelog/topic";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bundleDbSink,
  messagesOf,
  metric,
  queryPostgres,
  removeDbSinkBundle,
  startDbSink,
  startProducer,
  type RunningDbSink,
} from "./db-sink.test-helper.ts";

const until = <T>(probe: () => T | Promise<T>, what: string) => waitFor(probe, { what, deadlineMs: 90_000 });

describe("members of one group that come and go", { timeout: 240_000 }, () => {
  let kafka: KafkaServer;
  let postgres: PostgresServer;
  let directory: { path: string; remove(): Promise<void> };
  let producer: TopicProducer;
  const members: RunningDbSink[] = [];
  const topic = () => ({ kafka: { brokers: kafka.brokers, partitions: 6 }, name: "shared" });

  beforeAll(async () => {
    [kafka, postgres, directory] = await Promise.all([startKafka(), startPostgres(), temporaryDirectory(), bundleDbSink()]);
    producer = await startProducer(topic());
  }, 240_000);
  afterAll(async () => {
    await Promise.all(members.map((member) => member.process.kill()));
    await producer.stop();
    await Promise.all([kafka.stop(), postgres.stop()]);
    await directory.remove();
    removeDbSinkBundle();
  });

  function join(): RunningDbSink {
    const yaml = `admin: { port: 0 }\ntopic: { kafka: { brokers: ["${kafka.brokers[0]}"], sessionTimeoutMs: 6000 }, name: shared }\ndatabase: { url: "${postgres.url}" }\nbatch: { rowsMax: 50 }\n`;
    const member = startDbSink(directory.path, yaml);
    members.push(member);
    return member;
  }

  const rows = async () =>
    Number((await queryPostgres(postgres.url, "SELECT count(*) AS n FROM interface_log").catch(() => []))[0]?.["n"] ?? 0);

  test("1 → 4 → 2 under load, one killed and one stopped: every record is one row, and every offset is committed", async () => {
    const first = join();
    await first.started;
    let sent = 0;
    let isOver = false;
    const sending = (async () => {
      while (!isOver) {
        await producer.send(messagesOf(sent + 1, sent + 100));
        sent += 100;
      }
    })();
    await until(async () => (await rows()) > 500, "rows by one member");
    const [second, third, fourth] = [join(), join(), join()];
    const others = await Promise.all([second.started, third.started, fourth.started]);
    await until(
      async () =>
        (await Promise.all(others.map((admin) => metric(admin, "gatelog_db_sink_messages_read_total")))).every((read) => read > 0),
      "all four at work",
    );
    await third.process.kill();
    expect(await first.process.stop(30_000)).toEqual({ code: 0, signal: null });
    const before = await rows();
    await until(async () => (await rows()) > before + 500, "rows by the two that stayed");
    isOver = true;
    await sending;
    await until(async () => (await rows()) === sent, "every row");
    const watcher = createConsumer({ ...topic(), group: "gatelog-db-sink" });
    await until(async () => (await watcher.lag()) === 0, "every offset");
    await watcher.stop();
    expect(await rows()).toBe(sent);
    for (const member of [second, fourth]) {
      const admin = await member.started;
      expect(await metric(admin, "gatelog_db_sink_dead_letters_total")).toBe(0);
      expect(await member.process.stop(30_000)).toEqual({ code: 0, signal: null });
    }
  });
});
