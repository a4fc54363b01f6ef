import { expect, test, vi } from "vitest";
import { expectGenerations } from "./generations.test-helper.ts";
import type { SearchStoreEvent } from "./index.ts";
import { askOf, documentOf, expectHeldBack, recordOf, serverOfTests, storedOf } from "./real-server.test-helper.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const onServer = serverOfTests("opensearch-3");
const { open } = onServer;

test("OpenSearch gets the template, and each document once, also when it is sent again, compressed and in several requests", async () => {
  const store = open({ index: "open", compressionLevel: 1, bulkBytes: 16 * 1024 });
  const documents = Array.from({ length: 300 }, (_, seq) => documentOf(recordOf({ seq: seq + 1, status: 200, path: "/hello" })));
  await store.bulkCreate(documents);
  await store.bulkCreate(documents.slice(0, 50));
  expect(store.status().server).toMatchObject({ product: "opensearch", version: expect.stringMatching(/^3\./) as unknown });
  expect(await storedOf(onServer.server(), "open")).toHaveLength(300);
  expect(await store.search({ status: 200, path: "/hello" })).toMatchObject({ total: 300 });
});

test("OpenSearch refuses what does not fit its mapping: the line is stored with the reason, or the document is rejected", async () => {
  const store = open({ index: "conflict" });
  const bad = documentOf(recordOf(), { "@timestamp": "2026-11-24T01:30:00.000Z", url: { path: { not: "a word" } } });
  const rejected = { ...documentOf(recordOf(), { "@timestamp": "no time" }), minimal: () => ({ "@timestamp": "none either" }) };
  const writing = store.bulkCreate([documentOf(recordOf()), bad, rejected]);
  await expect(writing).rejects.toMatchObject({ undelivered: [], rejected: [{ item: rejected, error: { permanent: true } }] });
  const all = await storedOf(onServer.server(), "conflict");
  expect(all).toHaveLength(2);
  expect(all.find(({ _id }) => _id === bad.id)!._source).toMatchObject({ error: { code: "mapper_parsing_exception" } });
});

test("a day's name on OpenSearch means another generation after one step, and nobody sees it before", async () => {
  await expectGenerations(onServer);
});

test("a closed index and the shard limit of OpenSearch hold documents back with the reason", async () => {
  await expectHeldBack(onServer);
});

test("a data stream takes each document once until it rolls over; a document that was sent before that is then there twice", async () => {
  const store = open({ dataStream: "logs-gatelog-default" });
  const documents = Array.from({ length: 20 }, () => documentOf(recordOf({ status: 200 })));
  await store.bulkCreate(documents);
  await store.bulkCreate(documents);
  expect(await storedOf(onServer.server(), "logs-gatelog-default*")).toHaveLength(20);
  expect(await store.search({ status: 200 })).toMatchObject({ total: 20 });
  await askOf(onServer.server(), "POST", "/logs-gatelog-default/_rollover");
  await store.bulkCreate(documents.slice(0, 1));
  expect(await storedOf(onServer.server(), "logs-gatelog-default*")).toHaveLength(21);
});

test("a data stream stores what its mapping refuses in the minimal form", async () => {
  const store = open({ dataStream: "logs-gatelog-refused" });
  await store.bulkCreate([
    documentOf(recordOf(), { "@timestamp": "2026-11-24T01:30:00Z", url: "no object" }),
    documentOf(recordOf(), { no: "time" }),
  ]);
  const all = await storedOf(onServer.server(), "logs-gatelog-refused*");
  expect(all.map(({ _source }) => Object.keys(_source).includes("error"))).toEqual([true, true]);
});

test("a server without lifecycle policies says so, and takes documents all the same", async () => {
  const events: SearchStoreEvent[] = [];
  const store = open({ index: "kept", retentionDays: 30, onEvent: (event) => events.push(event) });
  await store.bulkCreate([documentOf(recordOf())]);
  expect(events.map(({ type }) => type)).toEqual(["prepared", "noLifecycle"]);
});
