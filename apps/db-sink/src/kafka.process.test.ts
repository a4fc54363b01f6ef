import { formatRecord, idFromKafka } from "@gatelog/log-record";
import {
  queryPostgres,
  startKafka,
  startPostgres,
  temporaryDirectory,
  waitFor,
  type KafkaServer,
  type PostgresServer,
} from "@gatelog/testkit";
import type { TopicProducer } from "@gatelog/topic";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bundleDbSink,
  makeRecord,
  messagesOf,
  metric,
  readMessages,
  readyz,
  removeDbSinkBundle,
  runDbSinkCommand,
  startDbSink,
  startProducer,
  type RunningDbSink,
} from "./db-sink.test-helper.ts";

const until = <T>(probe: () => T | Promise<T>, what: string) => waitFor(probe, { what, deadlineMs: 90_000 });

describe("db-sink between real Kafka and real PostgreSQL", { timeout: 240_000 }, () => {
  let kafka: KafkaServer;
  let postgres: PostgresServer;
  let directory: { path: string; remove(): Promise<void> };
  let producer: TopicProducer;
  let running: RunningDbSink;

  const topic = () => ({ kafka: { brokers: kafka.brokers }, name: "kerry" });
  const start = () => {
    const yaml = `admin: { port: 0 }\ntopic: { kafka: { brokers: ["${kafka.brokers[0]}"], sessionTimeoutMs: 6000 }, name: kerry }\ndatabase: { url: "${postgres.url}" }\nbatch: { rowsMax: 100 }\n`;
    return (running = startDbSink(directory.path, yaml));
  };
  const query = (sql: string) => queryPostgres(postgres.url, sql);
  const count = async (where = "true") => Number((await query(`SELECT count(*) AS n FROM interface_call WHERE ${where}`))[0]?.["n"]);

  beforeAll(async () => {
    [kafka, postgres, directory] = await Promise.all([startKafka(), startPostgres(), temporaryDirectory(), bundleDbSink()]);
    producer = await startProducer(topic());
  }, 240_000);
  afterAll(async () => {
    await running?.process.kill();
    await producer.stop();
    await Promise.all([kafka.stop(), postgres.stop()]);
    await directory.remove();
    removeDbSinkBundle();
  });

  test("the article's example, sent by another's producer, is one row with an identity of its own, every character intact", async () => {
    const text = '{"title":"segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》"}';
    const line = JSON.stringify({
      status: "200",
      requestTime: "2018-10-11 18:09:02",
      responseTime: "2018-10-11 18:09:02",
      requestURL: "http://127.0.0.1:9000/springboot-demo/hello",
      method: "/springboot-demo/hello",
      requestContent: text,
      responseContent: "Hello!Spring boot!",
    });
    await producer.send([{ key: "not an id", value: Buffer.from(line), headers: {} }]);
    const admin = await start().started;
    await until(async () => (await count()) === 1, "the row");
    expect(
      await query("SELECT id, event_day::text AS day, status, path, request_content, response_content, v FROM interface_call"),
    ).toEqual([
      {
        id: idFromKafka("kerry", 0, "0"),
        day: "2018-10-11",
        status: 200,
        path: "/springboot-demo/hello",
        request_content: text,
        response_content: "Hello!Spring boot!",
        v: null,
      },
    ]);
    await until(async () => (await readyz(admin)).ready, "ready");
  });

  test("records keep the identity of their headers, and repeats are one row", async () => {
    const messages = messagesOf(1, 500);
    await producer.send(messages);
    await producer.send(messages.slice(0, 100));
    const admin = await running.started;
    await until(async () => (await metric(admin, "gatelog_db_sink_rows_ignored_total")) === 100, "the repeats");
    expect(await count("boot = 'b1'")).toBe(500);
  });

  test("SIGKILL and SIGTERM: the group goes on where it had committed, each record once", async () => {
    const messages = messagesOf(1001, 3000, { boot: "b2" });
    const sending = (async () => {
      for (let from = 0; from < messages.length; from += 200) await producer.send(messages.slice(from, from + 200));
    })();
    await until(async () => (await count("boot = 'b2'")) > 100, "some rows");
    await running.process.kill();
    await start().started;
    await until(async () => (await count("boot = 'b2'")) > 600, "more rows");
    expect(await running.process.stop(30_000)).toEqual({ code: 0, signal: null });
    await sending;
    const admin = await start().started;
    await until(async () => (await count("boot = 'b2'")) === 2000, "all rows");
    await until(async () => (await readyz(admin)).ready, "ready");
    expect(await metric(admin, "gatelog_db_sink_rows_ignored_total")).toBe(0);
  });

  test("PostgreSQL and then Kafka killed under load: not ready with the reason, nothing lost, nothing twice", async () => {
    const admin = await running.started;
    await producer.send(messagesOf(4001, 4200, { boot: "b3" }));
    await until(async () => (await count("boot = 'b3'")) === 200, "the first rows");
    await postgres.kill();
    await producer.send(messagesOf(4201, 4600, { boot: "b3" }));
    await until(async () => (await readyz(admin)).text.includes("database"), "the reason");
    await postgres.restart();
    await until(async () => (await count("boot = 'b3'")) === 600, "the rows of the outage");
    await kafka.kill();
    await until(async () => (await readyz(admin)).text.includes("topic"), "the broker's reason");
    await kafka.restart();
    await until(() => producer.status().ready, "the producer");
    await until(async () => producer.send(messagesOf(4601, 4601, { boot: "b4" })).then(() => true), "a send");
    await until(async () => (await count("boot = 'b4'")) >= 1, "the row after the broker's outage");
    await until(async () => (await readyz(admin)).ready, "ready again");
    expect(await metric(admin, "gatelog_db_sink_dead_letters_total")).toBe(0);
  });

  test("a row that PostgreSQL refuses goes to the topic's dead letters, and the others go on", async () => {
    await query("ALTER TABLE interface_log ADD CONSTRAINT refuse CHECK (operation <> 'refuse-me')");
    const refused = makeRecord(5001, { operation: "refuse-me" });
    await producer.send([
      ...messagesOf(5002, 5050, { boot: "b5" }),
      { key: refused.id, value: Buffer.from(formatRecord(refused)), headers: { "gatelog-id": refused.id } },
      ...messagesOf(5051, 5100, { boot: "b5" }),
    ]);
    await until(async () => (await count("boot = 'b5'")) === 99, "the others");
    const [dead] = await readMessages({ ...topic(), name: "kerry.dlt", group: "test" }, 1);
    expect(Buffer.from(dead?.value ?? []).toString()).toBe(formatRecord(refused));
    expect(dead?.headers).toMatchObject({
      "gatelog-id": refused.id,
      "gatelog-time": refused.requestTime,
      "gatelog-dlt-topic": "kerry",
      "gatelog-dlt-code": "GATELOG_DATABASE_REFUSED",
      "gatelog-dlt-reason": expect.stringContaining("refuse"),
    });
    expect(await running.process.stop(30_000)).toEqual({ code: 0, signal: null });
    const yaml = `topic: { kafka: { brokers: ["${kafka.brokers[0]}"] }, name: kerry }\ndatabase: { url: "${postgres.url}" }\n`;
    const listed = await runDbSinkCommand(directory.path, yaml, ["dlt", "list"]);
    expect(listed).toMatchObject({ code: 0, output: expect.stringContaining(`GATELOG_DATABASE_REFUSED ${refused.id}`) });
    await query("ALTER TABLE interface_log DROP CONSTRAINT refuse");
    expect((await runDbSinkCommand(directory.path, yaml, ["dlt", "replay"])).output).toContain("1 replayed, 0 refused again");
    expect(await count("operation = 'refuse-me'")).toBe(1);
    expect((await runDbSinkCommand(directory.path, yaml, ["dlt", "replay"])).output).toContain("0 replayed, 0 refused again");
  });
});
