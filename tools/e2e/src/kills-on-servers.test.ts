import { seededRandom, seedOfRun, startElasticsearch, startKafka, startPostgres } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, exact } from "./accounting.ts";
import { killInTurn, victims } from "./kill-run.ts";
import { startLoad } from "./load.ts";
import { Pipeline } from "./pipeline.ts";
import { startUpstream } from "./upstream.ts";

const killsOfEach = 5;
const cleanUps: (() => Promise<void>)[] = [];

const servers = await Promise.all([startKafka(), startElasticsearch(), startPostgres(), startUpstream()]);
const [kafka, elasticsearch, postgres, upstream] = servers;
afterAll(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  await Promise.all([kafka.stop(), elasticsearch.stop(), postgres.stop(), upstream.close()]);
});

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await Pipeline.create({
    upstream: upstream.url,
    kafka: { broker: kafka.brokers[0] as string, topic: "kerry" },
    elasticsearch: elasticsearch.url,
    database: postgres.url,
    // A killed member's partitions are given away only after its session timed out: short here, for many kills in a minute.
    overrides: {
      "db-sink": { topic: { kafka: { brokers: kafka.brokers, sessionTimeoutMs: 2000 }, name: "kerry", group: "gatelog-db-sink" } },
    },
  });
  cleanUps.push(() => pipeline.close());
  await pipeline.start();
});

test(`tailer, processor and db-sink killed ${killsOfEach} times each lose and double nothing in Elasticsearch, Kafka and PostgreSQL`, async () => {
  const random = seededRandom(seedOfRun());
  const load = startLoad({ url: pipeline.gatewayUrl, ratePerSecond: 400 });
  const counts = await killInTurn(pipeline, random, killsOfEach);
  const answered = await load.stop();
  const accounts = await account(pipeline, {
    database: postgres.url,
    search: { url: elasticsearch.url, index: "gatelog" },
    kafka: { broker: kafka.brokers[0] as string, topic: "kerry" },
  });
  console.log(`seed ${random.seed}: ${JSON.stringify({ answered, counts, ...accounts })}`);

  expect(accounts.records, `GATELOG_SEED=${random.seed}`).toBe(answered);
  expect(accounts.sql).toEqual(exact);
  expect(accounts.search).toEqual(exact);
  expect(accounts.topic).toEqual({ missing: 0, invented: 0 });
  for (const { stage } of victims) {
    expect(counts[stage]?.kills).toBe(killsOfEach);
    expect(counts[stage]?.hits, `kills of ${stage} that hit unacknowledged work`).toBeGreaterThanOrEqual(2);
  }
});
