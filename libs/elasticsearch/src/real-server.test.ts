import { deliverAll, backOff, systemClock, type DeliveryError } from "@gatelog/pipeline";
import { formatRecord } from "@gatelog/log-record";
import { checkSink, startElasticsearch, startFlakyProxy, type ElasticsearchServer } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createSearchStore, type SearchDocument, type SearchStore, type SearchStoreEvent } from "./index.ts";
import { askOf, documentOf, recordOf, storedOf } from "./real-server.test-helper.ts";

// A cold cluster on a busy machine takes its time.
vi.setConfig({ testTimeout: 180_000 });

let server: ElasticsearchServer;
const stores: SearchStore[] = [];
const ask = <T>(method: string, path: string, body?: object) => askOf<T>(server, method, path, body);
const stored = (index: string) => storedOf(server, index);

beforeAll(async () => {
  server = await startElasticsearch();
});

afterAll(async () => {
  for (const store of stores) await store.close();
  await server.stop();
});

function open(index: string, events: SearchStoreEvent[] = [], nodes = [server.url]): SearchStore {
  const store = createSearchStore({
    nodes,
    index,
    requestTimeoutMs: 60_000,
    retryDelayMsMin: 50,
    retryDelayMsMax: 500,
    onEvent: (event) => events.push(event),
  });
  stores.push(store);
  return store;
}

test("a record is found by its fields, in the index of its UTC day, also after it was sent twice", async () => {
  const store = open("found");
  const record = recordOf({
    path: "/springboot-demo/hello",
    url: "http://h/springboot-demo/hello",
    status: 200,
    durationMs: 2.5,
    clientIp: "10.0.0.1",
    requestContent: '{"title":"segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》"}',
    requestHeaders: { accept: "*/*" },
  });
  await store.bulkCreate([documentOf(record)]);
  await store.bulkCreate([documentOf(record), documentOf(recordOf({ status: 500, path: "/other" }))]);
  const all = await stored("found");
  expect(all.map(({ _index }) => _index)).toEqual(["found-2026.11.24", "found-2026.11.24"]);
  const found = await store.search({
    text: "日志平台",
    status: 200,
    path: "/springboot-demo/hello",
    from: "2026-11-24T00:00:00Z",
    to: "2026-11-25T00:00:00Z",
  });
  expect(found).toMatchObject({ total: 1, totalIsExact: true, documents: [{ index: "found-2026.11.24", id: record.id }] });
  expect(found.documents[0]!.source).toMatchObject({
    event: { duration: 2_500_000 },
    source: { ip: "10.0.0.1" },
    http: { request: { headers: ["accept: */*"] } },
  });
  expect(await store.search({ text: "网关" })).toMatchObject({ total: 1 });
  expect(await store.search({ text: "关网" })).toMatchObject({ total: 0 });
});

test("a place beside the client's address is found by its distance, and one that is none costs nothing but itself", async () => {
  const store = open("places");
  const at = (location: unknown) => {
    const document = documentOf(recordOf());
    const source = { geo: { country_iso_code: "CN", location }, as: { number: 4134 } };
    return Object.assign(document, { body: Object.assign(document.body, { source }) });
  };
  const near = at({ lat: 31.2, lon: 121.5 });
  await store.bulkCreate([near, at({ lat: 48.1, lon: 11.6 }), at({ lat: 951, lon: 11.6 }), at("nowhere")]);
  expect(await stored("places")).toHaveLength(4);
  const query = { geo_distance: { distance: "50km", "source.geo.location": { lat: 31, lon: 121.3 } } };
  const { hits } = await ask<{ hits: { hits: { _id: string }[] } }>("POST", "/places-*/_search", { query });
  expect(hits.hits.map(({ _id }) => _id)).toEqual([near.id]);
});

test("nothing that a client sends adds a field to the mapping", async () => {
  const store = open("mapping");
  const extra = documentOf(recordOf(), {
    "@timestamp": "2026-11-24T01:30:00.000Z",
    surprise: { a: { b: 1 } },
    gatelog: { more: "x" },
    "dotted.name": 1,
  });
  const invalid = documentOf(
    recordOf({ clientIp: "unknown", userAgent: "u".repeat(40_000), requestContent: `${"长".repeat(200_000)} end` }),
  );
  await store.bulkCreate([extra, invalid]);
  const mapping = await ask<Record<string, { mappings: { properties: Record<string, unknown> } }>>("GET", "/mapping-2026.11.24/_mapping");
  expect(Object.keys(mapping["mapping-2026.11.24"]!.mappings.properties)).not.toContain("surprise");
  expect(JSON.stringify(mapping)).not.toMatch(/"more"|"dotted"/);
  expect(await stored("mapping")).toHaveLength(2);
});

test("a document that the mapping refuses is stored with its line and the reason, beside the others", async () => {
  const events: SearchStoreEvent[] = [];
  const store = open("refused", events);
  const bad = recordOf({ path: "/bad" });
  const good = recordOf({ path: "/good" });
  await store.bulkCreate([
    documentOf(good),
    documentOf(bad, { "@timestamp": "2026-11-24T01:30:00.000Z", url: { path: { not: "a word" } } }),
  ]);
  const all = await stored("refused");
  expect(all).toHaveLength(2);
  expect(all.find(({ _id }) => _id === bad.id)!._source).toMatchObject({
    "@timestamp": "2026-11-24T01:30:00.000Z",
    event: { id: bad.id, original: formatRecord(bad) },
    error: { code: "mapper_parsing_exception" },
  });
  expect(events).toContainEqual(expect.objectContaining({ type: "refused", id: bad.id }));
  await store.bulkCreate([documentOf(bad)]);
  expect(await stored("refused")).toHaveLength(2);
});

test("a document that is refused in both forms is rejected for good, and says why", async () => {
  const store = open("rejected");
  const bad = { ...documentOf(recordOf(), { "@timestamp": "no time" }), minimal: () => ({ "@timestamp": "none either" }) };
  const good = documentOf(recordOf());
  const error = (await store.bulkCreate([bad, good]).catch((thrown: unknown) => thrown)) as DeliveryError & {
    rejected: { item: unknown; error: DeliveryError }[];
  };
  expect(error.rejected.map(({ item }) => item)).toEqual([bad]);
  expect(error.rejected[0]!.error).toMatchObject({ permanent: true, code: "GATELOG_ELASTICSEARCH_DOCUMENT_REFUSED" });
  expect(error.rejected[0]!.error.message).not.toContain("none either");
  expect((await stored("rejected")).map(({ _id }) => _id)).toEqual([good.id]);
});

test("a closed index holds its documents back, and takes them when it is open again", async () => {
  const store = open("closed");
  await store.bulkCreate([documentOf(recordOf())]);
  await ask("POST", "/closed-2026.11.24/_close");
  const late = documentOf(recordOf());
  await expect(store.bulkCreate([late])).rejects.toMatchObject({
    code: "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE",
    permanent: false,
    undelivered: [late],
    rejected: [],
  });
  expect(store.status()).toMatchObject({ ready: false });
  await ask("POST", "/closed-2026.11.24/_open");
  await store.bulkCreate([late]);
  expect(store.status().ready).toBe(true);
  expect(await stored("closed")).toHaveLength(2);
});

test("the shard limit and a read-only index hold documents back", async () => {
  const store = open("limit");
  await ask("PUT", "/_cluster/settings", { transient: { "cluster.max_shards_per_node": 1 } });
  try {
    await expect(store.bulkCreate([documentOf(recordOf())])).rejects.toMatchObject({ code: "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE" });
  } finally {
    await ask("PUT", "/_cluster/settings", { transient: { "cluster.max_shards_per_node": null } });
  }
  await store.bulkCreate([documentOf(recordOf())]);
  await ask("PUT", "/limit-2026.11.24/_settings", { "index.blocks.read_only": true });
  await expect(store.bulkCreate([documentOf(recordOf())])).rejects.toMatchObject({ permanent: false, rejected: [] });
  await ask("PUT", "/limit-2026.11.24/_settings", { "index.blocks.read_only": false });
});

test("a later template of another gatelog is left as it is", async () => {
  await ask("PUT", "/_index_template/later", { index_patterns: ["later-*"], version: 99, template: {}, priority: 300 });
  await open("later").bulkCreate([documentOf(recordOf())]);
  const { index_templates: found } = await ask<{ index_templates: { index_template: { version: number } }[] }>(
    "GET",
    "/_index_template/later",
  );
  expect(found[0]!.index_template.version).toBe(99);
});

test("a search before the first document finds nothing", async () => {
  expect(await open("nothing").search({})).toEqual({ total: 0, totalIsExact: true, documents: [] });
});

test("of two addresses one freezes and then resets: every document is stored, and once, wherever its request was then", async () => {
  const proxies = [await startFlakyProxy(server.port), await startFlakyProxy(server.port)] as const;
  const nodes = proxies.map(({ port }) => `http://127.0.0.1:${port}`);
  const store = createSearchStore({ nodes, index: "failover", requestTimeoutMs: 5000, bulkBytes: 16 * 1024 });
  const change = new Map([
    [2, () => proxies[0].stall()],
    [5, () => proxies[0].cut()],
    [8, () => proxies[0].heal()],
  ]);
  try {
    const batches = Array.from({ length: 12 }, () => Array.from({ length: 80 }, () => documentOf(recordOf())));
    await store.bulkCreate(batches[0]!);
    for (const [index, batch] of batches.entries()) {
      const delivery = deliverAll(store, batch, {
        clock: systemClock,
        backOff: backOff({ minMs: 10, maxMs: 100 }),
        deadLetter: () => Promise.reject(new Error("nothing is refused here")),
        signal: AbortSignal.timeout(150_000),
      });
      change.get(index)?.();
      await delivery;
    }
    expect(await stored("failover")).toHaveLength(960);
  } finally {
    await store.close();
    for (const proxy of proxies) await proxy.close();
  }
});

test("a killed cluster holds documents back; each is there once when it is up again", async () => {
  const store = open("killed");
  await store.start();
  await store.bulkCreate([documentOf(recordOf())]);
  await server.kill();
  const batch = Array.from({ length: 50 }, () => documentOf(recordOf()));
  let retries = 0;
  const delivery = deliverAll(store, batch, {
    clock: systemClock,
    backOff: backOff({ minMs: 50, maxMs: 500 }),
    deadLetter: () => Promise.reject(new Error("nothing is refused here")),
    signal: AbortSignal.timeout(170_000),
    onRetry: () => void retries++,
  });
  await expect(store.ping()).rejects.toMatchObject({ code: "GATELOG_ELASTICSEARCH_UNREACHABLE" });
  await server.restart();
  await delivery;
  expect(retries).toBeGreaterThan(0);
  expect(await stored("killed")).toHaveLength(51);
});

test("the store keeps the contract of a sink, each document stored once", async () => {
  const items = Array.from({ length: 60 }, (_, index) => {
    const document = documentOf(recordOf());
    // Some of them are refused by the mapping in both forms.
    return index % 20 === 7 ? { ...document, body: { "@timestamp": {} }, minimal: () => ({ "@timestamp": {} }) } : document;
  });
  const refused = new Set(items.filter((_, index) => index % 20 === 7));
  const reports = await checkSink<SearchDocument>({
    items,
    keyOf: ({ id }) => id,
    refusedByStore: (item) => refused.has(item),
    duplicates: "none",
    makeSink: async (outcome) => {
      const sink = open(`contract-${outcome}`);
      return { sink, stored: async () => (await stored(`contract-${outcome}`)).map(({ _id }) => _id) };
    },
  });
  expect(reports.map(({ duplicates }) => duplicates)).toEqual([0, 0, 0, 0]);
});
