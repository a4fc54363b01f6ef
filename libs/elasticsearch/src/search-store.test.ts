import { DeliveryError, PartialDeliveryError } from "@gatelog/pipeline";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startFakeCluster, type Answer, type FakeCluster } from "./fake-cluster.test-helper.ts";
import { createSearchStore, type SearchDocument, type SearchStore, type SearchStoreEvent, type SearchStoreOptions } from "./index.ts";

let cluster: FakeCluster;
let store: SearchStore;
let events: SearchStoreEvent[];

beforeEach(async () => {
  cluster = await startFakeCluster();
  store = open({});
});

afterEach(async () => {
  await store.close();
  await cluster.close();
});

function open(options: Partial<SearchStoreOptions>): SearchStore {
  events = [];
  return createSearchStore({
    nodes: [cluster.url],
    index: "calls",
    retryDelayMsMin: 10,
    retryDelayMsMax: 20,
    onEvent: (event) => events.push(event),
    ...options,
  });
}

function documents(count: number, size = 0): SearchDocument[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `id-${index}`,
    day: "2026-11-23",
    body: { number: index, text: "x".repeat(size) },
    minimal: (refusal) => ({ number: index, refusal }),
  }));
}

async function failure(batch: readonly SearchDocument[]): Promise<DeliveryError> {
  const error = await store.bulkCreate(batch).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DeliveryError) return error;
  throw new Error("no DeliveryError was thrown");
}

const mappingError: Answer = {
  status: 400,
  type: "mapper_parsing_exception",
  reason: "failed to parse field [a]. Preview of field's value: 'secret'",
};

test("documents go to the index of their day, after the template is there, as plain NDJSON", async () => {
  await store.bulkCreate([...documents(2), { ...documents(1)[0]!, day: "1970-01-01" }]);
  expect(cluster.requests).toEqual(["GET /", "GET /_index_template/calls", "PUT /_index_template/calls", "POST /_bulk"]);
  expect(cluster.bulks[0]!.map(({ index, id }) => `${index}/${id}`)).toEqual([
    "calls-2026.11.23/id-0",
    "calls-2026.11.23/id-1",
    "calls-1970.01.01/id-0",
  ]);
  expect(cluster.bulkHeaders[0]).toMatchObject({ "content-type": "application/x-ndjson" });
  expect(store.status()).toMatchObject({ ready: true, server: { product: "elasticsearch", version: "7.17.29" } });
});

test("a body that is JSON already is sent as it is", async () => {
  await store.bulkCreate([{ ...documents(1)[0]!, body: '{"a":"日志"}' }]);
  expect(cluster.bulks[0]![0]!.source).toEqual({ a: "日志" });
});

test("a document that is there already counts as delivered", async () => {
  cluster.answer = () => ({ status: 409, type: "version_conflict_engine_exception", reason: "document already exists" });
  await store.bulkCreate(documents(3));
});

test("a document that the cluster refuses is stored in its minimal form within the same write", async () => {
  cluster.answer = ({ id, source }) => (id === "id-1" && !("refusal" in (source as object)) ? mappingError : { status: 201 });
  await store.bulkCreate(documents(3));
  expect(cluster.bulks.map((bulk) => bulk.map(({ id }) => id))).toEqual([["id-0", "id-1", "id-2"], ["id-1"]]);
  const refusal = { code: "mapper_parsing_exception", message: "failed to parse field [a]" };
  expect(cluster.bulks[1]![0]!.source).toEqual({ number: 1, refusal });
  expect(events).toContainEqual({ type: "refused", id: "id-1", refusal });
});

test("a document that is refused in both forms is rejected, the others are delivered, and the store stays ready", async () => {
  cluster.answer = ({ id }) => (id === "id-1" ? mappingError : { status: 201 });
  const batch = documents(3);
  const error = await failure(batch);
  if (!(error instanceof PartialDeliveryError)) throw error;
  expect(error.undelivered).toEqual([]);
  expect(error.rejected.map(({ item }: { item: unknown }) => item)).toEqual([batch[1]]);
  expect(error.rejected[0]!.error).toMatchObject({ code: "GATELOG_ELASTICSEARCH_DOCUMENT_REFUSED", permanent: true });
  expect(store.status().ready).toBe(true);
});

const transientItems: readonly [string, Answer, string][] = [
  ["a full queue", { status: 429, type: "es_rejected_execution_exception", reason: "queue full" }, "GATELOG_ELASTICSEARCH_OVERLOADED"],
  [
    "a shard that is away",
    { status: 503, type: "unavailable_shards_exception", reason: "primary is not active" },
    "GATELOG_ELASTICSEARCH_OVERLOADED",
  ],
  ["a closed index", { status: 400, type: "index_closed_exception", reason: "closed" }, "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE"],
  [
    "the shard limit",
    { status: 400, type: "validation_exception", reason: "this action would add [2] shards" },
    "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE",
  ],
  [
    "a blocked index",
    { status: 403, type: "cluster_block_exception", reason: "index read-only" },
    "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE",
  ],
  [
    "an index that may not be created",
    { status: 404, type: "index_not_found_exception", reason: "no such index" },
    "GATELOG_ELASTICSEARCH_INDEX_UNAVAILABLE",
  ],
  ["missing rights", { status: 403, type: "security_exception", reason: "action is unauthorized" }, "GATELOG_ELASTICSEARCH_UNAUTHORIZED"],
  [
    "a missing pipeline",
    { status: 400, type: "illegal_argument_exception", reason: "pipeline with id [p] does not exist" },
    "GATELOG_ELASTICSEARCH_UNEXPECTED",
  ],
  ["an error of an unknown type", { status: 400, type: "new_exception", reason: "?" }, "GATELOG_ELASTICSEARCH_UNEXPECTED"],
];

test.each(transientItems)("%s leaves the document undelivered, with a reason, and the store not ready", async (_what, answer, code) => {
  cluster.answer = ({ id }) => (id === "id-1" ? answer : { status: 201 });
  const batch = documents(3);
  const error = await failure(batch);
  if (!(error instanceof PartialDeliveryError)) throw error;
  expect(error.rejected).toEqual([]);
  expect(error.undelivered).toEqual([batch[1]]);
  expect(error.code).toBe(code);
  expect(store.status()).toMatchObject({ ready: false });
  expect(store.status().reason).toContain(answer.reason);
  expect(events.at(-1)).toMatchObject({ type: "unready", code });
});

const transientRequests: readonly [string, Answer, string][] = [
  ["429", { status: 429, type: "circuit_breaking_exception", reason: "data too large" }, "GATELOG_ELASTICSEARCH_OVERLOADED"],
  ["500", { status: 500, type: "exception", reason: "boom" }, "GATELOG_ELASTICSEARCH_OVERLOADED"],
  ["401", { status: 401, type: "security_exception", reason: "missing credentials" }, "GATELOG_ELASTICSEARCH_UNAUTHORIZED"],
  ["403", { status: 403, type: "security_exception", reason: "not allowed" }, "GATELOG_ELASTICSEARCH_UNAUTHORIZED"],
  ["400", { status: 400, type: "illegal_argument_exception", reason: "malformed" }, "GATELOG_ELASTICSEARCH_UNEXPECTED"],
];

test.each(transientRequests)(
  "a whole request that is answered %s is transient, also where the type is a document's error elsewhere",
  async (_status, answer, code) => {
    cluster.refuse = ({ path }) => (path === "/_bulk" ? answer : undefined);
    const error = await failure(documents(3));
    expect(error).toMatchObject({ code, permanent: false });
    expect(error).not.toBeInstanceOf(PartialDeliveryError);
    expect(store.status()).toMatchObject({ ready: false });
    cluster.refuse = () => undefined;
    await store.bulkCreate(documents(3));
    expect(store.status().ready).toBe(true);
  },
);

test("after a request failed the rest of the batch is not sent, and what was delivered before is not named", async () => {
  await store.close();
  store = open({ bulkBytesMax: 2000, requestsInFlightMax: 1 });
  let bulks = 0;
  cluster.refuse = ({ path }) => (path === "/_bulk" && ++bulks === 2 ? { status: 503, type: "x", reason: "down" } : undefined);
  const batch = documents(6, 900);
  const error = await failure(batch);
  if (!(error instanceof PartialDeliveryError)) throw error;
  expect(error.undelivered).toEqual(batch.slice(2));
  expect(bulks).toBe(2);
});

test("a batch is sent in requests of at most the configured bytes", async () => {
  await store.close();
  store = open({ bulkBytesMax: 5000 });
  const sizes: number[] = [];
  cluster.refuse = ({ path, bytes }) => {
    if (path === "/_bulk") sizes.push(bytes);
    return undefined;
  };
  await store.bulkCreate(documents(20, 1000));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5000);
  expect(sizes.length).toBe(5);
  expect(cluster.bulks.flat().length).toBe(20);
});

test("a request that is too large for the cluster is sent in halves, each document once", async () => {
  cluster.refuse = ({ path, bytes }) => (path === "/_bulk" && bytes > 4000 ? { status: 413 } : undefined);
  await store.bulkCreate(documents(10, 1000));
  expect(cluster.bulks.flat().map(({ id }) => id)).toEqual(documents(10).map(({ id }) => id));
});

test("once a request was too large, the next ones are smaller from the start", async () => {
  cluster.refuse = ({ path, bytes }) => (path === "/_bulk" && bytes > 40_000 ? { status: 413 } : undefined);
  const bulksOf = () => cluster.requests.filter((request) => request === "POST /_bulk").length;
  await store.bulkCreate(documents(10, 10_000));
  expect(bulksOf()).toBeGreaterThan(cluster.bulks.length);
  const [asked, taken] = [bulksOf(), cluster.bulks.length];
  await store.bulkCreate(documents(10, 10_000));
  expect(bulksOf() - asked).toBe(cluster.bulks.length - taken);
  expect(cluster.bulks.slice(taken).flat()).toHaveLength(10);
});

test("a document that cannot be written as JSON is stored in its minimal form", async () => {
  const [good, bad] = documents(2) as [SearchDocument, SearchDocument];
  await store.bulkCreate([good, { ...bad, body: { number: 1n } }]);
  expect(cluster.bulks[0]!.map(({ source }) => source)).toEqual([
    { number: 0, text: "" },
    { number: 1, refusal: { code: "not_writable", message: expect.stringContaining("BigInt") as unknown } },
  ]);
  expect(events).toContainEqual(expect.objectContaining({ type: "refused", id: "id-1" }));
});

test("requests are compressed where that is asked for", async () => {
  await store.close();
  store = open({ compressionLevel: 1 });
  await store.bulkCreate(documents(3, 500));
  expect(cluster.bulkHeaders[0]).toMatchObject({ "content-encoding": "gzip", "content-type": "application/x-ndjson" });
  expect(Number(cluster.bulkHeaders[0]!["content-length"])).toBeLessThan(500);
  expect(cluster.bulks.flat().map(({ id }) => id)).toEqual(["id-0", "id-1", "id-2"]);
});

test("credentials go with every request", async () => {
  await store.close();
  store = open({ auth: { apiKey: "aWQ6a2V5" } });
  await store.bulkCreate(documents(1));
  await store.close();
  store = open({ auth: { username: "u", password: "p" } });
  await store.bulkCreate(documents(1));
  expect(cluster.bulkHeaders.map(({ authorization }) => authorization)).toEqual(["ApiKey aWQ6a2V5", "Basic dTpw"]);
});

test("a failure holds nothing of its request, which is large and not for a log", async () => {
  cluster.refuse = ({ path }) => (path === "/_bulk" ? { status: 503, type: "x", reason: "down" } : undefined);
  const error = await failure(documents(1));
  expect(error.cause).toBeUndefined();
});

test("a single document that is too large is stored in its minimal form, or rejected when that is too large too", async () => {
  cluster.refuse = ({ path, bytes }) => (path === "/_bulk" && bytes > 4000 ? { status: 413 } : undefined);
  const [small, large, huge] = [documents(1)[0]!, { ...documents(1, 5000)[0]!, id: "large" }, { ...documents(1, 5000)[0]!, id: "huge" }];
  const batch = [small, large, { ...huge, minimal: () => ({ text: "x".repeat(5000) }) }];
  const error = await failure(batch);
  if (!(error instanceof PartialDeliveryError)) throw error;
  expect(error.rejected.map(({ item }: { item: unknown }) => item)).toEqual([batch[2]]);
  expect(error.rejected[0]!.error).toMatchObject({ code: "GATELOG_ELASTICSEARCH_DOCUMENT_TOO_LARGE", permanent: true });
  expect(cluster.bulks.flat().map(({ id }) => id)).toEqual([small.id, "large"]);
});

test("an answer that names fewer documents than were sent is not believed", async () => {
  cluster.refuse = ({ path }) => (path === "/_bulk" ? { status: 200 } : undefined);
  expect(await failure(documents(2))).toMatchObject({ code: "GATELOG_ELASTICSEARCH_UNEXPECTED", permanent: false });
});

test("no document is sent before the template is there; start keeps trying until it is", async () => {
  cluster.refuse = ({ path }) => (path.startsWith("/_index_template") ? { status: 503, type: "x", reason: "no master" } : undefined);
  await store.start();
  expect(await failure(documents(1))).toMatchObject({ code: "GATELOG_ELASTICSEARCH_OVERLOADED" });
  expect(cluster.bulks).toEqual([]);
  expect(store.status()).toMatchObject({ ready: false });
  cluster.refuse = () => undefined;
  await waitFor(() => store.status().ready, { what: "the store", deadlineMs: 5000 });
  expect(events.at(-1)).toMatchObject({ type: "prepared" });
});

test("the template is installed again after the cluster was lost", async () => {
  await store.bulkCreate(documents(1));
  cluster.refuse = () => ({ status: 503, type: "x", reason: "down" });
  await failure(documents(1));
  cluster.refuse = () => undefined;
  await store.bulkCreate(documents(1));
  expect(cluster.requests.filter((request) => request.startsWith("PUT /_index_template"))).toHaveLength(2);
});

test("OpenSearch is recognised, and a server that is too old or another product is named", async () => {
  cluster.info = { version: { number: "3.8.0", distribution: "opensearch" } };
  expect(await store.ping()).toEqual({ product: "opensearch", version: "3.8.0" });
  cluster.info = { version: { number: "6.2.4" } };
  expect(await failure(documents(1))).toMatchObject({ code: "GATELOG_ELASTICSEARCH_UNSUPPORTED", permanent: false });
  cluster.info = { hello: "world" };
  expect(await failure(documents(1))).toMatchObject({ code: "GATELOG_ELASTICSEARCH_UNSUPPORTED" });
  expect(cluster.bulks).toEqual([]);
});

test("a cluster that does not answer is unreachable, and found again when it does", async () => {
  await cluster.close();
  expect(await failure(documents(1))).toMatchObject({ code: "GATELOG_ELASTICSEARCH_UNREACHABLE", permanent: false });
  expect(store.status()).toMatchObject({ ready: false });
});

test("a request without an answer ends with its time-out and is transient", async () => {
  await store.close();
  store = open({ requestTimeoutMs: 200 });
  await store.bulkCreate(documents(1));
  cluster.isHanging = true;
  expect(await failure(documents(1))).toMatchObject({ code: "GATELOG_ELASTICSEARCH_UNREACHABLE" });
  cluster.isHanging = false;
  await store.bulkCreate(documents(1));
});

test("a write that is aborted, or comes after close, is transient", async () => {
  const error = await store.bulkCreate(documents(1), AbortSignal.abort()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "GATELOG_ELASTICSEARCH_CLOSED", permanent: false });
  await store.close();
  expect(await failure(documents(1))).toMatchObject({ code: "GATELOG_ELASTICSEARCH_CLOSED" });
});

test("an empty batch asks nothing of the cluster", async () => {
  await store.bulkCreate([]);
  expect(cluster.requests).toEqual([]);
});
