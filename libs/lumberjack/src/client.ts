import { type BackOffOptions, type Clock, systemClock } from "@gatelog/pipeline";
import { type Connector, FailOver, LoadBalance } from "./connector.ts";
import { Dispatcher } from "./dispatcher.ts";
import { type EncodedWindow, encodeEvents } from "./encoder.ts";
import { LumberjackError, transientError } from "./errors.ts";
import { HostLink, type LumberjackClientEvent } from "./host-link.ts";
import { parseHost } from "./host.ts";
import type { LumberjackClientTls } from "./tls.ts";

export interface LumberjackClientOptions {
  /** `name:port`, `[v6]:port` or `name` (port 5044). */
  readonly hosts: readonly string[];
  /**
   * False (default): one connection, to the first host that can be reached; after a failure to the next. True: a
   * connection to each, and every window goes to the one with the fewest pending.
   */
  readonly loadBalance?: boolean;
  /** Windows on the way on one connection at the same time; more wait. Default 2. */
  readonly pipelining?: number;
  /** A connection older than that is replaced by another one once its windows are acknowledged. Default 0: never, ms. */
  readonly ttlMs?: number;
  /** 0 (off) … 9. Default 3, as Filebeat's. */
  readonly compressionLevel?: number;
  /** How long the receiver may take no byte and answer nothing, not even a keep-alive, while windows wait for it. Default 30,000 ms. */
  readonly timeoutMs?: number;
  /** How long a connection, its handshake included, may take to be made. Default 10,000 ms. */
  readonly connectTimeoutMs?: number;
  /** Jittered, growing times between attempts at one host. Default 200 … 30,000 ms. */
  readonly retry?: BackOffOptions;
  /** Without it: plain TCP. */
  readonly tls?: LumberjackClientTls;
  readonly clock?: Clock;
  readonly onEvent?: (event: LumberjackClientEvent) => void;
}

export interface LumberjackHostStatus {
  readonly host: string;
  readonly connected: boolean;
  /** Its last connection ended while nothing was under way: the next window makes another one. */
  readonly idle: boolean;
  /** Windows that it has not acknowledged yet. */
  readonly pendingWindows: number;
  /** Why there is no connection to it; absent before the first attempt, while connected and while idle. */
  readonly reason?: string;
}

export interface LumberjackClientStatus {
  /** Whether at least one host is connected. */
  readonly connected: boolean;
  /** The host in use, or the one to be tried next; with `loadBalance` all that are connected. */
  readonly host: string;
  /** Why there is no connection; absent before the first attempt and while connected. */
  readonly reason?: string;
  readonly hosts: readonly LumberjackHostStatus[];
  /** Windows that no connection has room for yet. */
  readonly waitingWindows: number;
}

export interface LumberjackClient {
  /** Connects where not connected. **Errors**: DeliveryError GATELOG_LUMBERJACK_CONNECT, _TLS, _CLOSED, transient. */
  connect(): Promise<void>;
  /**
   * Sends one window of JSON objects and resolves when all of them are acknowledged. Windows that are sent at the same
   * time are pipelined; those on one connection are acknowledged in order.
   *
   * **Errors**: DeliveryError GATELOG_LUMBERJACK_CONNECT, _TLS, _TIMEOUT, _DISCONNECTED, _PROTOCOL, _CLOSED; all transient:
   * send again.
   */
  send(events: readonly Uint8Array[]): Promise<void>;
  /**
   * As `send`, for who writes the frames itself: no object per event is needed. `window.frames` must stay unchanged until
   * the promise settles; nothing reads it after that. A window of no events is done at once.
   */
  sendWindow(window: EncodedWindow): Promise<void>;
  /** Closes all connections; what is not acknowledged is rejected. */
  close(): void;
  status(): LumberjackClientStatus;
}

/** A Lumberjack v2 sender, for a real Logstash or the gatelog processor. Sending again is the caller's part. */
export function createLumberjackClient(options: LumberjackClientOptions): LumberjackClient {
  return new TcpLumberjackClient(options);
}

/** The client's defaults. */
export const clientDefaults = {
  loadBalance: false,
  pipelining: 2,
  ttlMs: 0,
  compressionLevel: 3,
  timeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  retry: { minMs: 200, maxMs: 30_000 },
} as const;

class TcpLumberjackClient implements LumberjackClient {
  readonly #links: readonly HostLink[];
  readonly #dispatcher: Dispatcher;
  readonly #connector: Connector;
  readonly #closing = new AbortController();

  constructor(options: LumberjackClientOptions) {
    const { loadBalance, pipelining, ...settings } = { ...clientDefaults, clock: systemClock, ...options };
    const { signal } = this.#closing;
    this.#links = options.hosts.map(
      (host) =>
        new HostLink(parseHost(host), {
          ...settings,
          signal,
          onRoom: () => this.#dispatcher.serve(),
          onLost: (link, error) => this.#connector.lost(link, error),
          onEvent: (event) => options.onEvent?.(event),
        }),
    );
    if (this.#links.length === 0) throw new LumberjackError("GATELOG_LUMBERJACK_HOST", "the output needs at least one host");
    this.#dispatcher = new Dispatcher(this.#links, pipelining);
    const connectorOptions = { links: this.#links, dispatcher: this.#dispatcher, clock: settings.clock, signal };
    this.#connector = loadBalance ? new LoadBalance(connectorOptions) : new FailOver(connectorOptions);
  }

  connect(): Promise<void> {
    return this.#wanting(() => this.#dispatcher.connected());
  }

  async send(events: readonly Uint8Array[]): Promise<void> {
    if (events.length > 0) await this.sendWindow(encodeEvents(events));
  }

  async sendWindow(window: EncodedWindow): Promise<void> {
    if (window.count > 0) await this.#wanting(() => this.#dispatcher.send(window));
  }

  close(): void {
    const error = closedError();
    this.#closing.abort();
    this.#dispatcher.rejectAll(error);
    for (const link of this.#links) link.close(error);
  }

  status(): LumberjackClientStatus {
    const hosts = this.#links.map(statusOf);
    const connected = hosts.some((host) => host.connected);
    const reasons = hosts.flatMap(({ host, reason }) => (reason === undefined ? [] : [`${host}: ${reason}`]));
    return {
      connected,
      host: this.#connector.current,
      ...(connected || reasons.length === 0 ? {} : { reason: reasons.join("; ") }),
      hosts,
      waitingWindows: this.#dispatcher.waitingWindows,
    };
  }

  #wanting(wait: () => Promise<void>): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(closedError());
    const done = wait();
    if (this.#dispatcher.hasWaiters) this.#connector.want();
    return done;
  }
}

function statusOf({ host, connection, isIdle, pendingWindows, failure }: HostLink): LumberjackHostStatus {
  const status = { host: host.text, connected: connection !== undefined, idle: isIdle, pendingWindows };
  return failure === undefined ? status : { ...status, reason: failure.message };
}

function closedError(): Error {
  return transientError("GATELOG_LUMBERJACK_CLOSED", "the client was closed");
}
