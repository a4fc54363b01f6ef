import type { Clock } from "@gatelog/pipeline";
import type { PartReadiness } from "@gatelog/service-kit";
import type { RecordStore } from "./sql-store.ts";
import type { StageHealth } from "./wire.ts";

/** How often the store is asked whether it can be read. */
const pingEveryMs = 2000;

/** Knows whether the records can be read, by asking the store every two seconds, for ever. */
export class StoreWatch {
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #onChange: (ready: boolean, reason: string | undefined) => void;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #ready = false;
  #reason: string | undefined = "not asked yet";

  constructor(
    store: RecordStore,
    options: { readonly clock: Clock; readonly onChange: (ready: boolean, reason: string | undefined) => void },
  ) {
    this.#store = store;
    this.#clock = options.clock;
    this.#onChange = options.onChange;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  readiness(): PartReadiness {
    return { name: "store", ready: this.#ready, ...(this.#reason === undefined ? {} : { reason: this.#reason }) };
  }

  health(): StageHealth {
    return { name: "store", state: this.#ready ? "ready" : "notReady", reasons: this.#reason === undefined ? [] : [this.#reason] };
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#set(await this.#store.check());
      await this.#clock.sleep(pingEveryMs, this.#stopped.signal);
    }
  }

  #set(reason: string | undefined): void {
    const ready = reason === undefined;
    const changed = ready !== this.#ready || reason !== this.#reason;
    this.#ready = ready;
    this.#reason = reason;
    if (changed) this.#onChange(ready, reason);
  }
}
