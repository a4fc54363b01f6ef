import type { EncodedWindow } from "./encoder.ts";
import type { HostLink } from "./host-link.ts";

interface Waiter {
  /** Undefined where a connection is all that is waited for. */
  readonly window: EncodedWindow | undefined;
  readonly resolve: (sent: Promise<void> | undefined) => void;
  readonly reject: (error: Error) => void;
  /** The hosts that failed since it waits. */
  readonly failed: Set<HostLink>;
}

/**
 * Gives windows to connections: to the one with the fewest pending, in turn where several have as few, at most `pipelining`
 * to each; the others wait, first come, first served. It holds no copy of a window: how many wait is up to who sends them.
 */
export class Dispatcher {
  readonly #links: readonly HostLink[];
  readonly #pipelining: number;
  #waiters: Waiter[] = [];
  /** Where the search for the next connection begins. */
  #turn = 0;

  constructor(links: readonly HostLink[], pipelining: number) {
    this.#links = links;
    this.#pipelining = pipelining;
  }

  get waitingWindows(): number {
    return this.#waiters.filter(({ window }) => window !== undefined).length;
  }

  get hasWaiters(): boolean {
    return this.#waiters.length > 0;
  }

  get isConnected(): boolean {
    return this.#links.some(({ connection }) => connection !== undefined);
  }

  /** Resolves when a connection is open. **Errors**: what `rejectAll` is called with. */
  async connected(): Promise<void> {
    await this.#wait(undefined);
  }

  /** Resolves when `window` was acknowledged. **Errors**: those of its connection, and what `rejectAll` is called with. */
  async send(window: EncodedWindow): Promise<void> {
    await this.#wait(window);
  }

  /** Gives out what can be given out; called whenever there is room. */
  serve(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    // Whoever comes while this goes on is served behind those who wait.
    const left = waiters.filter((waiter) => !this.#tryServe(waiter));
    this.#waiters = [...left, ...this.#waiters];
  }

  /** Says that an attempt at a host, or its connection, failed. Who has seen all fail since it waits, while none is open, is rejected. */
  noteFailure(link: HostLink, errorOf: () => Error): void {
    if (this.isConnected) return;
    for (const { failed } of this.#waiters) failed.add(link);
    const hopeless = this.#waiters.filter(({ failed }) => failed.size === this.#links.length);
    if (hopeless.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !hopeless.includes(waiter));
    const error = errorOf();
    for (const { reject } of hopeless) reject(error);
  }

  rejectAll(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }

  #wait(window: EncodedWindow | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { window, resolve, reject, failed: new Set() };
      if ((window !== undefined && this.#waiters.length > 0) || !this.#tryServe(waiter)) this.#waiters.push(waiter);
    });
  }

  #tryServe({ window, resolve }: Waiter): boolean {
    const link = this.#leastBusy();
    const connection = link?.connection;
    if (link === undefined || connection === undefined) return false;
    if (window === undefined) resolve(undefined);
    else if (connection.pendingWindows < this.#pipelining) {
      this.#turn = this.#links.indexOf(link) + 1;
      resolve(connection.send(window));
    } else return false;
    return true;
  }

  #leastBusy(): HostLink | undefined {
    let best: HostLink | undefined;
    for (let step = 0; step < this.#links.length; step += 1) {
      const link = this.#links[(this.#turn + step) % this.#links.length];
      const pending = link?.connection?.pendingWindows ?? Infinity;
      if (pending < (best?.connection?.pendingWindows ?? Infinity)) best = link;
    }
    return best;
  }
}
