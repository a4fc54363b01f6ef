import { type BackOff, backOff, type BackOffOptions, type Clock } from "@gatelog/pipeline";
import { ClientConnection } from "./client-connection.ts";
import { dial, type DialOptions } from "./dial.ts";
import { transientError } from "./errors.ts";
import type { Host } from "./host.ts";

/** What the client tells its owner, who logs and counts. */
export type LumberjackClientEvent =
  | { readonly type: "connected"; readonly host: string }
  | { readonly type: "connectFailed"; readonly host: string; readonly error: Error }
  | { readonly type: "disconnected"; readonly host: string; readonly error?: Error };

export interface HostLinkOptions extends DialOptions {
  readonly clock: Clock;
  readonly retry: BackOffOptions;
  readonly timeoutMs: number;
  readonly compressionLevel: number;
  /** 0 keeps a connection for ever. */
  readonly ttlMs: number;
  /** Called when windows may be given to it: a new connection, or one of its windows was acknowledged. */
  readonly onRoom: () => void;
  /** Called when there is no connection any more. */
  readonly onLost: (link: HostLink, error: Error | undefined) => void;
  readonly onEvent: (event: LumberjackClientEvent) => void;
}

/** The way to one host: its connection, when the next attempt may be made, and why there is none. */
export class HostLink {
  readonly host: Host;
  readonly #options: HostLinkOptions;
  readonly #pause: BackOff;
  readonly #retiring = new Set<ClientConnection>();
  #connection: ClientConnection | undefined;
  #failure: Error | undefined;
  #notBeforeMs = -Infinity;
  #wasOpen = false;

  constructor(host: Host, options: HostLinkOptions) {
    this.host = host;
    this.#options = options;
    this.#pause = backOff(options.retry);
  }

  /** The one that takes windows. */
  get connection(): ClientConnection | undefined {
    return this.#connection;
  }

  /** Why there is no connection. */
  get failure(): Error | undefined {
    return this.#connection === undefined ? this.#failure : undefined;
  }

  /** The last connection ended while nothing was under way, and no attempt failed since: the next window makes another one. */
  get isIdle(): boolean {
    return this.#wasOpen && this.#connection === undefined && this.#failure === undefined;
  }

  get pendingWindows(): number {
    let windows = this.#connection?.pendingWindows ?? 0;
    for (const connection of this.#retiring) windows += connection.pendingWindows;
    return windows;
  }

  /** How long to wait for the next attempt. */
  get waitMs(): number {
    return Math.max(0, this.#notBeforeMs - this.#options.clock.monotonicMs());
  }

  /** Makes one attempt. **Errors**: DeliveryError GATELOG_LUMBERJACK_CONNECT, _TLS, _CLOSED. */
  async open(): Promise<void> {
    this.#use(await this.#dial());
  }

  close(error: Error): void {
    for (const connection of [this.#connection, ...this.#retiring]) connection?.close(error);
  }

  async #dial(): Promise<ClientConnection> {
    const { clock, onEvent } = this.#options;
    try {
      const socket = await dial(this.host, this.#options);
      const openedAtMs = clock.monotonicMs();
      const connection = new ClientConnection(socket, {
        ...this.#options,
        onClose: (error) => this.#onClose(connection, openedAtMs, error),
      });
      onEvent({ type: "connected", host: this.host.text });
      return connection;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#backOff(failure);
      onEvent({ type: "connectFailed", host: this.host.text, error: failure });
      throw failure;
    }
  }

  #use(connection: ClientConnection): void {
    const old = this.#connection;
    this.#connection = connection;
    this.#wasOpen = true;
    this.#failure = undefined;
    if (old !== undefined) this.#retire(old);
    if (this.#options.ttlMs > 0) void this.#renew(connection);
    this.#options.onRoom();
  }

  /**
   * Puts a new connection in the place of one that has lived for long enough. It is made before the old one goes, so that
   * nothing waits, and while the host takes no new connection the old one serves on.
   */
  async #renew(old: ClientConnection): Promise<void> {
    const { clock, ttlMs } = this.#options;
    await clock.sleep(ttlMs, old.closed);
    while (this.#connection === old) {
      try {
        const connection = await this.#dial();
        if (this.#connection === old) this.#use(connection);
        else this.#retire(connection);
      } catch {
        await clock.sleep(this.waitMs, old.closed);
      }
    }
  }

  #retire(connection: ClientConnection): void {
    this.#retiring.add(connection);
    connection.retire();
  }

  #onClose(connection: ClientConnection, openedAtMs: number, error: Error | undefined): void {
    const { clock, retry, onEvent, onLost } = this.#options;
    this.#retiring.delete(connection);
    onEvent(error === undefined ? { type: "disconnected", host: this.host.text } : { type: "disconnected", host: this.host.text, error });
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    const livedMs = clock.monotonicMs() - openedAtMs;
    const wasUseful = connection.hasAnswered || livedMs >= retry.maxMs;
    if (wasUseful) this.#pause.reset();
    const failure = error ?? (wasUseful || livedMs >= idleMsMin ? undefined : closedAtOnce());
    if (failure === undefined) this.#notBeforeMs = -Infinity;
    else this.#backOff(failure);
    onLost(this, failure);
  }

  #backOff(failure: Error): void {
    this.#failure = failure;
    this.#notBeforeMs = this.#options.clock.monotonicMs() + this.#pause.next();
  }
}

/** What ends sooner, and never answered anything, was not closed for being idle. */
const idleMsMin = 900;

function closedAtOnce(): Error {
  return transientError("GATELOG_LUMBERJACK_DISCONNECTED", "the receiver closed the connection before it answered anything");
}
