import { formatRecord } from "@gatelog/log-record";
import { expect, test, vi } from "vitest";
import { expectGenerations } from "./generations.test-helper.ts";
import type { SearchStoreEvent } from "./index.ts";
import { askOf, documentOf, expectHeldBack, recordOf, serverOfTests, storedOf } from "./real-server.test-helper.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const onServer = serverOfTests("elasticsearch-9");
const { open } = onServer;

test("Elasticsearch 9 gets the template, and each document once, also when it is sent again, compressed and in several requests", async () => {
  const store = open({ index: "nine", compressionLevel: 1, bulkBytes: 16 * 1024 });
  const documents = Array.from({ length: 300 }, (_, seq) => documentOf(recordOf({ seq: seq + 1, status: 200, path: "/hello" })));
  await store.bulkCreate(documents);
  await store.bulkCreate(documents.slice(0, 50));
  expect(store.status().server).toMatchObject({ product: "elasticsearch", version: expect.stringMatching(/^9\./) as unknown });
  const all = await storedOf(onServer.server(), "nine");
  expect(all).toHaveLength(300);
  expect(all[0]!._index).toBe("nine-2026.11.24");
  expect(await store.search({ status: 200, path: "/hello" })).toMatchObject({ total: 300 });
});

test("Elasticsearch 9 refuses what does not fit its mapping: the line is stored with the reason, or the document is rejected", async () => {
  const store = open({ index: "conflict" });
  const bad = recordOf({ path: "/bad" });
  const rejected = { ...documentOf(recordOf(), { "@timestamp": "no time" }), minimal: () => ({ "@timestamp": "none either" }) };
  const writing = store.bulkCreate([
    documentOf(recordOf()),
    documentOf(bad, { "@timestamp": "2026-11-24T01:30:00.000Z", url: { path: { not: "a word" } } }),
    rejected,
  ]);
  await expect(writing).rejects.toMatchObject({ undelivered: [], rejected: [{ item: rejected, error: { permanent: true } }] });
  const all = await storedOf(onServer.server(), "conflict");
  expect(all).toHaveLength(2);
  expect(all.find(({ _id }) => _id === bad.id)!._source).toMatchObject({
    event: { original: formatRecord(bad) },
    error: { code: "document_parsing_exception" },
  });
});

test("a day's name on Elasticsearch 9 means another generation after one step, and nobody sees it before", async () => {
  await expectGenerations(onServer);
});

test("a closed index and the shard limit of Elasticsearch 9 hold documents back with the reason", async () => {
  await expectHeldBack(onServer);
});

test("a server without lifecycle policies says so, and takes documents all the same", async () => {
  const events: SearchStoreEvent[] = [];
  const store = open({ index: "kept", retentionDays: 30, isDynamic: true, onEvent: (event) => events.push(event) });
  await store.bulkCreate([documentOf(recordOf(), { "@timestamp": "2026-11-24T01:30:00.000Z", mine: { word: "x" } })]);
  expect(events.map(({ type }) => type)).toEqual(["prepared", "noLifecycle"]);
  expect(JSON.stringify(await askOf(onServer.server(), "GET", "/kept-2026.11.24/_mapping"))).toContain('"mine"');
});
