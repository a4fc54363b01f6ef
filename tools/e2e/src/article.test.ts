import { Client as SearchClient } from "@elastic/elasticsearch";
import { startElasticsearch, startKafka, startPostgres, waitFor } from "@gatelog/testkit";
import { Client as SqlClient } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { post } from "./load.ts";
import { Pipeline } from "./pipeline.ts";
import { documentsInSearch, messagesInTopic, recordsInFiles, rowsInDatabase } from "./stores.ts";
import { startUpstream } from "./upstream.ts";

const body = JSON.stringify({ title: "segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》" });
const path = "/springboot-demo/hello";

const servers = await Promise.all([startKafka(), startElasticsearch(), startPostgres(), startUpstream()]);
const [kafka, elasticsearch, postgres, upstream] = servers;
let pipeline: Pipeline;
let id: string;
let line: string;

beforeAll(async () => {
  pipeline = await Pipeline.create({
    upstream: upstream.url,
    kafka: { broker: kafka.brokers[0] as string, topic: "kerry" },
    elasticsearch: elasticsearch.url,
    database: postgres.url,
  });
  await pipeline.start();
  expect(await post(`${pipeline.gatewayUrl}${path}`, body)).toBe(200);
  [id, line] = await waitFor(() => [...recordsInFiles(pipeline.logDirectory)][0], { what: "the record's line" });
});
afterAll(async () => {
  await pipeline?.close();
  await Promise.all([kafka.stop(), elasticsearch.stop(), postgres.stop(), upstream.close()]);
});

test("the article's call is one line of the log file, every character intact", () => {
  expect(JSON.parse(line)).toMatchObject({
    v: 1,
    seq: 1,
    status: 200,
    method: "POST",
    path,
    requestContent: body,
    responseContent: "Hello!Spring boot!",
  });
});

test("the message in Kafka equals the file's line", async () => {
  const messages = await waitFor(
    async () => {
      const found = await messagesInTopic(kafka.brokers[0] as string, "kerry");
      return found.size > 0 ? found : undefined;
    },
    { what: "the message" },
  );
  expect([...messages]).toEqual([[id, { count: 1, line }]]);
});

test("Elasticsearch has it once, in the index of its day, under its id", async () => {
  await waitFor(async () => (await documentsInSearch(elasticsearch.url, "gatelog")).size === 1, { what: "the document" });
  const client = new SearchClient({ node: elasticsearch.url });
  const day = new Date((JSON.parse(line) as { requestTime: string }).requestTime).toISOString().slice(0, 10).replaceAll("-", ".");
  const found = await client.get<Record<string, unknown>>({ index: `gatelog-${day}`, id });
  await client.close();
  expect(found._source).toMatchObject({
    url: { path },
    http: { request: { body: { content: body } }, response: { status_code: 200, body: { content: "Hello!Spring boot!" } } },
  });
});

test("PostgreSQL has it once, in the view interface_call", async () => {
  await waitFor(async () => (await rowsInDatabase(postgres.url)).size === 1, { what: "the row" });
  const client = new SqlClient({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query("select id, path, status, request_content, response_content, parse_error from interface_call");
  await client.end();
  expect(rows).toEqual([{ id, path, status: 200, request_content: body, response_content: "Hello!Spring boot!", parse_error: null }]);
});

test("the console lists it and shows it whole", async () => {
  const list = (await (await fetch(`${pipeline.consoleUrl}/api/records?path=${path}`)).json()) as {
    total: number;
    records: { id: string; day: string }[];
  };
  expect(list).toMatchObject({ total: 1, records: [{ id }] });
  const one = await fetch(`${pipeline.consoleUrl}/api/records/${list.records[0]?.day}/${id}`);
  expect(await one.json()).toMatchObject({ id, requestContent: body, responseContent: "Hello!Spring boot!" });
});
