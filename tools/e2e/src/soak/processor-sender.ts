import { setTimeout as sleep } from "node:timers/promises";
import { createLumberjackClient, type LumberjackClient } from "@gatelog/lumberjack";
import type { SeededRandom } from "@gatelog/testkit";
import { frameOf } from "./processor-events.ts";

const windowEventsMax = 200;
/** What it may be behind its pace and still catch up; an outage is not followed by a flood. */
const debtMsMax = 1000;
const retryMs = 100;
/** Of so many windows the connection is cut while the window is on its way. */
const windowsPerCut = 60;
const cutAfterMsMax = 30;

export interface SoakSenderOptions {
  readonly sender: number;
  readonly port: number;
  readonly eventsPerSecond: number;
  readonly random: SeededRandom;
}

/** A sender of windows at a steady pace, which sends each again until it is acknowledged. */
export class SoakSender {
  readonly sender: number;
  /** Its events 0 … acknowledged-1 were acknowledged. */
  acknowledged = 0;
  windows = 0;
  resent = 0;
  readonly #options: SoakSenderOptions;
  #client: LumberjackClient | undefined;

  constructor(options: SoakSenderOptions) {
    this.sender = options.sender;
    this.#options = options;
  }

  /** Sends until `isOver` and then ends its last window; ends earlier, without it, when `signal` aborts. */
  async run(isOver: () => boolean, signal: AbortSignal): Promise<void> {
    const { eventsPerSecond, random } = this.#options;
    let dueMs = performance.now();
    while (!isOver() && !signal.aborted) {
      const events = random.integer(1, windowEventsMax);
      await this.#sendUntilAcknowledged(events, signal);
      dueMs = Math.max(dueMs + (events / eventsPerSecond) * 1000, performance.now() - debtMsMax);
      const aheadMs = dueMs - performance.now();
      if (aheadMs > 1) await sleep(aheadMs);
    }
    this.#client?.close();
  }

  async #sendUntilAcknowledged(events: number, signal: AbortSignal): Promise<void> {
    const { sender } = this;
    const window = Array.from({ length: events }, (_, index) => frameOf({ sender, number: this.acknowledged + index }));
    const isCut = this.#options.random.integer(1, windowsPerCut) === 1;
    const cutAfterMs = this.#options.random.integer(0, cutAfterMsMax);
    this.windows += 1;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      if (attempt > 0) this.resent += 1;
      if (await this.#send(window, isCut && attempt === 0 ? cutAfterMs : undefined)) {
        this.acknowledged += events;
        return;
      }
      await sleep(retryMs);
    }
  }

  async #send(window: readonly Buffer[], cutAfterMs: number | undefined): Promise<boolean> {
    const client = (this.#client ??= this.#connect());
    const cut = cutAfterMs === undefined ? undefined : setTimeout(() => this.#cut(), cutAfterMs);
    try {
      await client.send(window);
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(cut);
    }
  }

  #cut(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #connect(): LumberjackClient {
    const { port } = this.#options;
    const compressionLevel = this.sender % 2 === 0 ? 3 : 0;
    return createLumberjackClient({ hosts: [`127.0.0.1:${port}`], compressionLevel, retry: { minMs: 50, maxMs: 500 } });
  }
}
