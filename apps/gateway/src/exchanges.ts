import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { mintId } from "@gatelog/log-record";
import type { Clock } from "@gatelog/pipeline";
import type { CaptureBudget } from "./capture-budget.ts";
import type { TrustedProxies } from "./client-address.ts";
import { endsWithConnection } from "./end-answer.ts";
import { Exchange, type Arrival } from "./exchange.ts";
import { statusOf } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { isValidRequestId, readTarget } from "./request-line.ts";

/** What happens to a call beside what is done with it. */
export interface ExchangesOptions {
  readonly ledger: Ledger;
  readonly trustedProxies: TrustedProxies;
  /** How much of each body is kept, until the route says otherwise. */
  readonly bodyBytesMax: number;
  readonly budget: CaptureBudget;
  /** True when answers wait for their records, until the route says otherwise. */
  readonly isAudited: boolean;
  readonly clock: Clock;
  /** Called once for each exchange, when it has ended: the moment for its record. */
  readonly onEnd: (exchange: Exchange) => void;
  /** The same in audit mode, before the answer's end: calls `send` when the record is on disk. */
  readonly onAudited: (exchange: Exchange, send: () => void) => void;
  /** The client left after the record was made and before it had the whole answer. */
  readonly onAborted: (exchange: Exchange) => void;
}

const inFlightOf = Symbol("exchanges in flight");
const lastOf = Symbol("last exchange");
const exchangeOf = Symbol("exchange");
const ownerOf = Symbol("exchanges");

type TrackedSocket = Socket & { [inFlightOf]?: Exchange[]; [lastOf]?: Exchange | undefined };
type TrackedRequest = IncomingMessage & { [exchangeOf]?: Exchange };
type TrackedResponse = ServerResponse & { [exchangeOf]?: Exchange | undefined; [ownerOf]?: Exchanges };

/** What an exchange has from its connection and its request. */
type Received = Pick<Arrival, "socket" | "peer" | "client" | "request">;

const noExchanges: readonly Exchange[] = [];

/**
 * All calls from arrival to end.
 *
 * **Guarantee**: every exchange ends exactly once: when its answer is ready and audited, when its response is closed, or when its
 * connection is, whichever comes first. A pipelined call whose turn never came has no response that would ever close, so that the
 * connection is needed too.
 */
export class Exchanges {
  readonly #options: ExchangesOptions;
  readonly #sockets = new Set<TrackedSocket>();
  /** True while the gateway stops: a connection is closed with its last call. */
  isClosing = false;

  constructor(options: ExchangesOptions) {
    this.#options = options;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Follows a connection; its end is the end of what is in flight on it. */
  connected(socket: TrackedSocket): void {
    const inFlight: Exchange[] = [];
    socket[inFlightOf] = inFlight;
    this.#sockets.add(socket);
    // A listener for each refused body that still comes; a client may send many of them at once.
    socket.setMaxListeners(0);
    // node:http takes its own listener off where it hands a connection on. Its close tells.
    socket.on("error", ignore);
    // Before node:http, which ends its side in order.
    socket.prependListener("end", () => {
      if (inFlight.some(endsWithConnection)) socket.resetAndDestroy();
    });
    socket.once("close", () => {
      this.#sockets.delete(socket);
      for (const exchange of inFlight.slice()) this.end(exchange);
    });
  }

  /** A call whose headers were read. Its response is absent for an upgrade. */
  arrived(request: TrackedRequest, response?: ServerResponse): Exchange {
    const { socket, headers } = request;
    const { target, authority } = readTarget(request.url ?? "");
    // Fastify routes what is left of an absolute target.
    request.url = target;
    const host = authority ?? headers.host;
    const peer = socket.remoteAddress ?? "";
    const client = this.#options.trustedProxies.resolve(peer, headers, host);
    const exchange = this.#exchange({ socket, request, peer, client });
    exchange.target = target;
    exchange.host = host;
    const requestId = headers["x-request-id"];
    exchange.requestId = isValidRequestId(requestId) ? requestId : exchange.id;
    this.#follow(exchange, socket);
    if (response === undefined) request[exchangeOf] = exchange;
    else this.respondWith(exchange, response);
    return exchange;
  }

  /** A call that is no valid HTTP. */
  arrivedMalformed(socket: TrackedSocket): Exchange {
    const peer = socket.remoteAddress ?? "";
    const exchange = this.#exchange({ socket, peer, client: this.#options.trustedProxies.resolve(peer, {}, undefined) });
    exchange.requestId = exchange.id;
    this.#follow(exchange, socket);
    return exchange;
  }

  /** Connects an exchange with the response that answers it. */
  respondWith(exchange: Exchange, response: TrackedResponse): void {
    exchange.response = response;
    response[exchangeOf] = exchange;
    response[ownerOf] = this;
    response.on("close", onResponseClose);
    // Writing to a connection that has just closed is no fault; its close ends the exchange.
    response.on("error", ignore);
  }

  /** Sets whether the answer waits for its record. */
  setAudited(exchange: Exchange, isAudited: boolean): void {
    exchange.audit = isAudited ? this.#audit : undefined;
  }

  /** The exchange of an upgrade that arrived. */
  of(request: object): Exchange | undefined {
    return (request as TrackedRequest)[exchangeOf];
  }

  /** What is in flight on a connection, oldest first. */
  on(socket: TrackedSocket): readonly Exchange[] {
    return socket[inFlightOf]?.slice() ?? noExchanges;
  }

  /** The newest exchange of a connection, also when it has ended before its body was complete: what is read now belongs to that. */
  lastOn(socket: TrackedSocket): Exchange | undefined {
    return socket[lastOf];
  }

  /** All that is in flight. */
  all(): readonly Exchange[] {
    return [...this.#sockets].flatMap((socket) => this.on(socket));
  }

  /** The numbers that have no record yet, ascending. */
  inFlightSeqs(): number[] {
    const waiting = this.all().filter((exchange) => !exchange.hasEnded);
    return waiting.map(({ seq }) => seq).sort((a, b) => a - b);
  }

  /** Closes a connection so that no answer on it that is not whole looks whole. */
  destroy(socket: TrackedSocket): void {
    if (socket[inFlightOf]?.some(endsWithConnection)) socket.resetAndDestroy();
    else socket.destroy();
  }

  /** Ends an exchange; only the first time counts. One that was audited has its record, and only leaves. */
  end(exchange: Exchange): void {
    if (!this.#leave(exchange)) return;
    if (exchange.hasEnded) {
      if (!exchange.isLost && !(exchange.response?.writableFinished ?? exchange.isWritten)) this.#options.onAborted(exchange);
    } else {
      this.#conclude(exchange);
      this.#options.onEnd(exchange);
    }
    // It would stay open for the next call, which must not come any more.
    if (this.isClosing && (exchange.socket as TrackedSocket)[inFlightOf]?.length === 0) exchange.socket.destroySoon();
  }

  /** Closes the connections on which nothing was ever sent, as browsers open them in advance: node:http does not call them idle. */
  closeUnused(): void {
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Closes the connections on which something was sent and nothing is in flight: an answer is, until its last byte was taken. */
  closeIdle(): void {
    for (const socket of this.#sockets) if (socket.bytesRead > 0 && socket[inFlightOf]?.length === 0) socket.destroy();
  }

  /** Closes every connection; what is in flight ends for the given reason. */
  closeAll(): void {
    for (const socket of this.#sockets) {
      const isDelimited = !socket[inFlightOf]?.some(endsWithConnection);
      for (const exchange of this.on(socket)) {
        exchange.fail("GATELOG_GATEWAY_SHUTDOWN");
        // At once: the server counts as closed before its connections say so.
        this.end(exchange);
      }
      if (isDelimited) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  readonly #audit = (exchange: Exchange, send: () => void): void => {
    if (exchange.hasEnded) return;
    exchange.endedMs = this.#options.clock.monotonicMs();
    exchange.abortUpstream?.();
    this.#options.onAudited(exchange, send);
  };

  /** Notes how a call ended whose answer was not audited. */
  #conclude(exchange: Exchange): void {
    exchange.endedMs = this.#options.clock.monotonicMs();
    const isAnswered = exchange.isUpgrade ? exchange.status > 0 : exchange.response?.writableFinished === true;
    if (!isAnswered) exchange.fail("GATELOG_GATEWAY_CLIENT_ABORTED");
    if (exchange.isUpgrade && exchange.status === 101 && !exchange.isUpgraded) exchange.fail("GATELOG_GATEWAY_UPSTREAM_UNREACHABLE");
    const code = exchange.failure?.code;
    if (code === "GATELOG_GATEWAY_CLIENT_ABORTED" || code === "GATELOG_GATEWAY_CLIENT_STALLED") exchange.status = 499;
    else if (exchange.status === 0 && code !== undefined) exchange.status = statusOf[code];
    exchange.abortUpstream?.();
    salvage(exchange);
  }

  #exchange({ socket, request, peer, client }: Received): Exchange {
    const { ledger, clock, bodyBytesMax, budget } = this.#options;
    const arrivedAtMs = clock.now();
    const seq = ledger.arrived();
    const id = mintId(arrivedAtMs);
    return new Exchange({
      seq,
      id,
      arrivedAtMs,
      startedMs: clock.monotonicMs(),
      bodyBytesMax,
      budget,
      clock,
      socket,
      request,
      peer,
      client,
    });
  }

  #follow(exchange: Exchange, socket: TrackedSocket): void {
    if (this.#options.isAudited) exchange.audit = this.#audit;
    socket[inFlightOf]?.push(exchange);
    socket[lastOf] = exchange;
    // A connection that closed in this very moment tells no more.
    if (socket.destroyed) setImmediate(() => this.end(exchange));
  }

  /** False when it had left before. */
  #leave(exchange: Exchange): boolean {
    const socket: TrackedSocket = exchange.socket;
    const inFlight = socket[inFlightOf];
    const place = inFlight?.indexOf(exchange) ?? -1;
    if (place === -1) return false;
    inFlight?.splice(place, 1);
    // Kept longer it would keep the next ones from being collected young, for the connection is old.
    if (socket[lastOf] === exchange && exchange.request?.complete !== false) socket[lastOf] = undefined;
    return true;
  }
}

function onResponseClose(this: TrackedResponse): void {
  const exchange = this[exchangeOf];
  const owner = this[ownerOf];
  this[exchangeOf] = undefined;
  if (exchange !== undefined) owner?.end(exchange);
}

function ignore(): void {
  // Its close tells.
}

/** Bytes of the body that arrived and that nobody asked for any more: the client left while they waited their turn. */
function salvage({ request, requestBody }: Exchange): void {
  if (request === undefined || request.complete || request.listenerCount("data") > 0) return;
  for (let chunk: unknown = request.read(); chunk instanceof Buffer; chunk = request.read()) requestBody.add(chunk);
}
