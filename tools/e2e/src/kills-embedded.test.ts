import { join } from "node:path";
import { seededRandom, seedOfRun } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, exact } from "./accounting.ts";
import { killInTurn, victims } from "./kill-run.ts";
import { startLoad } from "./load.ts";
import { Pipeline } from "./pipeline.ts";
import { startUpstream } from "./upstream.ts";

const killsOfEach = 10;
const upstream = await startUpstream();
let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await Pipeline.create({ upstream: upstream.url });
  await pipeline.start();
});
afterAll(async () => {
  await pipeline?.close();
  await upstream.close();
});

test(`tailer, processor and db-sink killed ${killsOfEach} times each lose and double nothing in SQLite`, async () => {
  const random = seededRandom(seedOfRun());
  const load = startLoad({ url: pipeline.gatewayUrl, ratePerSecond: 400 });
  const counts = await killInTurn(pipeline, random, killsOfEach);
  const answered = await load.stop();
  const accounts = await account(pipeline, { database: `file:${join(pipeline.data, "gatelog.db")}` });
  console.log(`seed ${random.seed}: ${JSON.stringify({ answered, counts, ...accounts })}`);

  expect(accounts.records, `GATELOG_SEED=${random.seed}`).toBe(answered);
  expect(accounts.sql).toEqual(exact);
  for (const { stage } of victims) {
    expect(counts[stage]?.kills).toBe(killsOfEach);
    expect(counts[stage]?.hits, `kills of ${stage} that hit unacknowledged work`).toBeGreaterThanOrEqual(3);
  }
});
