interface Waiter {
  readonly bytes: number;
  readonly grant: () => void;
}

/**
 * Bytes in flight over all connections: who wants more than is left waits, first come, first served.
 *
 * **Guarantee**: what is alone is let in, however large, so that one big frame cannot wait for ever.
 */
export class ByteBudget {
  readonly #bytesMax: number;
  #waiters: Waiter[] = [];
  #used = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get usedBytes(): number {
    return this.#used;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /** Takes the bytes when they are free and nobody waits; false when the caller has to `acquire`. */
  tryAcquire(bytes: number): boolean {
    if (this.#waiters.length > 0 || !this.#fits(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  /** Takes the bytes, as soon as they are free. Resolves false, without them, when `signal` aborts. */
  acquire(bytes: number, signal: AbortSignal): Promise<boolean> {
    if (this.tryAcquire(bytes)) return Promise.resolve(true);
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const abort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        this.#grantWaiters();
        resolve(false);
      };
      const grant = () => {
        signal.removeEventListener("abort", abort);
        resolve(true);
      };
      const waiter: Waiter = { bytes, grant };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** Takes the bytes at once, also over the limit: for what replaces bytes that were just given back. */
  charge(bytes: number): void {
    this.#used += bytes;
  }

  release(bytes: number): void {
    this.#used -= bytes;
    this.#grantWaiters();
  }

  #grantWaiters(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined && this.#fits(waiter.bytes); waiter = this.#waiters[0]) {
      this.#waiters.shift();
      this.#used += waiter.bytes;
      waiter.grant();
    }
  }

  #fits(bytes: number): boolean {
    return this.#used <= 0 || this.#used + bytes <= this.#bytesMax;
  }
}
