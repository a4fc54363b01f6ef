import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { snapshotOf, WorkerMetrics } from "./worker-metrics.ts";

/** The registry of a process that has counted so many calls. */
function registryOf(calls: number): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: "calls_total", help: "x", labelNames: ["route"], registers }).inc({ route: "api" }, calls);
  new Histogram({ name: "seconds", help: "x", buckets: [1], registers }).observe(0.5);
  new Gauge({ name: "in_flight", help: "x", registers }).set(calls);
  new Gauge({ name: "routes", help: "x", registers, aggregator: "max" }).set(3);
  new Gauge({ name: "lag", help: "x", registers, aggregator: "average" }).set(Number.NaN);
  new Counter({ name: "cpu_total", help: "x", registers }).inc(calls);
  return registry;
}

async function metricsOf(...calls: number[]): Promise<WorkerMetrics> {
  const metrics = new WorkerMetrics({ own: new Registry(), ofProcess: ["cpu_total", "lag"], refresh: () => Promise.resolve() });
  for (const [slot, count] of calls.entries()) metrics.update(slot, await snapshotOf(registryOf(count)));
  return metrics;
}

test("counters, histograms and gauges of workers are summed, those of the processes carry a label", async () => {
  const text = await (await metricsOf(10, 20)).metrics();
  expect(text).toContain('calls_total{route="api"} 30\n');
  expect(text).toContain('seconds_bucket{le="1"} 2\n');
  expect(text).toContain("seconds_count 2\n");
  expect(text).toContain("in_flight 30\n");
  expect(text).toContain("routes 3\n");
  expect(text).toContain('cpu_total{worker="0"} 10\ncpu_total{worker="1"} 20\n');
  expect(text).toMatch(/lag\{worker="0"\} NaN\n/i);
});

test("what ended workers counted stays in the sums, over several ends, and no gauge of theirs does", async () => {
  const metrics = await metricsOf(10, 20);
  metrics.retire(0);
  metrics.update(0, await snapshotOf(registryOf(1)));
  metrics.retire(0);
  metrics.retire(1);
  metrics.update(1, await snapshotOf(registryOf(2)));
  const text = await metrics.metrics();
  expect(text).toContain('calls_total{route="api"} 33\n');
  expect(text).toContain('seconds_bucket{le="1"} 4\n');
  expect(text).toContain("in_flight 2\n");
  expect(text.match(/^cpu_total/gm)).toHaveLength(1);
});

test("a worker that ended before it ever answered changes nothing", async () => {
  const metrics = await metricsOf(10);
  metrics.retire(5);
  expect(await metrics.metrics()).toContain('calls_total{route="api"} 10\n');
});
