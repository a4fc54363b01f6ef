import { formatRecord, type LogRecord, mintId, minimalEcs, parseLine, toEcs } from "@gatelog/log-record";
import { type ElasticsearchServer, startElasticsearch } from "@gatelog/testkit";
import { afterAll, beforeAll, expect } from "vitest";
import { createSearchStore, type SearchDocument, type SearchStore, type SearchStoreOptions } from "./index.ts";

/** Asks a server without the library. */
export async function askOf<T>({ url }: ElasticsearchServer, method: string, path: string, body?: object): Promise<T> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(`${url}${path}`, init);
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  return (await response.json()) as T;
}

interface Hits {
  readonly hits: { readonly hits: readonly { readonly _index: string; readonly _id: string; readonly _source: Record<string, unknown> }[] };
}

/** All documents of the daily indices, or of a data stream where `index` has a `*` already. */
export async function storedOf(server: ElasticsearchServer, index: string) {
  const pattern = index.includes("*") ? index : `${index}-*`;
  await askOf(server, "POST", `/${pattern}/_refresh`);
  return (await askOf<Hits>(server, "GET", `/${pattern}/_search?size=1000&sort=_doc`)).hits.hits;
}

/** A record whose UTC day is 2026-11-24. */
export function recordOf(change: Partial<LogRecord> = {}): LogRecord {
  return { v: 1, id: mintId(), requestTime: "2026-11-23T23:30:00.000-02:00", gateway: "gw", boot: "b", seq: 1, ...change };
}

/** The record's document; `body` in its place where it is given. */
export function documentOf(record: LogRecord, body?: object): SearchDocument {
  const line = formatRecord(record);
  const identity = { id: record.id, time: new Date(record.requestTime).toISOString() };
  return {
    id: record.id,
    day: identity.time.slice(0, 10),
    body: body ?? toEcs(parseLine(line, { seedTimeZone: "UTC" }), identity, line),
    minimal: (refusal) => minimalEcs(identity, line, refusal),
  };
}

/** A server for all tests of a file, and stores on it that are closed behind them. */
export interface ServerOfTests {
  readonly server: () => ElasticsearchServer;
  readonly open: (options: Partial<SearchStoreOptions>) => SearchStore;
}

/** To be called once, outside of the tests. */
export function serverOfTests(kind: NonNullable<Parameters<typeof startElasticsearch>[0]>["server"]): ServerOfTests {
  let server: ElasticsearchServer | undefined;
  const stores: SearchStore[] = [];
  beforeAll(async () => {
    server = await startElasticsearch(kind === undefined ? {} : { server: kind });
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await server?.stop();
  });
  const started = () => {
    if (server === undefined) throw new Error("the server is not started");
    return server;
  };
  return {
    server: started,
    open: (options) => {
      const store = createSearchStore({ nodes: [started().url], ...options });
      stores.push(store);
      return store;
    },
  };
}

/** Expects that an index that is closed, and one that the shard limit forbids, hold documents back with the reason, until they do not any more. */
export async function expectHeldBack({ server, open }: ServerOfTests): Promise<void> {
  const store = open({ index: "held" });
  await store.bulkCreate([documentOf(recordOf())]);
  await askOf(server(), "POST", "/held-2026.11.24/_close");
  const late = documentOf(recordOf());
  const held = { code: "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE", undelivered: [late], rejected: [] };
  await expect(store.bulkCreate([late])).rejects.toMatchObject(held);
  await askOf(server(), "POST", "/held-2026.11.24/_open");
  await askOf(server(), "PUT", "/_cluster/settings", { persistent: { "cluster.max_shards_per_node": 1 } });
  const nextDay = documentOf(recordOf({ requestTime: "2026-11-25T00:00:00.000Z" }));
  await expect(store.bulkCreate([nextDay])).rejects.toMatchObject({ code: held.code });
  await askOf(server(), "PUT", "/_cluster/settings", { persistent: { "cluster.max_shards_per_node": null } });
  await store.bulkCreate([late, nextDay]);
  expect(await storedOf(server(), "held")).toHaveLength(3);
}
