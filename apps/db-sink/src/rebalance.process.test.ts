import {
  queryPostgres,
  startKafka,
  startPostgres,
  temporaryDirectory,
  waitFor,
  type KafkaServer,
  type PostgresServer,
} from "@gatelog/testkit";
import { createConsumer, type TopicProducer } from "@gatelog/topic";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bundleDbSink,
  messagesOf,
  metric,
  removeDbSinkBundle,
  startDbSink,
  startProducer,
  type RunningDbSink,
} from "./db-sink.test-helper.ts";

const until = <T>(probe: () => T | Promise<T>, what: string) => waitFor(probe, { what, deadlineMs: 50_000 });

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

  function join(name = "shared", more = "batch: { rowsMax: 50 }"): RunningDbSink {
    const yaml = `admin: { port: 0 }\ntopic: { kafka: { brokers: ["${kafka.brokers[0]}"], sessionTimeoutMs: 6000 }, name: ${name}, group: of-${name} }\ndatabase: { url: "${postgres.url}" }\n${more}\n`;
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
    const over = new AbortController();
    const sending = (async () => {
      while (!over.signal.aborted) {
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
    over.abort();
    await sending;
    await until(async () => (await rows()) === sent, "every row");
    const watcher = createConsumer({ ...topic(), group: "of-shared" });
    await until(async () => (await watcher.lag()) === 0, "every offset");
    await watcher.stop();
    expect(await rows()).toBe(sent);
    for (const member of [second, fourth]) {
      const admin = await member.started;
      expect(await metric(admin, "gatelog_db_sink_dead_letters_total")).toBe(0);
      expect(await member.process.stop(30_000)).toEqual({ code: 0, signal: null });
    }
  });

  test("a batch that waits for a limit keeps its member, is handed over at once when another one joins, and does not keep it from stopping", async () => {
    const slow = { ...topic(), name: "slow" };
    const filler = await startProducer(slow);
    await filler.send(messagesOf(1_000_001, 1_003_000));
    await filler.stop();
    const limits =
      "limits: { rowsPerSecondMax: 1000, quietHours: [{ from: '00:00', to: '23:59', rowsPerSecondMax: 5 }, { from: '23:59', to: '00:00', rowsPerSecondMax: 5 }] }";
    const first = join("slow", limits);
    const admin = await first.started;
    await until(async () => (await metric(admin, "gatelog_db_sink_held_back")) === 1, "the limit");
    const second = join("slow", limits);
    const other = await second.started;
    // Were the batch not handed over, the second would wait for the group's time-out of a minute.
    await until(async () => (await metric(other, "gatelog_db_sink_messages_read_total")) > 0, "the second member at work");
    await until(async () => (await metric(other, "gatelog_db_sink_held_back")) === 1, "the limit");
    expect(await first.process.stop(30_000)).toEqual({ code: 0, signal: null });
    expect(await second.process.stop(30_000)).toEqual({ code: 0, signal: null });
  });
});
