import { systemClock } from "@gatelog/pipeline";
import { destination, pino, type Logger } from "pino";
import type { AdminServer } from "./admin-server.ts";
import type { App } from "./app.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { LoadedConfig } from "./load-config.ts";
import { serializeError } from "./log-error.ts";
import { endOnUncaught, stopAtSignals } from "./process-events.ts";
import type { CommonConfig } from "./schema.ts";
import { findVersion } from "./version.ts";

/** What every process of an app has, whatever its part. */
export interface AppProcess {
  readonly common: CommonConfig;
  readonly version: string;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}

export interface ProcessOptions {
  /** Slot of a worker process, which its log lines then carry. */
  readonly worker?: number;
  readonly logTo?: "stdout" | "stderr";
}

/** Sets up logging and signals. */
export function beginProcess(name: string, loaded: LoadedConfig<unknown>, { worker, logTo = "stdout" }: ProcessOptions = {}): AppProcess {
  // AppSchema guarantees these keys; TypeScript cannot see it through the generic.
  const common = loaded.config as CommonConfig;
  const version = findVersion(process.argv[1]);
  const base = { app: name, pid: process.pid, ...(worker === undefined ? {} : { worker }) };
  const serializers = { err: serializeError };
  const logger = pino({ level: common.logLevel, base, serializers }, destination({ fd: logTo === "stdout" ? 1 : 2, sync: true }));
  endOnUncaught(logger);
  const lifecycle = new Lifecycle({ clock: systemClock, logger, deadlineMs: common.shutdownDeadlineMs });
  stopAtSignals(lifecycle);
  logger.info({ version, node: process.version, config: loaded.file }, "starting");
  return { common, version, logger, lifecycle };
}

/** Runs an app behind its admin server and announces its ports; returns the exit code. */
export async function serve({ common, logger, lifecycle }: AppProcess, admin: AdminServer, create: () => Promise<App>): Promise<number> {
  // Without the token: it is logged.
  const where = { host: common.admin.host, port: common.admin.port };
  const wire = async () => {
    const app = await create();
    where.port = await admin.listen(common.admin);
    return app;
  };
  const code = await lifecycle.run(wire, (app) => announce(logger, where, app));
  await admin.close();
  return code;
}

function announce(logger: Logger, admin: { readonly host: string; readonly port: number }, app: App): void {
  const ports = app.ports?.() ?? {};
  logger.info({ admin, ports }, "started");
  // The supervisor may have gone meanwhile; its channel's end is a reason to stop, not to crash.
  process.send?.({ type: "listening", admin, ports }, undefined, undefined, () => undefined);
}
