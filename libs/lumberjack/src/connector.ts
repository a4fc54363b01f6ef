import type { Clock } from "@gatelog/pipeline";
import type { Dispatcher } from "./dispatcher.ts";
import { transientError } from "./errors.ts";
import type { HostLink } from "./host-link.ts";

/** Decides which hosts are connected to, and when. */
export interface Connector {
  /** Somebody waits for a connection. */
  want(): void;
  /** A connection ended; with an error where it failed. */
  lost(link: HostLink, error: Error | undefined): void;
  /** The host in use, or the one to be tried next. */
  readonly current: string;
}

export interface ConnectorOptions {
  readonly links: readonly HostLink[];
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** Aborts when the client is closed. */
  readonly signal: AbortSignal;
}

/** One connection at a time, made when it is needed; after a failure the next host. */
export class FailOver implements Connector {
  readonly #options: ConnectorOptions;
  #index = 0;
  #isConnecting = false;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  get current(): string {
    return linkAt(this.#options.links, this.#index).host.text;
  }

  want(): void {
    if (this.#isConnecting || this.#options.dispatcher.isConnected || this.#options.signal.aborted) return;
    this.#isConnecting = true;
    void this.#tryHosts();
  }

  lost(link: HostLink, error: Error | undefined): void {
    if (error !== undefined) this.#index = this.#indexAfter(link);
    if (this.#options.dispatcher.hasWaiters) this.want();
  }

  /**
   * Tries every host once, the one that may be tried first. Waits when none may be tried yet, but not again after one
   * failed: who waits is told so instead.
   */
  async #tryHosts(): Promise<void> {
    const { links, dispatcher, clock, signal } = this.#options;
    const untried = new Set(links);
    let isOpen = false;
    while (!isOpen && untried.size > 0 && !signal.aborted) {
      const link = this.#nextOf(untried);
      if (link.waitMs > 0 && untried.size < links.length) break;
      if (link.waitMs > 0) await clock.sleep(link.waitMs, signal);
      untried.delete(link);
      isOpen = await this.#try(link);
    }
    this.#isConnecting = false;
    if (!isOpen) dispatcher.rejectAll(connectError(links));
    // The connection may be gone again, and somebody may have come since.
    else if (dispatcher.hasWaiters) this.want();
  }

  async #try(link: HostLink): Promise<boolean> {
    this.#index = this.#options.links.indexOf(link);
    try {
      await link.open();
      return true;
    } catch {
      this.#index = this.#indexAfter(link);
      return false;
    }
  }

  /** Of those that may be tried first, the one whose turn it is. */
  #nextOf(untried: ReadonlySet<HostLink>): HostLink {
    const { links } = this.#options;
    const inTurn = links.map((_, offset) => linkAt(links, this.#index + offset)).filter((link) => untried.has(link));
    let next = linkAt(inTurn, 0);
    for (const link of inTurn) if (link.waitMs < next.waitMs) next = link;
    return next;
  }

  #indexAfter(link: HostLink): number {
    return (this.#options.links.indexOf(link) + 1) % this.#options.links.length;
  }
}

/** A connection to every host, from the first need on; one that failed is made again in the background. */
export class LoadBalance implements Connector {
  readonly #options: ConnectorOptions;
  #isStarted = false;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  get current(): string {
    const { links } = this.#options;
    const connected = links.filter(({ connection }) => connection !== undefined);
    return (connected.length > 0 ? connected : links).map(({ host }) => host.text).join(", ");
  }

  want(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    for (const link of this.#options.links) void this.#keepOpen(link);
  }

  lost(link: HostLink, error: Error | undefined): void {
    if (error !== undefined) this.#options.dispatcher.noteFailure(link, () => connectError(this.#options.links));
    void this.#keepOpen(link);
  }

  async #keepOpen(link: HostLink): Promise<void> {
    const { links, dispatcher, clock, signal } = this.#options;
    while (!signal.aborted) {
      if (link.waitMs > 0) await clock.sleep(link.waitMs, signal);
      try {
        if (!signal.aborted) await link.open();
        return;
      } catch {
        dispatcher.noteFailure(link, () => connectError(links));
      }
    }
  }
}

function connectError(links: readonly HostLink[]): Error {
  const failures = links.flatMap(({ host, failure }) => (failure === undefined ? [] : [{ host, failure }]));
  const isTlsAlone = failures.length > 0 && failures.every(({ failure }) => "code" in failure && failure.code === "GATELOG_LUMBERJACK_TLS");
  const reasons = failures.map(({ host, failure }) => `${host.text}: ${failure.message}`);
  return transientError(isTlsAlone ? "GATELOG_LUMBERJACK_TLS" : "GATELOG_LUMBERJACK_CONNECT", reasons.join("; "), failures[0]?.failure);
}

function linkAt(links: readonly HostLink[], index: number): HostLink {
  const link = links[index % links.length];
  if (link === undefined) throw new Error("a client always has a host");
  return link;
}
