import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import { Registry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import { startFakeCluster } from "../../../../libs/elasticsearch/src/fake-cluster.test-helper.ts";
import type { Config } from "../config.ts";
import { createMetrics } from "../metrics.ts";
import { Reports } from "../reports.ts";
import { Failures } from "./failures.ts";
import { GenerationWriter } from "./generation-writer.ts";
import { Pace } from "./pace.ts";
import type { ReprocessPlan } from "./reprocess-plan.ts";
import { noCounts } from "./run-state.ts";

it("a refused document that cannot be kept ends the run at once, with that reason", async () => {
  const cluster = await startFakeCluster();
  const dir = mkdtempSync(join(tmpdir(), "writer-"));
  cluster.answer = () => ({ status: 400, type: "mapper_parsing_exception", reason: "no" });
  const output = { elasticsearch: { nodes: [cluster.url], index: "calls" }, as: "search" } as unknown as ReprocessPlan["output"];
  const config = {
    filters: [],
    inputs: [],
    outputs: [output],
    masking: { foreign: false },
    limits: { bulkBytesMax: 1024 * 1024 },
    retry: { minMs: 10, maxMs: 100 },
    seedTimeZone: "UTC",
  } as unknown as Config;
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const writer = new GenerationWriter({
    config,
    plan: { output, outputName: "search" } as unknown as ReprocessPlan,
    resolvePath: (path) => path,
    reports: new Reports(silent, createMetrics(new Registry())),
    tls: undefined,
    generationOf: () => 2,
    counts: { ...noCounts },
    failures: new Failures(join(dir, "missing", "failed.ndjson")),
    pace: new Pace(0, systemClock),
  });
  onTestFinished(async () => {
    await writer.close();
    await cluster.close();
    rmSync(dir, { recursive: true });
  });
  await expect(writer.copy("2026-11-23", [{ id: "a", source: { message: "x" } }])).rejects.toThrow(/cannot be kept either: ENOENT/);
  expect(cluster.bulks.map((documents) => documents.map(({ index }) => index))).toEqual([["calls-2026.11.23-g2"], ["calls-2026.11.23-g2"]]);
});
