import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatRecord, formatSeed, mintId, type LogRecord } from "@gatelog/log-record";
import {
  queryPostgres,
  buildMavenProject,
  findJdk,
  freePort,
  type KafkaServer,
  ManagedProcess,
  type PostgresServer,
  repositoryRoot,
  startKafka,
  startPostgres,
  temporaryDirectory,
  waitFor,
} from "@gatelog/testkit";
import { createConsumer, createProducer, type TopicMessage, type TopicProducer } from "@gatelog/topic";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";

const arrivalDeadlineMs = 60_000;
const topic = "kerry";
const deadLetters = "kerry.apilog.dlt";
const project = join(repositoryRoot, "examples/spring-consumer");

let kafka: KafkaServer;
let postgres: PostgresServer;
let producer: TopicProducer;
let consumer: ManagedProcess;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let seq = 0;

beforeAll(async () => {
  directory = await temporaryDirectory("gatelog-spring-");
  const built = await buildMavenProject(project);
  [kafka, postgres] = await Promise.all([startKafka(), startPostgres()]);
  producer = createProducer({ kafka: { brokers: kafka.brokers, partitions: 3 }, name: topic });
  await producer.start();
  await waitFor(() => producer.status().ready, { what: "the producer", deadlineMs: arrivalDeadlineMs });
  await producer.send([...recordsOf(1)]);
  consumer = new ManagedProcess({
    command: join(findJdk(17).home, "bin/java"),
    arguments: ["-Xmx256m", "-jar", join(built, "target/spring-consumer.jar"), "--spring.datasource.hikari.connection-timeout=1000"],
    env: {
      SPRING_KAFKA_BOOTSTRAP_SERVERS: kafka.brokers.join(","),
      SPRING_DATASOURCE_URL: `${postgres.url.replace("postgresql://postgres@", "jdbc:postgresql://")}?reWriteBatchedInserts=true`,
      SPRING_DATASOURCE_USERNAME: "postgres",
    },
    logFile: join(directory.path, "consumer.log"),
  });
});

afterAll(async () => {
  await consumer?.stop();
  await producer?.stop();
  await postgres?.stop();
  await kafka?.stop();
  await directory?.remove();
});

function recordOf(fields: Partial<LogRecord> = {}): LogRecord {
  seq += 1;
  return {
    v: 1,
    id: mintId(),
    requestTime: new Date(Date.UTC(2026, 10, 26, 2) + seq * 1000).toISOString(),
    gateway: "gw-1",
    boot: "b1",
    seq,
    project: "erp",
    route: "orders",
    success: true,
    durationMs: 12.5,
    status: 200,
    method: "POST",
    url: `https://api.example.com/orders/${seq}`,
    path: `/orders/${seq}`,
    requestContent: `{"n":${seq},"text":"日志"}`,
    responseContent: "好",
    ...fields,
  };
}

/** As the processor sends it. */
function messageOf(record: LogRecord, line = formatRecord(record)): TopicMessage {
  const headers = { "gatelog-id": record.id, "gatelog-time": record.requestTime, "gatelog-type": "record" };
  return { key: record.id, value: Buffer.from(line), headers };
}

function recordsOf(count: number, fields: Partial<LogRecord> = {}): TopicMessage[] {
  return Array.from({ length: count }, () => messageOf(recordOf(fields)));
}

/** A row that PostgreSQL refuses for what is in it: no text of it holds a NUL. */
function refusedOf(): TopicMessage {
  return messageOf(recordOf({ requestContent: "a\u0000b" }));
}

function query(sql: string): Promise<Record<string, unknown>[]> {
  return queryPostgres(postgres.url, sql);
}

async function rowsArrived(count: number): Promise<void> {
  await waitFor(
    async () => {
      if (consumer.exit !== undefined) throw new Error(consumer.output().slice(-3000));
      return Number((await query("SELECT count(*) AS count FROM api_call"))[0]?.["count"]) >= count;
    },
    { what: `${count} rows`, deadlineMs: arrivalDeadlineMs },
  );
}

async function deadLettersArrived(messages: readonly TopicMessage[]): Promise<void> {
  const keys: string[] = [];
  seq += 1;
  const letters = createConsumer({ kafka: { brokers: kafka.brokers }, name: deadLetters, group: `test-${seq}` });
  await letters.start(async (batch) => void keys.push(...batch.messages.map(({ key }) => key)));
  try {
    await waitFor(() => keys.length >= messages.length, { what: "the dead letters", deadlineMs: arrivalDeadlineMs });
  } finally {
    await letters.stop();
  }
  expect(keys.toSorted()).toEqual(messages.map(({ key }) => key).toSorted());
}

const markLine = '{"v":1,"type":"mark","gateway":"gw-1","boot":"b1","seq":500,"inFlight":[],"closing":false}';
const refused = [refusedOf(), refusedOf()] as const;

test("every call is a row, whatever its form, and only what PostgreSQL refuses is a dead letter", async () => {
  await rowsArrived(1);
  const records = recordsOf(500);
  const seedRecord = recordOf();
  const seed = messageOf(seedRecord, formatSeed(seedRecord, { timeZone: "Asia/Shanghai" }));
  const foreign: TopicMessage = { key: "no id", value: Buffer.from("no record at all"), headers: {} };
  const mark: TopicMessage = { key: "m", value: Buffer.from(markLine), headers: { "gatelog-type": "mark" } };
  await producer.send([...records.slice(0, 250), seed, refused[0], foreign, mark, ...records.slice(250), ...records.slice(0, 20)]);

  await rowsArrived(503);
  const [row] = await query(`SELECT * FROM api_call WHERE id = '${records[499]?.key}'`);
  expect(row).toMatchObject({
    project: "erp",
    route: "orders",
    success: true,
    duration_ms: 12.5,
    status: 200,
    http_method: "POST",
    response_content: "好",
  });
  const [seedRow] = await query(`SELECT * FROM api_call WHERE id = '${seed.key}'`);
  expect(seedRow).toMatchObject({
    url: seedRecord.url,
    path: seedRecord.path,
    status: 200,
    request_time: new Date(seedRecord.requestTime),
  });
  expect(await query("SELECT parse_error, raw_line FROM api_call WHERE raw_line IS NOT NULL")).toEqual([
    { parse_error: "not a JSON object", raw_line: "no record at all" },
  ]);
  await deadLettersArrived([refused[0]]);
  expect(await query("SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids FROM api_call")).toEqual([{ rows: 503, ids: 503 }]);
});

test("while the database is away nothing is lost, and nothing is a dead letter that it would have taken", async () => {
  await postgres.kill();
  await producer.send([...recordsOf(30), refused[1], ...recordsOf(30)]);
  await consumer.waitForOutput("the database does not take the batch now", arrivalDeadlineMs);
  await postgres.restart();

  await rowsArrived(563);
  await deadLettersArrived(refused);
});

test("db-sink beside it, in a group of its own, has the same calls, and the comparison finds the dead letters", async () => {
  const configuration = {
    admin: { host: "127.0.0.1", port: await freePort() },
    topic: { kafka: { brokers: kafka.brokers }, name: topic },
    seedTimeZone: "Asia/Shanghai",
    database: { url: postgres.url },
  };
  const file = join(directory.path, "db-sink.yaml");
  writeFileSync(file, stringify(configuration));
  const start = (name: string, args: readonly string[]) =>
    new ManagedProcess({
      command: process.execPath,
      arguments: [join(repositoryRoot, "apps/db-sink/dist/main.js"), ...args],
      logFile: join(directory.path, `${name}.log`),
    });
  const sink = start("db-sink", ["--config", file]);
  try {
    await waitFor(async () => Number((await query("SELECT count(*) AS count FROM interface_log"))[0]?.["count"]) === 565, {
      what: "the rows of db-sink",
      deadlineMs: arrivalDeadlineMs,
    });
  } finally {
    await sink.stop();
  }

  const compare = start("compare", ["compare", "--config", file, "--with", "api_call", "--day", "2026-11-26", "--json"]);
  const { code } = await compare.exited;
  const comparison = JSON.parse(compare.output()) as Record<string, unknown>;
  expect(comparison).toMatchObject({ here: 564, there: 562, findings: { missingHere: { count: 0 }, doubledThere: { count: 0 } } });
  expect(comparison).toMatchObject({
    findings: { missingThere: { count: 2, samples: refused.map(({ key }) => key).toSorted() }, different: { count: 0, samples: [] } },
  });
  expect(code).toBe(1);
});
