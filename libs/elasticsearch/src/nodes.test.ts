import { certificateAuthority, startFlakyProxy, waitFor } from "@gatelog/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { startFakeCluster, type FakeCluster } from "./fake-cluster.test-helper.ts";
import {
  createSearchStore,
  type SearchDocument,
  type SearchStore,
  type SearchStoreEvent,
  type SearchStoreOptions,
  type TlsMaterial,
} from "./index.ts";

vi.setConfig({ testTimeout: 60_000 });

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

function track<T extends { close(): Promise<void> }>(part: T): T {
  opened.push(part);
  return part;
}

function documents(count: number, prefix = "id"): SearchDocument[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${prefix}-${index}`,
    day: "2026-11-23",
    body: { index, text: "x".repeat(100) },
    minimal: () => ({ index }),
  }));
}

function open(nodes: readonly string[], options: Partial<SearchStoreOptions> = {}): SearchStore {
  return track(createSearchStore({ nodes, index: "calls", retryDelayMsMin: 10, retryDelayMsMax: 50, ...options }));
}

async function startNode(cluster: FakeCluster) {
  const proxy = track(await startFlakyProxy(Number(new URL(cluster.url).port)));
  return { proxy, url: `http://127.0.0.1:${proxy.port}` };
}

const bulksOf = ({ requests }: FakeCluster) => requests.filter((request) => request === "POST /_bulk").length;

test("a node that resets its connections is left out without a failed write, and used again when it is back", async () => {
  const [first, second] = [track(await startFakeCluster()), track(await startFakeCluster())];
  const [one, two] = [await startNode(first), await startNode(second)];
  const events: SearchStoreEvent[] = [];
  const store = open([one.url, two.url], { onEvent: (event) => events.push(event) });
  await store.bulkCreate(documents(1, "before"));
  one.proxy.cut();
  for (let write = 0; write < 10; write++) await store.bulkCreate(documents(2, `w${write}`));
  const before = bulksOf(first);
  expect(before + bulksOf(second)).toBe(11);
  one.proxy.heal();
  let writes = 0;
  await waitFor(
    async () => {
      await store.bulkCreate(documents(1, `after${writes++}`));
      return bulksOf(first) > before;
    },
    { deadlineMs: 20_000, what: "the first node to be used again" },
  );
  const node = `${one.url}/`;
  expect(events.slice(1)).toEqual([
    { type: "nodeLost", node },
    { type: "nodeBack", node },
  ]);
});

test("a frozen node costs one time-out; its requests are answered by the other node, and what follows goes there", async () => {
  const [first, second] = [track(await startFakeCluster()), track(await startFakeCluster())];
  const [one, two] = [await startNode(first), await startNode(second)];
  const store = open([one.url, two.url], { requestTimeoutMs: 1000, requestsInFlightMax: 1 });
  await store.bulkCreate(documents(1, "before"));
  one.proxy.stall();
  await store.bulkCreate(documents(1, "first"));
  await store.bulkCreate(documents(1, "second"));
  // Were every other one of them to wait for the frozen node, they would take longer than that.
  const deadline = AbortSignal.timeout(20_000);
  for (let write = 0; write < 60; write++) await store.bulkCreate(documents(1, `w${write}`), deadline);
  expect(second.bulks.flat().map(({ id }) => id)).toContain("w59-0");
});

test("several requests are in flight at once, as many as are allowed, and a write waits for all of them", async () => {
  const cluster = track(await startFakeCluster());
  const store = open([cluster.url], { bulkBytes: 2000, requestsInFlightMax: 3 });
  cluster.beforeAnswer = () => new Promise((resolve) => setTimeout(resolve, 5));
  const batch = documents(400);
  await store.bulkCreate(batch);
  expect(cluster.bulksAtOnceMax).toBe(3);
  expect(new Set(cluster.bulks.flat().map(({ id }) => id)).size).toBe(400);
  expect(store.status().requestsInFlightMax).toBe(3);
});

test("a cluster that asks for less gets fewer requests at once, and what it refused is all that is named", async () => {
  const cluster = track(await startFakeCluster());
  const store = open([cluster.url], { bulkBytes: 2000, requestsInFlightMax: 4 });
  await store.bulkCreate(documents(400));
  const before = store.status().requestsInFlightMax;
  cluster.answer = ({ id }) =>
    id.endsWith("7") ? { status: 429, type: "es_rejected_execution_exception", reason: "full" } : { status: 201 };
  const batch = documents(100, "more");
  await expect(store.bulkCreate(batch)).rejects.toMatchObject({
    code: "GATELOG_ELASTICSEARCH_OVERLOADED",
    rejected: [],
    undelivered: batch.filter(({ id }) => id.endsWith("7")),
  });
  expect(store.status().requestsInFlightMax).toBeLessThan(before);
});

test("a node is reached by TLS with a certificate on both sides, and files that change are used for the next connection", async () => {
  const authority = certificateAuthority("gatelog test");
  const node = authority.issue("node");
  const tls = { cert: node.certificate, key: node.key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true };
  const cluster = track(await startFakeCluster(tls));
  const own = authority.issue("processor");
  let material: TlsMaterial = { ca: authority.certificate };
  const store = open([cluster.url], { tls: { material: () => material } });
  await expect(store.bulkCreate(documents(1))).rejects.toMatchObject({ code: "GATELOG_ELASTICSEARCH_UNREACHABLE" });
  material = { ca: authority.certificate, cert: own.certificate, key: own.key };
  await store.bulkCreate(documents(1));
  expect(cluster.bulks.flat()).toHaveLength(1);
});

test("a node that nobody vouches for, or of another name, is not written to", async () => {
  const authority = certificateAuthority("gatelog test");
  const node = authority.issue("node", { names: ["elsewhere.example"] });
  const cluster = track(await startFakeCluster({ cert: node.certificate, key: node.key }));
  const material = () => ({ ca: authority.certificate });
  await expect(open([cluster.url]).bulkCreate(documents(1))).rejects.toMatchObject({ code: "GATELOG_ELASTICSEARCH_UNREACHABLE" });
  await expect(open([cluster.url], { tls: { material } }).bulkCreate(documents(1))).rejects.toThrow(/127\.0\.0\.1/);
  expect(cluster.bulks).toEqual([]);
  await open([cluster.url], { tls: { material, serverName: "elsewhere.example" } }).bulkCreate(documents(1));
  await open([cluster.url], { tls: { material, verification: "certificate" } }).bulkCreate(documents(1));
  await open([cluster.url], { tls: { verification: "none" } }).bulkCreate(documents(1));
  expect(cluster.bulks.flat()).toHaveLength(3);
});
