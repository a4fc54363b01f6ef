import { writeSync } from "node:fs";
import { systemClock } from "@gatelog/pipeline";
import { pino, type Logger } from "pino";
import type { Static, TObject, TProperties } from "typebox";
import { createAdminServer, listenAdmin } from "./admin-server.ts";
import type { App, AppContext } from "./app.ts";
import { parseCommandLine } from "./arguments.ts";
import { Lifecycle } from "./lifecycle.ts";
import { loadConfig, type ConfigCheck, type LoadedConfig } from "./load-config.ts";
import { createRegistry, registerAppMetrics } from "./metrics.ts";
import type { CommonConfig, commonConfig } from "./schema.ts";
import { ConfigError, StartError } from "./start-error.ts";
import { findVersion } from "./version.ts";

/** Schema of an app's configuration: an object with the keys of `commonConfig`. */
export type AppSchema = TObject<TProperties & ReturnType<typeof commonConfig>>;

/** What main.ts passes. */
export interface RunAppOptions<T extends AppSchema> {
  /** The app's name as in `apps/<app>`. */
  readonly name: string;
  readonly schema: T;
  /** Relations between values; runs at start and with `--check`. */
  readonly check?: ConfigCheck<Static<T>>;
  /** Wires the app. Local obstacles reject with a StartError. */
  readonly create: (context: AppContext<Static<T>>) => Promise<App>;
}

/**
 * Runs the process: `--config FILE [--check]`.
 *
 * **Guarantee**: exit 0 after `--check` of a valid file, and after SIGTERM, SIGINT or the end of the supervisor's IPC
 * channel when the app's `stop` resolved; else 1. A wrong configuration or a local obstacle prints one sentence a
 * problem and no stack. An uncaught error is logged and ends the process: what was acknowledged is on disk.
 */
export function runApp<T extends AppSchema>(options: RunAppOptions<T>): void {
  main(options).then(
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
    writeSync(1, `${configFile}: the configuration of ${options.name} is valid\n`);
    return 0;
  }
  return run(options, loaded);
}

async function run<T extends AppSchema>(options: RunAppOptions<T>, loaded: LoadedConfig<Static<T>>): Promise<number> {
  // AppSchema guarantees these keys; TypeScript cannot see it through the generic.
  const common = loaded.config as CommonConfig;
  const version = findVersion(process.argv[1]);
  const logger = pino({ level: common.logLevel, base: { app: options.name, pid: process.pid } });
  endOnUncaught(logger);
  logger.info({ version, node: process.version, config: loaded.file }, "starting");

  const metrics = createRegistry();
  const readiness = () => lifecycle?.readiness() ?? [{ name: "app", ready: false, reason: "starting" }];
  const admin = createAdminServer({ metrics, readiness });
  registerAppMetrics(metrics, { name: options.name, version, readiness });

  let lifecycle: Lifecycle | undefined;
  let stopReason: string | undefined;
  const requestStop = (reason: string) => {
    stopReason ??= reason;
    lifecycle?.requestStop(reason);
  };
  onStopSignals(requestStop, () => stopReason !== undefined);
  const context: AppContext<Static<T>> = {
    config: loaded.config,
    configFile: loaded.file,
    resolvePath: loaded.resolvePath,
    logger,
    metrics,
    clock: systemClock,
    admin,
    version,
    requestStop,
    onSignal: (signal, handler) => void process.on(signal, handler),
  };
  const app = await options.create(context);
  lifecycle = new Lifecycle({ app, clock: systemClock, logger, deadlineMs: common.shutdownDeadlineMs });
  const adminPort = await listenAdmin(admin, common.admin);
  const { ended } = lifecycle;
  const started = lifecycle.start().then(() => announce(logger, { host: common.admin.host, port: adminPort }, app));
  // A stop that was asked for while the app was wired still runs its orderly end.
  if (stopReason !== undefined) lifecycle.requestStop(stopReason);
  const code = await Promise.race([ended, started.then(() => ended)]);
  await admin.close();
  return code;
}

function announce(logger: Logger, admin: { readonly host: string; readonly port: number }, app: App): void {
  const ports = app.ports?.() ?? {};
  logger.info({ admin, ports }, "started");
  // The supervisor may have gone meanwhile; its channel's end is a reason to stop, not to crash.
  process.send?.({ type: "listening", admin, ports }, undefined, undefined, () => undefined);
}

function onStopSignals(requestStop: (reason: string) => void, isStopping: () => boolean): void {
  process.on("SIGTERM", () => requestStop("SIGTERM"));
  process.on("SIGINT", () => requestStop("SIGINT"));
  if (process.send === undefined) return;
  // No impatience: a supervisor that ends while the app drains must not cut the draining short.
  const supervisorIsGone = () => {
    if (!isStopping()) requestStop("the supervisor is gone");
  };
  process.on("disconnect", supervisorIsGone);
  if (!process.connected) supervisorIsGone();
}

function endOnUncaught(logger: Logger): void {
  process.on("uncaughtException", (error) => {
    logger.fatal({ err: error }, "uncaught error: ending");
    process.exit(1);
  });
  process.on("unhandledRejection", (reason) => {
    logger.fatal({ err: reason }, "unhandled rejection: ending");
    process.exit(1);
  });
}

/** One sentence a problem on stderr; the stack only of what is our own bug. */
function complain(name: string, error: unknown): void {
  const isForOperator = error instanceof ConfigError || error instanceof StartError;
  const text = error instanceof Error ? (isForOperator ? error.message : (error.stack ?? error.message)) : String(error);
  const lines = isForOperator ? text.split("\n").map((line) => `gatelog ${name}: ${line}`) : [`gatelog ${name}: ${text}`];
  try {
    writeSync(2, `${lines.join("\n")}\n`);
  } catch {
    // Nobody reads stderr any more; the exit code still tells.
  }
}
