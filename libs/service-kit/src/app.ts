import type { Clock } from "@gatelog/pipeline";
import type { AdminServer } from "./admin-server.ts";
import type { ConfigSource } from "./reload/config-watch.ts";
import type { Logger } from "pino";
import type { Registry } from "prom-client";

/** State of one part of an app, shown by /readyz. */
export interface PartReadiness {
  readonly name: string;
  readonly ready: boolean;
  /** Why not, for the operator. */
  readonly reason?: string;
}

/** What an app implements; runApp calls it. */
export interface App {
  /**
   * Takes up work. Local obstacles (port taken, directory not writable) reject with a StartError; what a remote server says
   * never does: the app keeps trying and `readiness` tells the reason.
   */
  start(): Promise<void>;
  /**
   * Stops taking, drains, flushes, checkpoints. Resolves when all that was read is delivered or checkpointed (exit 0),
   * rejects otherwise (exit 1). `signal` aborts at the deadline: give up then, promptly.
   */
  stop(signal: AbortSignal): Promise<void>;
  readiness(): readonly PartReadiness[];
  /** The ports the app listens on, by name, after `start`; announced to a supervising process. */
  ports?(): Readonly<Record<string, number>>;
}

/** The signals that an app may ask for. */
export type AppSignal = "SIGHUP" | "SIGUSR1" | "SIGUSR2";

/** One of an app's worker processes. */
export interface WorkerIdentity {
  /** From 0 to `count` - 1; a worker that is started again in another's place has its slot. */
  readonly slot: number;
  /** How many workers the app has. */
  readonly count: number;
}

/** What an app gets from service-kit. */
export interface AppContext<Config> {
  /** Deeply frozen; defaults filled in, paths absolute. */
  readonly config: Config;
  /** Absolute path of the configuration file. */
  readonly configFile: string;
  /** For an app that takes up a changed configuration (ConfigWatch); undefined where several workers have the primary's. */
  readonly configSource?: ConfigSource<Config>;
  /** Makes a path absolute against the folder of the configuration file. */
  readonly resolvePath: (path: string) => string;
  readonly logger: Logger;
  /** The registry behind /metrics; process metrics are in it already. */
  readonly metrics: Registry;
  readonly clock: Clock;
  /** The admin server, not yet listening: `create` may add routes. With several workers it never listens. */
  readonly admin: AdminServer;
  /** Version of the app. */
  readonly version: string;
  /** Which worker this process is; slot 0 of 1 where the app has no workers. */
  readonly worker: WorkerIdentity;
  /** The app's own flags that were given on the command line, without their dashes. */
  readonly flags: ReadonlySet<string>;
  /** Calls `handler` at each such signal, e.g. to reopen log files. */
  readonly onSignal: (signal: AppSignal, handler: () => void) => void;
  /** Stops the app as SIGTERM does, e.g. when a one-shot job is done. The reason is logged. */
  readonly requestStop: (reason: string) => void;
}
