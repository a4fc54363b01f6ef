import { freePort, startElasticsearch, startKafka, startPostgres, waitFor, type Server } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, exact } from "./accounting.ts";
import { startLoad } from "./load.ts";
import { Pipeline } from "./pipeline.ts";
import { startUpstream } from "./upstream.ts";

const [kafkaPort, elasticsearchPort, postgresPort] = [await freePort(), await freePort(), await freePort()];
const database = `postgresql://postgres@127.0.0.1:${postgresPort}/gatelog`;
const search = { url: `http://127.0.0.1:${elasticsearchPort}`, index: "gatelog" };
const kafkaAddress = { broker: `127.0.0.1:${kafkaPort}`, topic: "kerry" };
const started: Server[] = [];
const upstream = await startUpstream();
let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await Pipeline.create({ upstream: upstream.url, kafka: kafkaAddress, elasticsearch: search.url, database });
});
afterAll(async () => {
  await pipeline?.close();
  await Promise.all([...started.map((server) => server.stop()), upstream.close()]);
});

async function notReadyBecauseOf(stage: "processor" | "db-sink" | "console", what: RegExp): Promise<void> {
  const red = async () => {
    const { status, body } = await pipeline.readiness(stage);
    return status === 503 && what.test(body);
  };
  await waitFor(red, { deadlineMs: 30_000, what: `${stage} to say ${what}` });
}

test("stages that find no server at start are up, say why they are not ready, and recover by themselves", async () => {
  for (const stage of ["gateway", "tailer", "processor", "db-sink", "console"] as const) pipeline.launch(stage);
  await pipeline.ready("gateway");
  await notReadyBecauseOf("processor", /kafka|topic/i);
  await notReadyBecauseOf("processor", /elasticsearch/i);
  await notReadyBecauseOf("db-sink", /database|postgres/i);
  await notReadyBecauseOf("console", /database|sql|postgres/i);
  const load = startLoad({ url: pipeline.gatewayUrl, callsMax: 300 });
  const answered = await load.stop();

  started.push(
    ...(await Promise.all([
      startKafka({ port: kafkaPort }),
      startElasticsearch({ port: elasticsearchPort }),
      startPostgres({ port: postgresPort }),
    ])),
  );
  await pipeline.start();
  const accounts = await account(pipeline, { database, search, kafka: kafkaAddress });
  expect(accounts).toMatchObject({ records: answered, sql: exact, search: exact, topic: { missing: 0, invented: 0 } });
});

test("servers that go away later turn readiness red, and come back without loss", async () => {
  const load = startLoad({ url: pipeline.gatewayUrl, ratePerSecond: 100 });
  const before = (await account(pipeline, { database })).records;
  for (const server of started) await server.kill();
  await notReadyBecauseOf("processor", /kafka|topic/i);
  await notReadyBecauseOf("processor", /elasticsearch/i);
  await notReadyBecauseOf("db-sink", /database|postgres|kafka|topic/i);
  for (const server of started) await server.restart();
  await pipeline.start();
  await load.stop();
  const accounts = await account(pipeline, { database, search, kafka: kafkaAddress });
  expect(accounts).toMatchObject({ sql: exact, search: exact, topic: { missing: 0, invented: 0 } });
  expect(accounts.records).toBeGreaterThan(before);
});
