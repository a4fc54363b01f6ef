import { join } from "node:path";
import type { Stage } from "@gatelog/start";
import { afterEach, beforeEach, expect, test } from "vitest";
import { account, exact } from "./accounting.ts";
import { startLoad } from "./load.ts";
import { Pipeline } from "./pipeline.ts";
import { startUpstream } from "./upstream.ts";

const upstream = await startUpstream();
let pipeline: Pipeline;

beforeEach(async () => {
  pipeline = await Pipeline.create({ upstream: upstream.url });
  await pipeline.start();
});
afterEach(() => pipeline.close());

const stoppable: Stage[] = ["gateway", "tailer", "processor", "db-sink", "console"];

test("SIGTERM to each app under load ends it with exit code 0, and nothing is lost", async () => {
  const load = startLoad({ url: pipeline.gatewayUrl, concurrency: 8, ratePerSecond: 500 });
  const codes: Record<string, number | null> = {};
  for (const stage of stoppable) {
    const { code } = await pipeline.process(stage).stop(20_000);
    codes[stage] = code;
    await pipeline.start(stage);
  }
  const answered = await load.stop();
  const accounts = await account(pipeline, { database: `file:${join(pipeline.data, "gatelog.db")}` });

  expect(codes).toEqual(Object.fromEntries(stoppable.map((stage) => [stage, 0])));
  expect(accounts.sql).toEqual(exact);
  // Calls that found no gateway have no record; every answered one has.
  expect(accounts.records).toBeGreaterThanOrEqual(answered);
});
