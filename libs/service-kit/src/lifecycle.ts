import type { Clock } from "@gatelog/pipeline";
import type { Logger } from "pino";
import type { App, PartReadiness } from "./app.ts";

/** How long a repeated signal is taken for the same one: a terminal and npm both forward Ctrl-C. */
const signalRepeatMs = 1000;
/** What an app gets to give up after the deadline's abort signal, before the process ends anyway. */
const giveUpMs = 1000;

/** Runs an app from start to stop; knows nothing of the process around it. */
export class Lifecycle {
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  readonly #options: LifecycleOptions;
  readonly #end: (code: number) => void;
  #phase: "starting" | "running" | "stopping" = "starting";
  #started: Promise<void> = Promise.resolve();
  #stopAskedAtMs: number | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    let end: (code: number) => void = () => undefined;
    this.ended = new Promise((resolve) => (end = resolve));
    this.#end = end;
  }

  /** Rejects as the app's own start does. */
  async start(): Promise<void> {
    const started = this.#options.app.start();
    // A stop that arrives meanwhile waits for this; its failure is reported to the caller of start.
    this.#started = started.catch(() => undefined);
    await started;
    if (this.#phase === "starting") this.#phase = "running";
  }

  /** The app's parts, and the app itself while it starts or stops. */
  readiness(): readonly PartReadiness[] {
    const parts = this.#options.app.readiness();
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

  async #stop(): Promise<void> {
    const { app, clock, deadlineMs, logger } = this.#options;
    this.#phase = "stopping";
    const startedMs = clock.monotonicMs();
    const deadline = new AbortController();
    const settled = new AbortController();
    const timer = this.#watchDeadline(deadline, settled.signal);
    try {
      await Promise.race([this.#started.then(() => app.stop(deadline.signal)), timer]);
      logger.info({ durationMs: Math.round(clock.monotonicMs() - startedMs) }, "stopped");
      this.#end(0);
    } catch (error) {
      logger.error({ err: error, deadlineMs }, "stopped before all was delivered or checkpointed");
      this.#end(1);
    } finally {
      settled.abort();
    }
  }

  /** Rejects some time after the deadline; aborts `deadline` at it. */
  async #watchDeadline(deadline: AbortController, settled: AbortSignal): Promise<never> {
    const { clock, deadlineMs } = this.#options;
    await clock.sleep(deadlineMs, settled);
    deadline.abort(new Error(`the stop took longer than shutdownDeadlineMs (${deadlineMs} ms)`));
    await clock.sleep(giveUpMs, settled);
    throw new Error(`the stop did not end within shutdownDeadlineMs (${deadlineMs} ms)`);
  }
}

/** What a Lifecycle needs. */
export interface LifecycleOptions {
  readonly app: App;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deadlineMs: number;
}
