import cluster from "node:cluster";
import { systemClock } from "@gatelog/pipeline";
import { createAdminServer } from "../admin-server.ts";
import { beginProcess, serve, type AppProcess } from "../app-process.ts";
import type { AppSignal } from "../app.ts";
import type { LoadedConfig } from "../load-config.ts";
import { createRegistry, registerAppMetrics, workerExitCounter } from "../metrics.ts";
import { StartError } from "../start-error.ts";
import { Supervisor } from "./supervisor.ts";
import { WorkerMetrics } from "./worker-metrics.ts";
import { WorkerProcess } from "./worker-process.ts";

/**
 * Runs an app in `count` worker processes that share its ports; this process only keeps them running and speaks for them.
 *
 * **Guarantee**: it ends after its workers: with 0 when each of them stopped in order. Killed, it leaves workers that drain and end.
 */
export async function runPrimary(name: string, loaded: LoadedConfig<unknown>, count: number): Promise<number> {
  prepareCluster();
  const self = beginProcess(name, loaded);
  const own = createRegistry();
  const ofProcess = own.getMetricsAsArray().map((metric) => metric.name);
  const exits = workerExitCounter(own, name);
  registerAppMetrics(own, { name, version: self.version, readiness: () => self.lifecycle.readiness() });

  const passOn = signalForwarder((signal) => supervisor.signal(signal));
  const supervisor = createSupervisor(self, {
    count,
    fork: (slot) => new WorkerProcess({ slot, count, config: loaded.config, configFile: loaded.file }, passOn),
    onExit: (slot) => {
      exits.inc();
      metrics.retire(slot);
    },
  });
  const metrics = new WorkerMetrics({
    own,
    ofProcess,
    refresh: () => supervisor.snapshots((slot, snapshot) => metrics.update(slot, snapshot)),
  });
  const readiness = async () => self.lifecycle.readiness(await supervisor.partsOfWorkers());
  try {
    return await serve(self, createAdminServer({ metrics, readiness }), async () => supervisor);
  } finally {
    supervisor.kill();
  }
}

function prepareCluster(): void {
  if (!cluster.isPrimary) throw new StartError("workers: this process is itself a worker of a process manager; set workers to 1");
  // The system would leave it to chance which worker takes a connection, and kept-alive ones stay where they are (ADR 7).
  cluster.schedulingPolicy = cluster.SCHED_RR;
  // Metrics may be NaN, which JSON does not have.
  cluster.setupPrimary({ serialization: "advanced" });
}

function createSupervisor(
  { logger, common }: AppProcess,
  options: { count: number; fork: (slot: number) => WorkerProcess; onExit: (slot: number) => void },
): Supervisor {
  return new Supervisor({ ...options, clock: systemClock, logger, deadlineMs: common.shutdownDeadlineMs });
}

/** Hears those signals that a worker's app has asked for, and no others: they keep their usual effect. */
function signalForwarder(passOn: (signal: AppSignal) => void): (signal: AppSignal) => void {
  const heard = new Set<AppSignal>();
  return (signal) => {
    if (heard.has(signal)) return;
    heard.add(signal);
    process.on(signal, () => passOn(signal));
  };
}
