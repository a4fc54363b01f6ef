import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { mintId } from "@gatelog/log-record";
import type { Clock } from "@gatelog/pipeline";
import type { TrustedProxies } from "./client-address.ts";
import { Exchange } from "./exchange.ts";
import { statusOf } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { isValidRequestId, readTarget } from "./request-line.ts";

/** What happens to a call beside what is done with it. */
export interface ExchangesOptions {
  readonly ledger: Ledger;
  readonly trustedProxies: TrustedProxies;
  readonly bodyBytesMax: number;
  readonly clock: Clock;
  /** Called once for each exchange, when it has ended: the moment for its record. */
  readonly onEnd: (exchange: Exchange) => void;
}

const inFlightOf = Symbol("exchanges in flight");
const lastOf = Symbol("last exchange");
const exchangeOf = Symbol("exchange");

type TrackedSocket = Socket & { [inFlightOf]?: Set<Exchange>; [lastOf]?: Exchange };
type TrackedRequest = IncomingMessage & { [exchangeOf]?: Exchange };

/**
 * All calls from arrival to end.
 *
 * **Guarantee**: every exchange ends exactly once: when its response is closed, or when its connection is, whichever comes
 * first. A pipelined call whose turn never came has no response that would ever close, so that both are needed.
 */
export class Exchanges {
  readonly #options: ExchangesOptions;
  readonly #sockets = new Set<TrackedSocket>();
  /** True while the gateway stops: a connection is closed with its last call. */
  isClosing = false;

  constructor(options: ExchangesOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#options.ledger.inFlight;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Follows a connection; its end is the end of what is in flight on it. */
  connected(socket: TrackedSocket): void {
    const inFlight = new Set<Exchange>();
    socket[inFlightOf] = inFlight;
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      for (const exchange of inFlight) this.end(exchange);
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
    const exchange = new Exchange({
      ...this.#arrival(),
      socket,
      request,
      peer,
      client: this.#options.trustedProxies.resolve(peer, headers, host),
    });
    exchange.target = target;
    exchange.host = host;
    const requestId = headers["x-request-id"];
    exchange.requestId = isValidRequestId(requestId) ? requestId : exchange.id;
    request[exchangeOf] = exchange;
    this.#follow(exchange, socket);
    if (response !== undefined) this.respondWith(exchange, response);
    return exchange;
  }

  /** A call that is no valid HTTP. */
  arrivedMalformed(socket: TrackedSocket): Exchange {
    const peer = socket.remoteAddress ?? "";
    const exchange = new Exchange({ ...this.#arrival(), socket, peer, client: this.#options.trustedProxies.resolve(peer, {}, undefined) });
    exchange.requestId = exchange.id;
    this.#follow(exchange, socket);
    return exchange;
  }

  /** Connects an exchange with the response that answers it. */
  respondWith(exchange: Exchange, response: ServerResponse): void {
    exchange.response = response;
    response.once("close", () => this.end(exchange));
    // Writing to a connection that has just closed is no fault; its close ends the exchange.
    response.on("error", () => undefined);
  }

  /** The exchange of a request that arrived. */
  of(request: object): Exchange | undefined {
    return (request as TrackedRequest)[exchangeOf];
  }

  /** What is in flight on a connection, oldest first. */
  on(socket: TrackedSocket): readonly Exchange[] {
    return [...(socket[inFlightOf] ?? [])];
  }

  /** The newest exchange of a connection, ended or not: what is read now belongs to its body until that is complete. */
  lastOn(socket: TrackedSocket): Exchange | undefined {
    return socket[lastOf];
  }

  /** All that is in flight. */
  all(): readonly Exchange[] {
    return [...this.#sockets].flatMap((socket) => this.on(socket));
  }

  /** Ends an exchange; only the first time counts. */
  end(exchange: Exchange): void {
    if (exchange.hasEnded) return;
    exchange.endedMs = this.#options.clock.monotonicMs();
    const isAnswered = exchange.isUpgrade ? exchange.status > 0 : exchange.response?.writableFinished === true;
    if (!isAnswered) exchange.fail("GATELOG_GATEWAY_CLIENT_ABORTED");
    if (exchange.isUpgrade && exchange.status === 101 && !exchange.isUpgraded) exchange.fail("GATELOG_GATEWAY_UPSTREAM_UNREACHABLE");
    const code = exchange.failure?.code;
    if (code === "GATELOG_GATEWAY_CLIENT_ABORTED" || code === "GATELOG_GATEWAY_CLIENT_STALLED") exchange.status = 499;
    else if (exchange.status === 0 && code !== undefined) exchange.status = statusOf[code];
    exchange.abortUpstream?.();
    salvage(exchange);
    const inFlight = (exchange.socket as TrackedSocket)[inFlightOf];
    inFlight?.delete(exchange);
    // It would stay open for the next call, which must not come any more.
    if (this.isClosing && inFlight?.size === 0) exchange.socket.destroySoon();
    this.#options.onEnd(exchange);
  }

  /** Closes the connections on which nothing was ever sent, as browsers open them in advance: node:http does not call them idle. */
  closeUnused(): void {
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Closes every connection; what is in flight ends for the given reason. */
  closeAll(): void {
    for (const socket of this.#sockets) {
      for (const exchange of this.on(socket)) {
        exchange.fail("GATELOG_GATEWAY_SHUTDOWN");
        // At once: the server counts as closed before its connections say so.
        this.end(exchange);
      }
      socket.destroy();
    }
  }

  #arrival() {
    const { ledger, clock, bodyBytesMax } = this.#options;
    const arrivedAtMs = clock.now();
    return { seq: ledger.arrived(), id: mintId(arrivedAtMs), arrivedAtMs, startedMs: clock.monotonicMs(), bodyBytesMax, clock };
  }

  #follow(exchange: Exchange, socket: TrackedSocket): void {
    socket[inFlightOf]?.add(exchange);
    socket[lastOf] = exchange;
    // A connection that closed in this very moment tells no more.
    if (socket.destroyed) setImmediate(() => this.end(exchange));
  }
}

/** Bytes of the body that arrived and that nobody asked for any more: the client left while they waited their turn. */
function salvage({ request, requestBody }: Exchange): void {
  if (request === undefined || request.complete || request.listenerCount("data") > 0) return;
  for (let chunk: unknown = request.read(); chunk instanceof Uint8Array; chunk = request.read()) requestBody.add(chunk);
}
