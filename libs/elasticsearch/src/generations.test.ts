import { afterEach, beforeEach, expect, test } from "vitest";
import { startFakeCluster, type FakeCluster } from "./fake-cluster.test-helper.ts";
import { IndexGenerations } from "./generations.ts";

const day = "2026-11-23";
const name = "calls-2026.11.23";

let cluster: FakeCluster;
let generations: IndexGenerations;

beforeEach(async () => {
  cluster = await startFakeCluster();
  generations = new IndexGenerations({ nodes: [cluster.url], index: "calls" });
});

afterEach(async () => {
  await generations.close();
  await cluster.close();
});

/** What the cluster has of the day: indices, and whether the day's name means them. */
function has(indices: Readonly<Record<string, boolean>>): void {
  const found = Object.entries(indices).map(([index, isSeen]) => [index, { aliases: isSeen ? { [name]: {} } : {} }] as const);
  cluster.found.set(`/${name},${encodeURIComponent(`${name}-g*`)}/_alias`, Object.fromEntries(found));
}

test("only indices that are named as generations of the day are some", async () => {
  has({ [`${name}-g2`]: true, [`${name}-g1`]: false, [`${name}-gold-g7`]: false, [`${name}-g10x`]: false });
  expect(await generations.describe(day)).toEqual({
    name,
    current: `${name}-g2`,
    isAlias: true,
    others: [`${name}-g2`, `${name}-g1`],
    next: 3,
  });
});

test("a day whose name means another index, or several, is refused for good", async () => {
  for (const indices of [{ [`restored-${name}`]: true }, { [`shrink-x1-${name}`]: true, [`${name}-g1`]: false }]) {
    has(indices);
    await expect(generations.describe(day)).rejects.toMatchObject({
      permanent: true,
      message: expect.stringMatching(/is an alias of/) as unknown,
    });
  }
  has({ [`${name}-g2`]: true, [`${name}-g3`]: true });
  await expect(generations.describe(day)).rejects.toMatchObject({
    permanent: true,
    message: expect.stringContaining(`${name}-g2, ${name}-g3`) as unknown,
  });
});

test("a generation is known by the run that made it", async () => {
  await expect(generations.expectOwn("g2", "one")).rejects.toMatchObject({
    permanent: true,
    message: expect.stringMatching(/is gone/) as unknown,
  });
  cluster.found.set("/g2/_mapping", { g2: { mappings: { _meta: { gatelog_run: "one" } } } });
  await generations.expectOwn("g2", "one");
  await expect(generations.expectOwn("g2", "two")).rejects.toMatchObject({ permanent: true });
  cluster.refuse = ({ method }) => (method === "PUT" ? { status: 400, type: "resource_already_exists_exception" } : undefined);
  await generations.create("g2", undefined, "one");
  await expect(generations.create("g2", undefined, "two")).rejects.toMatchObject({ permanent: true });
});

test("what not all shards or nodes say is not taken for whole", async () => {
  const transient = { permanent: false };
  cluster.found.set("PUT /g2/_block/write", { acknowledged: true, shards_acknowledged: false });
  await expect(generations.block("g2")).rejects.toMatchObject(transient);
  cluster.found.set("POST /g2/_refresh", { _shards: { total: 2, successful: 2, failed: 0 } });
  cluster.found.set("/g2/_count", { count: 1, _shards: { total: 2, successful: 1, failed: 1 } });
  await expect(generations.count("g2")).rejects.toMatchObject(transient);
  cluster.found.set("/g2/_settings", { g2: { settings: { index: { number_of_shards: "2" } } } });
  const shard = [{ routing: { primary: true }, seq_no: { global_checkpoint: 4, max_seq_no: 5 } }];
  cluster.found.set("/g2/_stats", { indices: { g2: { shards: { 0: shard } } } });
  await expect(generations.sequences("g2")).rejects.toMatchObject(transient);
  cluster.found.set("/g2/_stats", { indices: { g2: { shards: { 0: shard, 1: shard } } } });
  expect((await generations.sequences("g2")).size).toBe(2);
  cluster.found.set("POST /g2/_refresh", { _shards: { total: 2, successful: 1, failed: 1 } });
  await expect(generations.sequences("g2")).rejects.toMatchObject(transient);
  cluster.found.set("POST /g2/_mget", { docs: [{ _id: "a", error: { type: "unavailable" } }] });
  await expect(generations.missing("g2", ["a"])).rejects.toMatchObject(transient);
});

test("a page that is too large for the memory is taken with fewer documents, and a large document alone", async () => {
  const hits = [{ _id: "a", _source: { message: "x".repeat(33 * 1024 * 1024) }, sort: [7] }];
  cluster.found.set("POST /g2/_search", { hits: { hits }, _shards: { total: 1, successful: 1, failed: 0 }, timed_out: false });
  const page = { index: "g2", shard: 0, after: -1, to: 9 };
  expect((await generations.page({ ...page, documentsMax: 2 })).after).toBe(7);
  expect(cluster.bodies.get(`POST /g2/_search?preference=${encodeURIComponent("_shards:0")}`)).toMatchObject({ size: 1 });
  expect(cluster.requests.length).toBe(2);
});

test("the lifecycle of a generation counts from where that of the one before does", async () => {
  const index = { creation_date: "1700000000000", lifecycle: { origination_date: "1600000000000" } };
  cluster.found.set("/g2/_settings", { g2: { settings: { index } } });
  expect(await generations.bornMs("g2")).toBe(1_600_000_000_000);
});
