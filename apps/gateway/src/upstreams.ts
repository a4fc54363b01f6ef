import { Pool, type Dispatcher } from "undici";

/** Bounds of the connections to upstream servers. */
export interface UpstreamsOptions {
  /** Connections to each server. */
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** An answer's headers may be as large as this. */
const headerBytesMax = 65_536;

/**
 * One pool of kept-alive connections for each upstream server, made at its first call. Never repeats a call: whether a
 * request may be sent twice is for the client to say.
 */
export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #pools = new Map<string, Pool>();
  /** Calls that were handed on and are not over, also those whose clients have left. */
  calls = 0;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
  }

  /** @param origin e.g. `http://10.0.0.5:8080` */
  pool(origin: string): Dispatcher {
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    const { connectionsMax, connectTimeoutMs, answerTimeoutMs, idleTimeoutMs } = this.#options;
    const pool = new Pool(origin, {
      connections: connectionsMax,
      pipelining: 1,
      connect: { timeout: connectTimeoutMs },
      headersTimeout: answerTimeoutMs,
      bodyTimeout: idleTimeoutMs,
      maxHeaderSize: headerBytesMax,
    });
    this.#pools.set(origin, pool);
    return pool;
  }

  /** Closes the pools of servers that no route names any more, after their calls in flight. */
  retain(origins: ReadonlySet<string>): void {
    for (const [origin, pool] of this.#pools) {
      if (origins.has(origin)) continue;
      this.#pools.delete(origin);
      // Its calls report their own failures.
      pool.close().catch(() => undefined);
    }
  }

  async destroy(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
