import { setTimeout as sleep } from "node:timers/promises";
import { createLumberjackServer, type LumberjackServer } from "@gatelog/lumberjack";
import type { SeededRandom } from "@gatelog/testkit";

/** What arrived of one line. */
interface Arrival {
  count: number;
  readonly ids: Set<string>;
}

/** A receiver that is now and then slow, refuses a batch, or is away, and remembers every line with its ids. */
export class SoakReceiver {
  readonly arrivals = new Map<string, Arrival>();
  readonly #port: number;
  readonly #random: SeededRandom;
  #server: LumberjackServer | undefined;
  /** Batches that are being taken, also those of connections that are gone. */
  taking = 0;
  isHonest = false;

  constructor(port: number, random: SeededRandom) {
    this.#port = port;
    this.#random = random;
  }

  async start(): Promise<void> {
    this.#server = createLumberjackServer({
      host: "127.0.0.1",
      port: this.#port,
      keepAliveMs: 200,
      onBatch: async (events) => {
        this.taking += 1;
        await this.#take(events).finally(() => (this.taking -= 1));
      },
    });
    await this.#server.start();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  async #take(events: readonly Uint8Array[]): Promise<void> {
    const kind = this.isHonest ? 1 : this.#random.next();
    if (kind < 0.05) await sleep(this.#random.integer(50, 400));
    // What it took before it refused counts as arrived: the tailer sends it again.
    for (const event of events) this.#note(event);
    if (kind > 0.05 && kind < 0.1) throw new Error("refused");
    if (kind > 0.1 && kind < 0.2) await sleep(this.#random.integer(1, 50));
  }

  #note(event: Uint8Array): void {
    const { message, gatelog } = JSON.parse(Buffer.from(event).toString()) as { message: string; gatelog: { id: string } };
    const arrival = this.arrivals.get(message) ?? { count: 0, ids: new Set<string>() };
    arrival.count += 1;
    arrival.ids.add(gatelog.id);
    this.arrivals.set(message, arrival);
  }
}
