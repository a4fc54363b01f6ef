import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IndexGenerations } from "@gatelog/elasticsearch";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type FakeCluster, startFakeCluster } from "../../../../libs/elasticsearch/src/fake-cluster.test-helper.ts";
import { type DayState, noCounts, RunDirectory, type RunState } from "./run-state.ts";
import { endSwitched, switchGenerations } from "./switch-generations.ts";

const full = "calls-2026.11.23";
const empty = "calls-2026.11.24";
let cluster: FakeCluster;
let generations: IndexGenerations;
let dir: string;
let state: RunState;
let passes: string[];

beforeEach(async () => {
  cluster = await startFakeCluster();
  generations = new IndexGenerations({ nodes: [cluster.url], index: "calls" });
  dir = mkdtempSync(join(tmpdir(), "switch-"));
  mkdirSync(join(dir, "reprocess"));
  passes = [];
  const dayOf = (name: string, from: string | undefined): DayState => {
    const rest = { isAlias: from !== undefined, keptAs: `${name}-g1`, bornMs: undefined, stored: {} };
    return { name, from, to: `${name}-g3`, generation: 3, ...rest };
  };
  state = {
    v: 1,
    id: "run",
    startedAt: "2026-11-26T08:00:00.000Z",
    range: { from: "", to: "", source: "stored", topic: undefined, output: "search" },
    fingerprint: "",
    phase: "reading",
    isCreated: true,
    days: { "2026-11-23": dayOf(full, `${full}-g2`), "2026-11-24": dayOf(empty, undefined) },
    source: undefined,
    isSourceDone: false,
    blocked: [],
    counts: { ...noCounts },
  };
  means(`${full}-g2`);
  cluster.found.set(`PUT /${full}-g2/_block/write`, { acknowledged: true, shards_acknowledged: true });
  cluster.found.set(`/${full}-g2/_settings`, { [`${full}-g2`]: { settings: { index: {} } } });
  for (const index of [`${full}-g3`, `${empty}-g3`]) madeBy(index, "run");
  cluster.found.set(`POST /${empty}-g3/_refresh`, { _shards: { failed: 0 } });
  cluster.found.set(`/${empty}-g3/_count`, { count: 0, _shards: { failed: 0 } });
  cluster.found.set("POST /_aliases", { acknowledged: true });
});

afterEach(async () => {
  await generations.close();
  await cluster.close();
  rmSync(dir, { recursive: true });
});

/** What the name of the day that has records means. */
function means(seen: string): void {
  const aliasesOf = (index: string) => ({ aliases: index === seen ? { [full]: {} } : {} });
  const found = { [`${full}-g2`]: aliasesOf(`${full}-g2`), [`${full}-g3`]: aliasesOf(`${full}-g3`) };
  cluster.found.set(`/${full},${encodeURIComponent(`${full}-g*`)}/_alias`, found);
}

function madeBy(index: string, run: string): void {
  cluster.found.set(`/${index}/_mapping`, { [index]: { mappings: { _meta: { gatelog_run: run } } } });
}

function switchAll(): Promise<void> {
  const bringOver = (day: string, _state: DayState, { final }: { readonly final: boolean }) => {
    passes.push(`${day} ${final ? "final" : "open"}`);
    return Promise.resolve();
  };
  return switchGenerations({ state, directory: new RunDirectory(dir), generations, bringOver });
}

const requestsOf = (method: string) => cluster.requests.filter((request) => request.startsWith(method));

it("a switch whose answer was lost is known to be done, writes go on, and a generation of nothing is removed", async () => {
  cluster.refuse = ({ path }) => {
    if (path !== "/_aliases") return undefined;
    means(`${full}-g3`);
    return { status: 503, type: "timeout" };
  };
  await switchAll();
  expect(requestsOf("POST /_aliases")).toHaveLength(1);
  expect(passes).toEqual(["2026-11-23 open", "2026-11-24 open", "2026-11-23 final"]);
  expect(requestsOf("PUT")).toEqual([`PUT /${full}-g2/_block/write`, `PUT /${full}-g2/_settings`]);
  await endSwitched(state, generations);
  expect(requestsOf("DELETE")).toEqual([`DELETE /${empty}-g3`]);
  // A kill may have come behind that.
  cluster.found.delete(`/${empty}-g3/_mapping`);
  await endSwitched(state, generations);
  expect(requestsOf("DELETE")).toHaveLength(1);
});

it("nothing is switched to an index that the run did not make, and what was held back already stays so", async () => {
  madeBy(`${empty}-g3`, "another");
  cluster.found.set(`/${full}-g2/_settings`, { [`${full}-g2`]: { settings: { index: { blocks: { write: "true" } } } } });
  await expect(switchAll()).rejects.toThrow(`${empty}-g3 is not the index that this run made`);
  expect(requestsOf("POST /_aliases")).toEqual([]);
  expect(requestsOf("PUT")).toEqual([`PUT /${full}-g2/_block/write`]);
});
