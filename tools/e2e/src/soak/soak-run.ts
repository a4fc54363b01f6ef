import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom, waitFor, type SeededRandom } from "@gatelog/testkit";
import { Calls } from "./calls.ts";
import { runClient } from "./keep-alive-client.ts";
import { planLives, type LifeEnd, type PlanOptions } from "./life-plan.ts";
import type { SoakGateway } from "./soak-gateway.ts";

const connections = 48;
const stalledMs = 60_000;
const lookMs = 100;
/** One killed gateway in three leaves a line of up to so many bytes torn. */
const tornBytesMax = 100;

/** How much is called, and what is killed. */
export interface RunOptions extends PlanOptions {
  readonly seed: number;
}

/** The clients and the hand that kills: one run from the first start of the gateway to the end of the last. */
export class SoakRun {
  readonly calls: Calls;
  readonly #options: RunOptions;
  readonly #gateway: SoakGateway;
  readonly #random: SeededRandom;
  readonly #abort = new AbortController();
  #atCalls: { readonly calls: number; readonly reached: () => void } | undefined;
  kills = 0;
  stops = 0;

  constructor(options: RunOptions, gateway: SoakGateway) {
    this.#options = options;
    this.#gateway = gateway;
    this.#random = seededRandom(options.seed);
    this.calls = new Calls(options.calls, this.#random);
    // Each client listens to it.
    setMaxListeners(connections + 1, this.#abort.signal);
  }

  /** Resolves when all calls were sent and the last start has ended in order; returns what went wrong meanwhile. */
  async toEnd(): Promise<string[]> {
    const { seed } = this.#options;
    const faults: string[] = [];
    const plan = planLives(this.#options, this.#random);
    this.#gateway.launch();
    const clients = Promise.all(
      Array.from({ length: connections }, (_, index) =>
        runClient({
          port: this.#gateway.port,
          calls: this.calls,
          random: seededRandom(seed + index + 1),
          life: () => this.#gateway.life,
          onSent: () => this.#sent(),
          signal: this.#abort.signal,
        }).catch((error: unknown) => void faults.push(`a client could not go on: ${String(error)}`)),
      ),
    );
    try {
      for (const end of plan) await this.#live(end);
      await this.#reached(this.#options.calls);
      await this.#answered(clients);
      await this.#stop();
    } catch (error) {
      faults.push(`${String(error)}; the gateway printed last:\n${this.#gateway.lastOutput()}`);
    } finally {
      this.#abort.abort();
      await clients;
    }
    return faults;
  }

  /** Waits until every client has its answers, or its connection was closed. */
  async #answered(clients: Promise<unknown>): Promise<void> {
    let areDone = false;
    void clients.then(() => (areDone = true));
    await waitFor(() => areDone, { deadlineMs: stalledMs, what: "that each connection is answered or closed" });
  }

  /** One start, to its end, and the next start. */
  async #live(end: LifeEnd): Promise<void> {
    if (end.how !== "kill-early") await this.#reached(end.calls);
    if (end.afterMs > 0) await sleep(end.afterMs);
    if (end.how === "kill-worker") return this.#killWorker();
    if (end.how === "stop") await this.#stop();
    else {
      this.kills += 1;
      const tornBytes = this.#options.workers === 1 && this.#random.integer(1, 3) === 1 ? this.#random.integer(1, tornBytesMax) : 0;
      await this.#gateway.kill(tornBytes);
    }
    this.#gateway.launch();
  }

  async #killWorker(): Promise<void> {
    await waitFor(() => this.#gateway.isReady(), { deadlineMs: stalledMs, intervalMs: 5, what: "all workers to be there" });
    this.kills += 1;
    this.#gateway.killWorker(this.#random.pick(this.#gateway.workerPids()));
  }

  async #stop(): Promise<void> {
    this.stops += 1;
    const exit = await this.#gateway.stop();
    // Where a worker was killed a moment before, it says by 1 that not all ended in order.
    const isInOrder = exit?.code === 0 || (exit?.code === 1 && (this.#gateway.lives.at(-1)?.workersKilled ?? 0) > 0);
    if (!isInOrder) throw new Error(`the gateway was asked to stop and ended with ${exit?.code ?? exit?.signal}`);
  }

  /** Resolves, within the same turn, when so many calls were sent and this start has had one of them. */
  async #reached(calls: number): Promise<void> {
    if (this.calls.isOver) return;
    const sent = new Promise<true>((resolve) => {
      this.#atCalls = { calls, reached: () => resolve(true) };
    });
    let last = { calls: -1, atMs: 0 };
    do {
      const { length } = this.calls.all;
      if (length !== last.calls) last = { calls: length, atMs: performance.now() };
      if (this.#gateway.exit !== undefined) throw new Error("the gateway ended by itself");
      if (performance.now() - last.atMs > stalledMs) throw new Error(`no call was sent for ${stalledMs} ms`);
    } while ((await Promise.race([sent, sleep(lookMs)])) !== true);
  }

  #sent(): void {
    const at = this.#atCalls;
    if (at === undefined || this.calls.all.length < at.calls) return;
    this.#atCalls = undefined;
    at.reached();
  }
}
