import type { Socket } from "node:net";
import { Client, type ClientConfig } from "pg";

/** A connection that says nothing for longer than a statement may take is given up, wherever it is in its work. */
export interface OwnClientConfig extends ClientConfig {
  /** Milliseconds without a byte from the server while it is used. */
  readonly silenceMs: number;
}

/**
 * A connection besides the pool, for work that may take long.
 *
 * **Guarantee**: never waits for ever: a server that went silent (frozen, or behind a network that swallows) is given up after `silenceMs`; then every
 * query fails at once, and `lost` aborts.
 */
export class OwnClient extends Client {
  readonly #silenceMs: number;
  readonly #lost = new AbortController();

  constructor({ silenceMs, ...config }: OwnClientConfig) {
    super({ ...config, application_name: "gatelog-upkeep" });
    this.#silenceMs = silenceMs;
    this.on("error", (error) => this.#lost.abort(error));
  }

  /** Aborts when the connection is gone. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async open(): Promise<void> {
    await this.connect();
    const socket = this.#socket;
    socket.on("timeout", () => socket.destroy(new Error(`the server said nothing for ${socket.timeout} ms`)));
    this.limitSilence(this.#silenceMs);
  }

  /** For statements that take longer than others; without a time as in the beginning. */
  limitSilence(silenceMs = this.#silenceMs): void {
    this.#socket.setTimeout(silenceMs);
  }

  /** With TLS it is another one than before the connection was made. */
  get #socket(): Socket {
    return this.connection.stream as Socket;
  }
}

/** Work on a connection that is closed in the end, and with it its locks. */
export async function withOwnClient<T>(config: OwnClientConfig, work: (client: OwnClient) => Promise<T>): Promise<T> {
  const client = new OwnClient(config);
  await client.open();
  try {
    const result = await work(client);
    // Between two steps nobody may have noticed.
    client.lost.throwIfAborted();
    return result;
  } finally {
    await client.end().catch(() => {});
  }
}
