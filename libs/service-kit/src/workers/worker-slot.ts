import { backOff, type BackOff, type Clock } from "@gatelog/pipeline";
import type { Logger } from "pino";
import type { PartReadiness } from "../app.ts";
import { describeExit, type WorkerExit, type WorkerProcess } from "./worker-process.ts";

/** Waiting times before a worker is started again. */
const restartMinMs = 250;
const restartMaxMs = 30_000;
/** A worker that ran so long is started again after the shortest time. */
const stableMs = 60_000;

/** What a WorkerSlot needs. */
export interface WorkerSlotOptions {
  readonly slot: number;
  readonly fork: () => WorkerProcess;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A worker has ended that nobody had asked to. */
  readonly onExit: () => void;
}

/** One place among the workers: keeps a process in it until it is stopped. */
export class WorkerSlot {
  readonly slot: number;
  readonly #options: WorkerSlotOptions;
  readonly #backOff: BackOff = backOff({ minMs: restartMinMs, maxMs: restartMaxMs });
  readonly #stopping = new AbortController();
  #process: WorkerProcess | undefined;
  #ports: Readonly<Record<string, number>> = {};
  #notReady: string | undefined = "starting";

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.slot = options.slot;
  }

  /** Rejects when the first process of this slot cannot start: that is the operator's to put right, and nothing to try again. */
  async start(): Promise<void> {
    const process = this.#launch();
    await this.#becomeReady(process);
    void this.#keep(process);
  }

  /** Asks the process to drain; resolves with how it ended, `undefined` where there was none. */
  async stop(): Promise<WorkerExit | undefined> {
    this.#stopping.abort();
    this.#process?.stop();
    return this.#process?.exited;
  }

  kill(): void {
    this.#process?.kill();
  }

  /** The process that works, for messages to it. */
  get running(): WorkerProcess | undefined {
    return this.#notReady === undefined ? this.#process : undefined;
  }

  get ports(): Readonly<Record<string, number>> {
    return this.#ports;
  }

  readiness(): PartReadiness {
    const name = `worker ${this.slot}`;
    return this.#notReady === undefined ? { name, ready: true } : { name, ready: false, reason: this.#notReady };
  }

  #launch(): WorkerProcess {
    const process = this.#options.fork();
    this.#process = process;
    void process.exited.then((exit) => {
      this.#process = undefined;
      this.#notReady = describeExit(exit);
    });
    return process;
  }

  async #becomeReady(process: WorkerProcess): Promise<void> {
    this.#ports = await process.started;
    this.#notReady = undefined;
  }

  /** Starts the slot's process again whenever it ends, until the slot is stopped. */
  async #keep(first: WorkerProcess): Promise<void> {
    let why = describeExit(await this.#watch(first));
    while (!this.#stopping.signal.aborted) {
      await this.#pause(why);
      if (this.#stopping.signal.aborted) return;
      why = await this.#runAgain();
    }
  }

  /** Resolves when the process has ended, with the reason. */
  async #runAgain(): Promise<string> {
    try {
      const process = this.#launch();
      const exited = this.#watch(process);
      const failure = await this.#becomeReady(process).then(
        () => undefined,
        (error: Error) => error.message,
      );
      const exit = await exited;
      return failure === undefined ? describeExit(exit) : `cannot start: ${failure}`;
    } catch (error) {
      return `cannot be forked: ${String(error)}`;
    }
  }

  async #watch(process: WorkerProcess): Promise<WorkerExit> {
    const { clock, onExit } = this.#options;
    const startedMs = clock.monotonicMs();
    const exit = await process.exited;
    if (clock.monotonicMs() - startedMs >= stableMs) this.#backOff.reset();
    if (!this.#stopping.signal.aborted) onExit();
    return exit;
  }

  async #pause(why: string): Promise<void> {
    const delayMs = Math.round(this.#backOff.next());
    this.#notReady = why;
    this.#options.logger.error({ worker: this.slot, reason: why, delayMs }, "a worker has ended: starting it again");
    await this.#options.clock.sleep(delayMs, this.#stopping.signal);
  }
}
