import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { Client as SearchClient } from "@elastic/elasticsearch";
import { createClient } from "@libsql/client";
import { startElasticsearch, waitFor } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { post } from "./load.ts";
import { Pipeline } from "./pipeline.ts";
import { startUpstream } from "./upstream.ts";

const [elasticsearch, upstream] = await Promise.all([startElasticsearch(), startUpstream()]);
let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await Pipeline.create({ upstream: upstream.url, elasticsearch: elasticsearch.url });
  await pipeline.start();
});
afterAll(async () => {
  await pipeline?.close();
  await Promise.all([elasticsearch.stop(), upstream.close()]);
});

/** Appends to a log that another program writes beside the gateway's. */
function append(text: string): void {
  appendFileSync(join(pipeline.logDirectory, "foreign.log"), text);
}

async function rows(where: string): Promise<Record<string, unknown>[]> {
  const client = createClient({ url: `file:${join(pipeline.data, "gatelog.db")}` });
  try {
    return (await client.execute(`select * from interface_call where ${where}`)).rows;
  } finally {
    client.close();
  }
}

test("a malformed line is a row with its error and its raw text, and the lines around it are not disturbed", async () => {
  const seed = (n: number) =>
    `{"status":"200","requestTime":"2018-10-11 18:09:02","responseTime":"2018-10-11 18:09:02","requestURL":"http://host:9000/seed/${n}","method":"/seed/${n}","requestContent":"这是对kafka的测试","responseContent":"ok"}\n`;
  append(`${seed(1)}{"v":1, this is not JSON 《》\n${seed(2)}`);
  const [broken] = await waitFor(async () => ((r) => (r.length === 1 ? r : undefined))(await rows("raw_line like '%this is not JSON%'")), {
    what: "the row",
  });
  expect(broken).toMatchObject({ raw_line: '{"v":1, this is not JSON 《》', event_day: "1970-01-01" });
  expect(broken?.["parse_error"]).toBeTruthy();
  const seeds = await waitFor(async () => ((r) => (r.length === 2 ? r : undefined))(await rows("path like '/seed/%'")), {
    what: "its neighbours",
  });
  expect(seeds.map((row) => row["request_content"])).toEqual(["这是对kafka的测试", "这是对kafka的测试"]);
});

test("an over-long line is cut and flagged, never dropped in silence", async () => {
  append(`${"x".repeat(3_000_000)}\n{"after":"the long one"}\n`);
  const [after] = await waitFor(async () => ((r) => (r.length === 1 ? r : undefined))(await rows("raw_line like '%the long one%'")), {
    what: "the next line",
  });
  expect(after).toBeDefined();
  const [long] = await rows("raw_line like 'xxxxxxxx%'");
  expect(long?.["parse_error"]).toBeTruthy();
  expect((await pipeline.metrics("tailer")).get("gatelog_tailer_lines_truncated_total")).toBe(1);
});

test("a document that Elasticsearch refuses is stored as a minimal one, and the stream goes on", async () => {
  const client = new SearchClient({ node: elasticsearch.url });
  const day = "2018.10.12";
  // The day's index exists already with a mapping that no record of ours fits.
  await client.indices.create({ index: `gatelog-${day}`, mappings: { properties: { url: { properties: { path: { type: "long" } } } } } });
  append(
    `{"status":"200","requestTime":"2018-10-12 09:40:02","responseTime":"2018-10-12 09:40:02","requestURL":"http://host:9000/refused","method":"/refused","requestContent":"拒绝","responseContent":"ok"}\n`,
  );
  const minimal = await waitFor(
    async () => {
      await client.indices.refresh({ index: `gatelog-${day}` });
      const { hits } = await client.search<Record<string, unknown>>({ index: `gatelog-${day}` });
      return hits.hits[0]?._source;
    },
    { what: "the minimal document" },
  );
  expect(JSON.stringify(minimal)).toContain("拒绝");
  await client.close();

  expect(await post(`${pipeline.gatewayUrl}/springboot-demo/hello?after-refusal`, "{}")).toBe(200);
  await waitFor(async () => (await rows("query = 'after-refusal'")).length === 1, { what: "the next record" });
  expect(await rows("path = '/refused'")).toHaveLength(1);
});
