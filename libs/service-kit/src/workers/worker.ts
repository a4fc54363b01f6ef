import cluster from "node:cluster";
import { once } from "node:events";
import { dirname, resolve } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import type { Registry } from "prom-client";
import type { Static } from "typebox";
import { createAdminServer } from "../admin-server.ts";
import { beginProcess, type AppProcess } from "../app-process.ts";
import type { AppContext, AppSignal } from "../app.ts";
import type { LoadedConfig } from "../load-config.ts";
import { createRegistry, registerAppMetrics } from "../metrics.ts";
import { describeFailure, isForOperator } from "../process-events.ts";
import type { AppSchema, RunAppOptions } from "../run-app.ts";
import { workerVariable, type FromWorker, type RunMessage, type ToWorker } from "./messages.ts";
import { snapshotOf } from "./worker-metrics.ts";

const appSignals: readonly AppSignal[] = ["SIGHUP", "SIGUSR1", "SIGUSR2"];

/** True in a process that the primary forked. */
export function isWorkerProcess(): boolean {
  return cluster.isWorker && process.env[workerVariable] !== undefined;
}

/**
 * Runs the app in a worker: without an admin server of its own, with the primary's configuration.
 *
 * **Guarantee**: it stops as the app alone does, at the primary's word, at SIGTERM and SIGINT, and when the primary is gone;
 * these together are one stop. When the primary goes while it starts, it ends at once: nobody would ever tell it that it listens.
 * Why it could not start is told to the primary, not printed.
 */
export async function runWorker<T extends AppSchema>(options: RunAppOptions<T>): Promise<number> {
  // Otherwise node:cluster ends the process at once when the primary is gone.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  // node:cluster acknowledges connections by itself; where the primary is gone, that fails. Its end is told by "disconnect".
  cluster.worker?.on("error", () => undefined);
  // They come from the primary, so that one sent to the whole group counts once; unheard they would end the process.
  for (const signal of appSignals) process.on(signal, () => undefined);
  const run = await firstMessage();
  if (run === undefined) return 1;
  try {
    return await runAssigned(options, run);
  } catch (error) {
    await tell({ type: "failed", message: describeFailure(error), isForOperator: isForOperator(error) });
    return 1;
  }
}

/** `undefined` when the primary is gone before it said anything. */
async function firstMessage(): Promise<RunMessage | undefined> {
  const message = once(process, "message").then(([first]) => first as RunMessage);
  void tell({ type: "hello" });
  return Promise.race([message, once(process, "disconnect").then(() => undefined)]);
}

async function runAssigned<T extends AppSchema>(options: RunAppOptions<T>, run: RunMessage): Promise<number> {
  const loaded = loadedFrom<Static<T>>(run);
  const self = beginProcess(options.name, loaded, { worker: run.slot });
  const metrics = createRegistry();
  const readiness = () => self.lifecycle.readiness();
  registerAppMetrics(metrics, { name: options.name, version: self.version, readiness });
  const handlers = new SignalHandlers();
  const context: AppContext<Static<T>> = {
    config: loaded.config,
    configFile: loaded.file,
    resolvePath: loaded.resolvePath,
    logger: self.logger,
    metrics,
    clock: systemClock,
    admin: createAdminServer({ metrics, readiness }),
    version: self.version,
    worker: { slot: run.slot, count: run.count },
    flags: new Set(),
    requestStop: (reason) => self.lifecycle.requestStop(reason),
    onSignal: (signal, handler) => handlers.add(signal, handler),
  };
  process.on("message", (message: ToWorker) => obey(message, { self, metrics, handlers }));
  const start = new AbortController();
  const ended = self.lifecycle.run(
    () => options.create(context),
    (app) => {
      start.abort();
      self.logger.info("worker started");
      void tell({ type: "started", ports: app.ports?.() ?? {} });
    },
  );
  return Promise.race([ended, primaryGone(start.signal)]);
}

/** Resolves with the exit code 1 when the primary goes before `started`. */
function primaryGone(started: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const gone = () => {
      if (!started.aborted) resolve(1);
    };
    process.once("disconnect", gone);
    if (!process.connected) gone();
  });
}

function obey(message: ToWorker, parts: { self: AppProcess; metrics: Registry; handlers: SignalHandlers }): void {
  const { lifecycle } = parts.self;
  if (message.type === "signal") parts.handlers.call(message.signal);
  // Not twice: the signal may have reached this process as well.
  else if (message.type === "stop" && !lifecycle.isStopping) lifecycle.requestStop("the primary stops");
  else if (message.type === "ask" && message.question === "readiness")
    void tell({ type: "answer", question: "readiness", answer: lifecycle.readiness() });
  else if (message.type === "ask" && message.question === "metrics")
    void snapshotOf(parts.metrics).then((answer) => tell({ type: "answer", question: "metrics", answer }));
}

/** What the app wants done at signals that the primary passes on. */
class SignalHandlers {
  readonly #handlers = new Map<AppSignal, (() => void)[]>();

  add(signal: AppSignal, handler: () => void): void {
    const handlers = this.#handlers.get(signal) ?? [];
    this.#handlers.set(signal, [...handlers, handler]);
    void tell({ type: "listens", signal });
  }

  call(signal: AppSignal): void {
    for (const handler of this.#handlers.get(signal) ?? []) handler();
  }
}

/** Resolves when the message has left; one that nobody takes any more is dropped. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((done) => {
    if (process.send === undefined) done();
    else process.send(message, undefined, undefined, () => done());
  });
}

function loadedFrom<Config>({ config, configFile }: RunMessage): LoadedConfig<Config> {
  return {
    config: deepFreeze(config) as Config,
    file: configFile,
    resolvePath: (path) => resolve(dirname(configFile), path),
    files: [configFile],
    locate: () => configFile,
  };
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === "object" && value !== null) for (const item of Object.values(Object.freeze(value))) deepFreeze(item);
  return value;
}
