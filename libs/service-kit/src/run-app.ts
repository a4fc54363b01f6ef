import { writeSync } from "node:fs";
import { systemClock } from "@gatelog/pipeline";
import type { Static, TObject, TProperties } from "typebox";
import { createAdminServer } from "./admin-server.ts";
import { beginProcess, serve } from "./app-process.ts";
import type { App, AppContext } from "./app.ts";
import { parseCommandLine } from "./arguments.ts";
import { loadConfig, type ConfigCheck, type LoadedConfig } from "./load-config.ts";
import { createRegistry, registerAppMetrics } from "./metrics.ts";
import { complain } from "./process-events.ts";
import type { commonConfig } from "./schema.ts";
import { runPrimary } from "./workers/primary.ts";
import { isWorkerProcess, runWorker } from "./workers/worker.ts";

/** Schema of an app's configuration: an object with the keys of `commonConfig`. */
export type AppSchema = TObject<TProperties & ReturnType<typeof commonConfig>>;

/** What main.ts passes. */
export interface RunAppOptions<T extends AppSchema> {
  /** The app's name as in `apps/<app>`. */
  readonly name: string;
  readonly schema: T;
  /** Relations between values; runs at start and with `--check`. */
  readonly check?: ConfigCheck<Static<T>>;
  /** Reads the further files that the configuration names, and throws as `create` would; with `--check`, for a start reads them anyway. */
  readonly checkFiles?: (config: Static<T>) => void;
  /** How many worker processes share the app's ports; by default, and with 1, the app runs in this process. */
  readonly workers?: (config: Static<T>) => number;
  /** Wires the app, in each worker anew. Local obstacles reject with a StartError. */
  readonly create: (context: AppContext<Static<T>>) => Promise<App>;
}

/**
 * Runs the process: `--config FILE [--check]`.
 *
 * **Guarantee**: exit 0 after `--check` of a valid file, and after SIGTERM, SIGINT or the end of the supervisor's IPC
 * channel when the app's `stop` resolved, in each worker; else 1. A wrong configuration or a local obstacle prints one
 * sentence a problem and no stack. An uncaught error is logged and ends the process: what was acknowledged is on disk.
 */
export function runApp<T extends AppSchema>(options: RunAppOptions<T>): void {
  const ended = isWorkerProcess() ? runWorker(options) : main(options);
  ended.then(
    (code) => process.exit(code),
    (error: unknown) => {
      complain(options.name, error);
      process.exit(1);
    },
  );
}

async function main<T extends AppSchema>(options: RunAppOptions<T>): Promise<number> {
  const { configFile, check } = parseCommandLine(process.argv.slice(2));
  const loaded = loadConfig({
    app: options.name,
    schema: options.schema,
    file: configFile,
    env: process.env,
    ...(options.check === undefined ? {} : { check: options.check }),
  });
  if (check) {
    options.checkFiles?.(loaded.config);
    writeSync(1, `${configFile}: the configuration of ${options.name} is valid\n`);
    return 0;
  }
  const count = options.workers?.(loaded.config) ?? 1;
  return count > 1 ? runPrimary(options.name, loaded, count) : runAlone(options, loaded);
}

async function runAlone<T extends AppSchema>(options: RunAppOptions<T>, loaded: LoadedConfig<Static<T>>): Promise<number> {
  const self = beginProcess(options.name, loaded);
  const metrics = createRegistry();
  const readiness = () => self.lifecycle.readiness();
  const admin = createAdminServer({ metrics, readiness });
  registerAppMetrics(metrics, { name: options.name, version: self.version, readiness });
  const context: AppContext<Static<T>> = {
    config: loaded.config,
    configFile: loaded.file,
    resolvePath: loaded.resolvePath,
    logger: self.logger,
    metrics,
    clock: systemClock,
    admin,
    version: self.version,
    worker: { slot: 0, count: 1 },
    requestStop: (reason) => self.lifecycle.requestStop(reason),
    onSignal: (signal, handler) => void process.on(signal, handler),
  };
  return serve(self, admin, () => options.create(context));
}
