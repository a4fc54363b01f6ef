import { afterEach, beforeEach, expect, test } from "vitest";
import { startFakeCluster, type FakeCluster } from "./fake-cluster.test-helper.ts";
import { createSearchStore, type SearchDocument, type SearchStore, type SearchStoreEvent, type SearchStoreOptions } from "./index.ts";

let cluster: FakeCluster;
let store: SearchStore | undefined;
let events: SearchStoreEvent[];

beforeEach(async () => {
  cluster = await startFakeCluster();
});

afterEach(async () => {
  await store?.close();
  await cluster.close();
});

const document: SearchDocument = { id: "a", day: "2026-11-23", body: { "@timestamp": "2026-11-23T00:00:00Z" }, minimal: () => ({}) };

/** Writes one document, and so prepares the cluster. */
async function prepare(options: Partial<SearchStoreOptions>): Promise<void> {
  events = [];
  store = createSearchStore({ nodes: [cluster.url], index: "calls", onEvent: (event) => events.push(event), ...options });
  await store.bulkCreate([document]);
}

interface Template {
  readonly index_patterns: string[];
  readonly data_stream?: object;
  readonly template: { readonly settings: { readonly index: Record<string, unknown> }; readonly mappings: { readonly dynamic: unknown } };
}

const templateOf = (name: string) => cluster.bodies.get(`PUT /_index_template/${name}`) as Template | undefined;

test("a data stream gets a template of its own, and its documents without a day", async () => {
  await prepare({ dataStream: "logs-gatelog-default" });
  expect(templateOf("logs-gatelog-default")).toMatchObject({ index_patterns: ["logs-gatelog-default"], data_stream: {} });
  expect(cluster.bulks[0]).toMatchObject([{ index: "logs-gatelog-default", id: "a" }]);
});

test("an older template is replaced, a later one and its indices are left alone", async () => {
  const found = (version: number) => ({ index_templates: [{ index_template: { version } }] });
  cluster.found.set("/_index_template/calls", found(1));
  await prepare({});
  expect(templateOf("calls")).toBeDefined();
  await store?.close();
  cluster.found.set("/_index_template/later", found(99));
  await prepare({ index: "later" });
  expect(templateOf("later")).toBeUndefined();
});

test("a cluster whose template is another's business is only written to", async () => {
  await prepare({ manageTemplate: false, retentionDays: 30 });
  expect(cluster.requests).toEqual(["GET /", "POST /_bulk"]);
});

test("fields that the template does not have become part of the mapping where that is asked for", async () => {
  await prepare({ isDynamic: true });
  expect(templateOf("calls")?.template.mappings.dynamic).toBe(true);
});

test("Elasticsearch deletes old indices by a policy that the template names", async () => {
  await prepare({ retentionDays: 30 });
  expect(cluster.bodies.get("PUT /_ilm/policy/gatelog-calls")).toEqual({
    policy: { phases: { hot: { actions: {} }, delete: { min_age: "30d", actions: { delete: {} } } } },
  });
  expect(templateOf("calls")?.template.settings.index).toMatchObject({ "lifecycle.name": "gatelog-calls" });
  expect(cluster.requests.indexOf("PUT /_ilm/policy/gatelog-calls")).toBeLessThan(cluster.requests.indexOf("PUT /_index_template/calls"));
});

test("a data stream is rolled over by its policy before it is deleted", async () => {
  await prepare({ dataStream: "calls", retentionDays: 7 });
  const { policy } = cluster.bodies.get("PUT /_ilm/policy/gatelog-calls") as { policy: { phases: { hot: object } } };
  expect(policy.phases.hot).toEqual({ actions: { rollover: { max_age: "1d", max_size: "50gb" } } });
});

test("OpenSearch gets the policy as its own module wants it, also in the place of one that is there", async () => {
  cluster.info = { version: { number: "3.8.0", distribution: "opensearch" } };
  await prepare({ retentionDays: 30 });
  const path = "/_plugins/_ism/policies/gatelog-calls";
  const policy = { default_state: "hot", ism_template: [{ index_patterns: ["calls-*"] }] };
  expect(cluster.bodies.get(`PUT ${path}`)).toMatchObject({ policy });
  expect(templateOf("calls")?.template.settings.index).not.toHaveProperty("lifecycle.name");
  await store?.close();
  cluster.found.set(path, { _seq_no: 7, _primary_term: 2 });
  await prepare({ retentionDays: 10 });
  expect(cluster.bodies.get(`PUT ${path}?if_seq_no=7&if_primary_term=2`)).toMatchObject({ policy });
});

test("a server without lifecycle policies says so, and is written to all the same", async () => {
  cluster.refuse = ({ path }) =>
    path.startsWith("/_ilm") ? { status: 400, type: "x", reason: "no handler found for uri [/_ilm/policy/x] and method [PUT]" } : undefined;
  await prepare({ retentionDays: 30 });
  expect(events.map(({ type }) => type)).toEqual(["prepared", "noLifecycle"]);
  expect(templateOf("calls")?.template.settings.index).not.toHaveProperty("lifecycle.name");
});

test("a policy that the user has no right to install keeps the store from being ready, with the reason", async () => {
  cluster.refuse = ({ path }) =>
    path.startsWith("/_ilm") ? { status: 403, type: "security_exception", reason: "no manage_ilm" } : undefined;
  await expect(prepare({ retentionDays: 30 })).rejects.toMatchObject({ code: "GATELOG_ELASTICSEARCH_UNAUTHORIZED" });
  expect(store?.status()).toMatchObject({ ready: false, reason: expect.stringContaining("no manage_ilm") as unknown });
  expect(cluster.bulks).toEqual([]);
});
