import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { PartReadiness } from "./app.ts";

/** Every 10 ms, as is the default, it takes 0.4 % of a core of a process that does nothing. The lag's percentiles hold the interval itself. */
const eventLoopMonitoringPrecision = 100;

/** A registry with the process's own metrics. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision });
  return registry;
}

/** The metrics that every app has: what is running, and which of its parts are ready. */
export function registerAppMetrics(
  registry: Registry,
  app: { readonly name: string; readonly version: string; readonly readiness: () => readonly PartReadiness[] },
): void {
  new Gauge({
    name: "gatelog_build_info",
    help: "Always 1; the labels say which app and version runs, on which Node.",
    labelNames: ["app", "version", "node"],
    registers: [registry],
    aggregator: "first",
  }).set({ app: app.name, version: app.version, node: process.version }, 1);
  const partReady = new Gauge({
    name: "gatelog_part_ready",
    help: "1 when this part of the app is ready, else 0; /readyz tells the reason.",
    labelNames: ["app", "part"],
    registers: [],
    // Of several workers' parts, the one that is not ready counts.
    aggregator: "min",
    collect() {
      this.reset();
      for (const part of app.readiness()) this.set({ app: app.name, part: part.name }, part.ready ? 1 : 0);
    },
  });
  registry.registerMetric(partReady);
}

/** The metric of the process that keeps an app's workers running. */
export function workerExitCounter(registry: Registry, appName: string): Counter {
  return new Counter({
    name: `gatelog_${appName.replaceAll("-", "_")}_worker_exits_total`,
    help: "Worker processes (`workers` above 1) that ended without having been asked to; each is started again.",
    registers: [registry],
  });
}
