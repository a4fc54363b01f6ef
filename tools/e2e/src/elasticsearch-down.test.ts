import { setTimeout as sleep } from "node:timers/promises";
import { startElasticsearch, startKafka, startPostgres, waitFor } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, exact } from "./accounting.ts";
import { startLoad } from "./load.ts";
import { Pipeline } from "./pipeline.ts";
import { recordsInFiles, rowsInDatabase } from "./stores.ts";
import { startUpstream } from "./upstream.ts";

const downMs = 60_000;
const servers = await Promise.all([startKafka(), startElasticsearch(), startPostgres(), startUpstream()]);
const [kafka, elasticsearch, postgres, upstream] = servers;
const kafkaAddress = { broker: kafka.brokers[0] as string, topic: "kerry" };
let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await Pipeline.create({
    upstream: upstream.url,
    kafka: kafkaAddress,
    elasticsearch: elasticsearch.url,
    database: postgres.url,
  });
  await pipeline.start();
});
afterAll(async () => {
  await pipeline?.close();
  await Promise.all([kafka.stop(), elasticsearch.stop(), postgres.stop(), upstream.close()]);
});

test("with Elasticsearch gone for a minute Kafka and SQL do not wait, and nothing is missing afterwards", async () => {
  const load = startLoad({ url: pipeline.gatewayUrl, ratePerSecond: 200 });
  await waitFor(() => load.answered > 200, { what: "load" });
  await elasticsearch.kill();
  const began = performance.now();
  let lagMax = 0;
  while (performance.now() - began < downMs) {
    const rows = (await rowsInDatabase(postgres.url)).size;
    lagMax = Math.max(lagMax, recordsInFiles(pipeline.logDirectory).size - rows);
    await sleep(2000);
  }
  const readiness = await pipeline.readiness("processor");
  await elasticsearch.restart();
  const answered = await load.stop();
  const accounts = await account(pipeline, {
    database: postgres.url,
    search: { url: elasticsearch.url, index: "gatelog" },
    kafka: kafkaAddress,
  });
  console.log(JSON.stringify({ answered, lagMax, ...accounts }));

  // Ten seconds of load: far less than the minute that Elasticsearch was away.
  expect(lagMax).toBeLessThan(2000);
  expect(readiness.status).toBe(503);
  expect(readiness.body).toContain("elasticsearch");
  expect(accounts).toMatchObject({ records: answered, sql: exact, search: exact, topic: { missing: 0, invented: 0 } });
  await pipeline.ready("processor");
});
