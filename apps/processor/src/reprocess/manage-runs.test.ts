import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type FakeCluster, startFakeCluster } from "../../../../libs/elasticsearch/src/fake-cluster.test-helper.ts";
import type { Config } from "../config.ts";
import { createMetrics } from "../metrics.ts";
import { Reports } from "../reports.ts";
import { abandonRun, type ManageTools, removeOld } from "./manage-runs.ts";
import type { ReprocessPlan } from "./reprocess-plan.ts";
import { noCounts, RunDirectory, type RunState } from "./run-state.ts";

const name = "calls-2026.11.23";
let cluster: FakeCluster;
let dir: string;
let directory: RunDirectory;
let said: string[];
let output: ReprocessPlan["output"];
let tools: ManageTools;

beforeEach(async () => {
  cluster = await startFakeCluster();
  dir = mkdtempSync(join(tmpdir(), "manage-"));
  mkdirSync(join(dir, "reprocess"));
  directory = new RunDirectory(dir);
  said = [];
  const tell = (_about: unknown, message?: string) => void said.push(message ?? "");
  const logger = { debug: tell, info: tell, warn: tell, error: tell };
  // Of another prefix than the run, as after a change of the configuration.
  output = { elasticsearch: { nodes: [cluster.url], index: "renamed" }, as: "search" } as unknown as ReprocessPlan["output"];
  const config = { inputs: [], outputs: [output], masking: { foreign: false }, seedTimeZone: "UTC" } as unknown as Config;
  const reports = new Reports(logger, createMetrics(new Registry()));
  tools = { config, resolvePath: (path) => path, reports, directory, print: (line) => void said.push(line), isJson: false };
});

afterEach(async () => {
  await cluster.close();
  rmSync(dir, { recursive: true });
});

/** Which indices there are: whether the day's name means them, and which run made them. */
function has(indices: Readonly<Record<string, { readonly isSeen?: boolean; readonly run?: string }>>, day = name): void {
  const all = Object.entries(indices);
  const aliases = all.map(([index, { isSeen }]) => [index, { aliases: isSeen === true ? { [day]: {} } : {} }]);
  cluster.found.set(`/${day},${encodeURIComponent(`${day}-g*`)}/_alias`, Object.fromEntries(aliases));
  for (const [index, { run }] of all)
    cluster.found.set(`/${index}/_mapping`, { [index]: { mappings: run === undefined ? {} : { _meta: { gatelog_run: run } } } });
}

async function begun(more: Partial<RunState> = {}): Promise<void> {
  const day = { name, from: name, isAlias: false, to: `${name}-g2`, generation: 2, keptAs: `${name}-g1`, bornMs: undefined, stored: {} };
  await directory.save({
    v: 1,
    id: "run",
    startedAt: "2026-11-26T08:00:00.000Z",
    range: { from: "", to: "", source: "stored", topic: undefined, output: "search" },
    fingerprint: "",
    phase: "reading",
    isCreated: true,
    days: { "2026-11-23": day },
    source: undefined,
    isSourceDone: false,
    blocked: [name],
    counts: noCounts,
    ...more,
  });
}

const removed = () => cluster.requests.filter((request) => request.startsWith("DELETE"));

it("a run that is given up takes what it built with it, and lets writes go on", async () => {
  await begun();
  has({ [name]: {}, [`${name}-g1`]: {}, [`${name}-g2`]: { run: "run" } });
  await abandonRun(tools, output);
  expect(removed()).toEqual([`DELETE /${name}-g2`, `DELETE /${name}-g1`]);
  expect(cluster.bodies.get(`PUT /${name}/_settings`)).toEqual({ "index.blocks.write": null });
  expect(await directory.load()).toBeUndefined();
});

it("what is seen, and what another run made, stays when a run is given up", async () => {
  await begun();
  has({ [`${name}-g2`]: { isSeen: true, run: "run" }, [`${name}-g1`]: {} });
  await abandonRun(tools, output);
  expect(said.at(-1)).toMatch(/had switched already, so that it is not given up, but over/);
  expect(await directory.loadLast()).toMatchObject({ phase: "switched", blocked: [] });
  await begun();
  has({ [name]: {}, [`${name}-g2`]: { run: "another" } });
  await abandonRun(tools, output);
  expect(removed()).toEqual([`DELETE /${name}-g1`]);
  expect(said).toContainEqual(expect.stringContaining(`${name}-g2 is not the one that this run made`));
});

it("a run can be given up although the day's name came to mean something else", async () => {
  await begun();
  has({ [`shrink-x1-${name}`]: { isSeen: true }, [`${name}-g1`]: {}, [`${name}-g2`]: { run: "run" } });
  await abandonRun(tools, output);
  expect(removed()).toEqual([`DELETE /${name}-g2`]);
  expect(await directory.load()).toBeUndefined();
});

it("a run of a topic that left the configuration can be given up, and its group is named", async () => {
  const range = { from: "", to: "", source: "topic", topic: "gone", output: "search" } as const;
  await begun({ range, source: { group: "gatelog-reprocess-1" } });
  has({ [name]: {} });
  await abandonRun(tools, output);
  expect(await directory.load()).toBeUndefined();
  expect(said).toContainEqual(expect.stringMatching(/gatelog-reprocess-1 was left as it is.*no topic "gone"/));
});

it("old generations are removed, but a later one that a run may be building, and such as only look like one", async () => {
  const day = "renamed-2026.11.23";
  has({ [`${day}-g1`]: {}, [`${day}-g2`]: { isSeen: true }, [`${day}-g3`]: { run: "x" }, [`${day}-gold-g7`]: {} }, day);
  await removeOld(tools, { days: ["2026-11-23"], output, outputName: "search" } as unknown as ReprocessPlan);
  expect(removed()).toEqual([`DELETE /${day}-g1`]);
});
