import type { Clock } from "@gatelog/pipeline";
import type { Logger } from "pino";
import type { App, AppSignal, PartReadiness } from "../app.ts";
import type { Answers } from "./messages.ts";
import { describeExit, type WorkerProcess } from "./worker-process.ts";
import { WorkerSlot } from "./worker-slot.ts";

/** What a Supervisor needs. */
export interface SupervisorOptions {
  readonly count: number;
  readonly fork: (slot: number) => WorkerProcess;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Longest time for the workers that did start to stop when another one could not. */
  readonly deadlineMs: number;
  /** The worker in this slot has ended, and nobody had asked it to. */
  readonly onExit: (slot: number) => void;
}

/** The app of the primary: its parts are the workers, and its work is to keep them running. */
export class Supervisor implements App {
  readonly #options: SupervisorOptions;
  readonly #slots: readonly WorkerSlot[];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { fork, clock, logger, onExit } = options;
    this.#slots = Array.from(
      { length: options.count },
      (_, slot) => new WorkerSlot({ slot, fork: () => fork(slot), clock, logger, onExit: () => onExit(slot) }),
    );
  }

  /** Starts all workers. **Errors**: what the first one says that cannot start; the others have then been stopped. */
  async start(): Promise<void> {
    try {
      await Promise.all(this.#slots.map((slot) => slot.start()));
    } catch (error) {
      const { clock, deadlineMs } = this.#options;
      await Promise.race([this.stop().catch(() => undefined), clock.sleep(deadlineMs)]);
      throw error;
    }
  }

  /** All workers drain at the same time, each within the deadline that it has itself. Rejects unless each ended with 0. */
  async stop(): Promise<void> {
    const exits = await Promise.all(this.#slots.map((slot) => slot.stop()));
    const failures = exits.flatMap((exit, slot) => (exit === undefined || exit.code === 0 ? [] : [`worker ${slot} ${describeExit(exit)}`]));
    if (failures.length > 0) throw new Error(failures.join("; "));
  }

  readiness(): readonly PartReadiness[] {
    return this.#slots.map((slot) => slot.readiness());
  }

  /** The workers share their ports. */
  ports(): Readonly<Record<string, number>> {
    return this.#slots[0]?.ports ?? {};
  }

  /** The readiness of each worker and of its parts, as it says now. */
  async partsOfWorkers(): Promise<readonly PartReadiness[]> {
    return (await Promise.all(this.#slots.map(partsOf))).flat();
  }

  /** Asks each worker that runs for its metrics; one that does not answer in time is left out. */
  async snapshots(take: (slot: number, snapshot: Answers["metrics"]) => void): Promise<void> {
    await Promise.all(
      this.#slots.map(async (slot) => {
        const snapshot = await slot.running?.ask("metrics");
        if (snapshot !== undefined) take(slot.slot, snapshot);
      }),
    );
  }

  /** Passes a signal on to every worker that runs. */
  signal(signal: AppSignal): void {
    for (const slot of this.#slots) slot.running?.signal(signal);
  }

  /** Ends what is left of the workers, without draining. */
  kill(): void {
    for (const slot of this.#slots) slot.kill();
  }
}

async function partsOf(slot: WorkerSlot): Promise<readonly PartReadiness[]> {
  const { running } = slot;
  const parts = await running?.ask("readiness");
  const own = slot.readiness();
  if (parts !== undefined) return [own, ...parts.map((part) => prefixed(own.name, part))];
  return own.ready ? [{ name: own.name, ready: false, reason: "it does not answer" }] : [own];
}

function prefixed(worker: string, part: PartReadiness): PartReadiness {
  return { ...part, name: `${worker}: ${part.name}` };
}
