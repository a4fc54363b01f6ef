import type { Clock } from "@gatelog/pipeline";
import type { Logger } from "pino";
import type { App, PartReadiness } from "./app.ts";

/** How long a repeated signal is taken for the same one: a terminal and npm both forward Ctrl-C. */
const signalRepeatMs = 1000;
/** What an app gets to give up after the deadline's abort signal, before the process ends anyway. */
const giveUpMs = 1000;

/** Runs an app from its wiring to its stop; knows nothing of the process around it. */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  /** Resolves with the exit code. */
  readonly #ended: Promise<number>;
  readonly #end: (code: number) => void;
  #phase: "starting" | "running" | "stopping" = "starting";
  #app: App | undefined;
  #started: Promise<void> = Promise.resolve();
  #stopAskedAtMs: number | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    let end: (code: number) => void = () => undefined;
    this.#ended = new Promise((resolve) => (end = resolve));
    this.#end = end;
  }

  /**
   * Wires and starts the app, and resolves with the exit code when it has stopped. Rejects as `wire` and the app's own start
   * do. Called once.
   */
  async run(wire: () => Promise<App>, onStarted: (app: App) => void): Promise<number> {
    const started = this.#start(wire, onStarted);
    // A stop that arrives meanwhile waits for this; its failure is reported to the caller of run.
    this.#started = started.catch(() => undefined);
    return Promise.race([this.#ended, started.then(() => this.#ended)]);
  }

  /** True since a stop was asked for. */
  get isStopping(): boolean {
    return this.#stopAskedAtMs !== undefined;
  }

  /** `parts`, by default those of the app, and before them the app itself while it starts or stops. */
  readiness(parts: readonly PartReadiness[] = this.#app?.readiness() ?? []): readonly PartReadiness[] {
    return this.#phase === "running" ? parts : [{ name: "app", ready: false, reason: this.#phase }, ...parts];
  }

  /** Asks for a stop; asked again later than a second, the process ends at once with 1. */
  requestStop(reason: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#stopAskedAtMs === undefined) {
      this.#stopAskedAtMs = nowMs;
      this.#options.logger.info({ reason }, "stopping");
      void this.#stop();
    } else if (nowMs - this.#stopAskedAtMs >= signalRepeatMs) {
      this.#options.logger.error({ reason }, "asked to stop again: ending at once, without draining");
      this.#end(1);
    }
  }

  async #start(wire: () => Promise<App>, onStarted: (app: App) => void): Promise<void> {
    const app = await wire();
    this.#app = app;
    await app.start();
    if (this.#phase === "starting") this.#phase = "running";
    onStarted(app);
  }

  async #stop(): Promise<void> {
    const { clock, deadlineMs, logger } = this.#options;
    this.#phase = "stopping";
    const startedMs = clock.monotonicMs();
    const deadline = new AbortController();
    const settled = new AbortController();
    const timer = this.#watchDeadline(deadline, settled.signal);
    try {
      await Promise.race([this.#stopApp(deadline.signal), timer]);
      logger.info({ durationMs: Math.round(clock.monotonicMs() - startedMs) }, "stopped");
      this.#end(0);
    } catch (error) {
      const why = error instanceof StopDeadlineError ? { reason: error.message } : { err: error, deadlineMs };
      logger.error(why, "stopped before all was delivered or checkpointed");
      this.#end(1);
    } finally {
      settled.abort();
    }
  }

  async #stopApp(signal: AbortSignal): Promise<void> {
    // The stop may have been asked for in the same turn in which the start begins.
    await Promise.resolve();
    await this.#started;
    await this.#app?.stop(signal);
  }

  /** Rejects some time after the deadline; aborts `deadline` at it. */
  async #watchDeadline(deadline: AbortController, settled: AbortSignal): Promise<never> {
    const { clock, deadlineMs } = this.#options;
    await clock.sleep(deadlineMs, settled);
    deadline.abort(new StopDeadlineError(`the stop took longer than shutdownDeadlineMs (${deadlineMs} ms)`));
    await clock.sleep(giveUpMs, settled);
    throw new StopDeadlineError(`the stop did not end within shutdownDeadlineMs (${deadlineMs} ms)`);
  }
}

/** Nothing is wrong but the time: where the program was when it ended tells nobody anything. */
class StopDeadlineError extends Error {}

/** What a Lifecycle needs. */
export interface LifecycleOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deadlineMs: number;
}
