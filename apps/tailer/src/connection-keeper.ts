import type { LumberjackConnection } from "@gatelog/lumberjack";
import { backOff, type Clock } from "@gatelog/pipeline";

export interface ConnectionKeeperOptions {
  readonly sink: Pick<LumberjackConnection, "connect">;
  readonly clock: Clock;
  readonly retry: { readonly minMs: number; readonly maxMs: number };
}

/** How often it is looked whether the connection is still there. */
const lookMs = 1000;

/** Keeps the connection to the receiver open while there is nothing to send, so that readiness says what is true. */
export class ConnectionKeeper {
  readonly #options: ConnectionKeeperOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ConnectionKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { sink, clock, retry } = this.#options;
    const { signal } = this.#stopping;
    const pause = backOff(retry);
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    while (!signal.aborted) {
      try {
        // Several hosts that do not even refuse would take longer than a stop may.
        await Promise.race([sink.connect(), stopped]);
        pause.reset();
        await clock.sleep(lookMs, signal);
      } catch {
        // The reason is in the sink's status and was told as an event.
        await clock.sleep(pause.next(), signal);
      }
    }
  }
}
