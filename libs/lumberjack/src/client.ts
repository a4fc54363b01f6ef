import type { Clock } from "@gatelog/pipeline";
import { ClientConnection } from "./client-connection.ts";
import { type EncodedWindow, encodeEvents, packWindow } from "./encoder.ts";
import { LumberjackError, transientError } from "./errors.ts";
import { type Host, parseHost } from "./host.ts";

/** What the client tells its owner, who logs and counts. */
export type LumberjackClientEvent =
  | { readonly type: "connected"; readonly host: string }
  | { readonly type: "connectFailed"; readonly host: string; readonly error: Error }
  | { readonly type: "disconnected"; readonly host: string; readonly error?: Error };

export interface LumberjackClientOptions {
  /** `name:port`, `[v6]:port` or `name` (port 5044). The first that can be reached is used; after a failure the next. */
  readonly hosts: readonly string[];
  /** 0 (off) … 9. Default 3, as Filebeat's. */
  readonly compressionLevel?: number;
  /** How long the receiver may be silent (no ACK, no keep-alive) while events are pending. Default 30,000 ms. */
  readonly timeoutMs?: number;
  /** How long a connection may take to be made. Default 10,000 ms. */
  readonly connectTimeoutMs?: number;
  readonly clock?: Clock;
  readonly onEvent?: (event: LumberjackClientEvent) => void;
}

export interface LumberjackClientStatus {
  readonly connected: boolean;
  /** The host in use, or the one to be tried next. */
  readonly host: string;
  /** Why there is no connection; absent before the first attempt and while connected. */
  readonly reason?: string;
}

export interface LumberjackClient {
  /** Connects where not connected. **Errors**: DeliveryError GATELOG_LUMBERJACK_CONNECT, transient. */
  connect(): Promise<void>;
  /**
   * Sends one window of JSON objects and resolves when all of them are acknowledged. Windows that are sent at the same
   * time are pipelined on one connection and acknowledged in order.
   *
   * **Errors**: DeliveryError GATELOG_LUMBERJACK_CONNECT, _TIMEOUT, _DISCONNECTED, _CLOSED; all transient: send again.
   */
  send(events: readonly Uint8Array[]): Promise<void>;
  /**
   * As `send`, for who writes the frames itself: no object per event is needed. `window.frames` must stay unchanged until
   * the promise settles; nothing reads it after that. A window of no events is done at once.
   */
  sendWindow(window: EncodedWindow): Promise<void>;
  close(): void;
  status(): LumberjackClientStatus;
}

/** A Lumberjack v2 sender, for a real Logstash or the gatelog processor. Retrying is the caller's part. */
export function createLumberjackClient(options: LumberjackClientOptions): LumberjackClient {
  return new FailoverClient(options);
}

class FailoverClient implements LumberjackClient {
  readonly #options: LumberjackClientOptions;
  readonly #hosts: readonly Host[];
  #hostIndex = 0;
  #connection: ClientConnection | undefined;
  #connecting: Promise<ClientConnection> | undefined;
  #reason: string | undefined;
  #closed = false;

  constructor(options: LumberjackClientOptions) {
    this.#options = options;
    this.#hosts = options.hosts.map(parseHost);
    if (this.#hosts.length === 0) throw new LumberjackError("GATELOG_LUMBERJACK_HOST", "the output needs at least one host");
  }

  async connect(): Promise<void> {
    await this.#connected();
  }

  async send(events: readonly Uint8Array[]): Promise<void> {
    if (events.length > 0) await this.sendWindow(encodeEvents(events));
  }

  async sendWindow(window: EncodedWindow): Promise<void> {
    if (window.count === 0) return;
    const connection = await this.#connected();
    const pieces = await packWindow(window, this.#options.compressionLevel ?? 3);
    await connection.send(pieces, window.count);
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close(transientError("GATELOG_LUMBERJACK_CLOSED", "the client was closed"));
  }

  status(): LumberjackClientStatus {
    const host = this.#currentHost().text;
    const connected = this.#connection !== undefined;
    return connected || this.#reason === undefined ? { connected, host } : { connected, host, reason: this.#reason };
  }

  #connected(): Promise<ClientConnection> {
    if (this.#closed) return Promise.reject(transientError("GATELOG_LUMBERJACK_CLOSED", "the client was closed"));
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    this.#connecting ??= this.#connectToAny().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** Tries every host once, beginning with the current one. */
  async #connectToAny(): Promise<ClientConnection> {
    const reasons: string[] = [];
    for (const _ of this.#hosts) {
      const host = this.#currentHost();
      try {
        return await this.#connectTo(host);
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        reasons.push(`${host.text}: ${failure.message}`);
        this.#options.onEvent?.({ type: "connectFailed", host: host.text, error: failure });
        this.#nextHost();
      }
    }
    this.#reason = reasons.join("; ");
    throw transientError("GATELOG_LUMBERJACK_CONNECT", this.#reason);
  }

  async #connectTo(host: Host): Promise<ClientConnection> {
    const connection = await ClientConnection.open(host, {
      timeoutMs: this.#options.timeoutMs ?? 30_000,
      connectTimeoutMs: this.#options.connectTimeoutMs ?? 10_000,
      onClose: (error) => this.#onClose(connection, host, error),
    });
    if (this.#closed) {
      const error = transientError("GATELOG_LUMBERJACK_CLOSED", "the client was closed");
      connection.close(error);
      throw error;
    }
    this.#connection = connection;
    this.#reason = undefined;
    this.#options.onEvent?.({ type: "connected", host: host.text });
    return connection;
  }

  #onClose(connection: ClientConnection, host: Host, error: Error | undefined): void {
    if (this.#connection === connection) this.#connection = undefined;
    if (error !== undefined && !this.#closed) {
      this.#reason = `${host.text}: ${error.message}`;
      this.#nextHost();
    }
    this.#options.onEvent?.(
      error === undefined ? { type: "disconnected", host: host.text } : { type: "disconnected", host: host.text, error },
    );
  }

  #currentHost(): Host {
    const host = this.#hosts[this.#hostIndex % this.#hosts.length];
    if (host === undefined) throw new Error("a client always has a host");
    return host;
  }

  #nextHost(): void {
    this.#hostIndex = (this.#hostIndex + 1) % this.#hosts.length;
  }
}
