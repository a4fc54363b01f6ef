import type { IncomingMessage } from "node:http";
import type { Dispatcher } from "undici";
import { EndOfTurn } from "./end-of-turn.ts";
import type { Exchange } from "./exchange.ts";
import { forwardRequestHeaders } from "./headers.ts";
import { refuse } from "./refuse.ts";
import { RequestBody } from "./request-body.ts";
import { chooseServer, type Route } from "./routes.ts";
import { takeSmallBody } from "./small-body.ts";
import type { Upstreams } from "./upstreams.ts";
import { UpstreamCall } from "./upstream-call.ts";

/** What forwarding needs beside the call. */
export interface ForwardOptions {
  readonly upstreams: Upstreams;
  /** Undefined: no limit. */
  readonly requestBodyBytesMax: number | undefined;
}

/** A body of at most this much is taken whole before the service is called, as nginx does; a stream costs more than the call. */
const smallBodyBytesMax = 16_384;

interface Call {
  readonly upstreams: Upstreams;
  readonly server: string;
  readonly options: Dispatcher.DispatchOptions;
  readonly handler: UpstreamCall;
}

/** undici tells the handler of whatever goes wrong. */
const calls = new EndOfTurn<Call>(({ upstreams, server, options, handler }) => {
  // Not before: a reload may have closed the pool since.
  upstreams.pool(server).dispatch(options, handler);
});

/** Hands a routed call to its upstream server; the answer, whatever it is, ends the exchange. */
export function forward(exchange: Exchange, route: Route, options: ForwardOptions): void {
  const { request } = exchange;
  if (request === undefined) return;
  const { requestBodyBytesMax } = options;
  const declaredBytes = declaredLength(request);
  if (requestBodyBytesMax !== undefined && declaredBytes > requestBodyBytesMax) {
    refuse(exchange, "GATELOG_GATEWAY_BODY_TOO_LARGE");
    return;
  }
  if (declaredBytes === 0 && request.headers["transfer-encoding"] === undefined) send(exchange, route, options);
  else if (declaredBytes > 0 && declaredBytes <= smallBodyBytesMax && !exchange.expectsContinue)
    takeSmallBody(exchange, request, declaredBytes, (body) => send(exchange, route, options, body));
  else send(exchange, route, options, streamedBody(exchange, request, requestBodyBytesMax));
}

function declaredLength(request: IncomingMessage): number {
  const length = request.headers["content-length"];
  return length === undefined ? 0 : Number(length);
}

function send(exchange: Exchange, route: Route, options: ForwardOptions, body?: Buffer | RequestBody): void {
  const { request, client, peer } = exchange;
  if (request === undefined) return;
  const server = chooseServer(route.upstream);
  exchange.upstream = server;
  exchange.attempts = 1;
  exchange.upstreamStartedMs = exchange.clock.monotonicMs();
  const forwardedFor = request.headers["x-forwarded-for"];
  const headers = forwardRequestHeaders(request.rawHeaders, {
    host: route.upstream.hostHeader === "client" ? exchange.host : undefined,
    requestId: exchange.requestId,
    peer,
    client,
    forwardedFor: Array.isArray(forwardedFor) ? forwardedFor.join(", ") : forwardedFor,
  });
  const { upstreams } = options;
  const handler = new UpstreamCall(exchange, body instanceof RequestBody ? body : undefined, () => (upstreams.calls -= 1));
  upstreams.calls += 1;
  calls.add({
    upstreams,
    server,
    options: { path: exchange.target, method: request.method ?? "GET", headers, body: body ?? null },
    handler,
  });
}

function streamedBody(exchange: Exchange, request: IncomingMessage, bytesMax: number | undefined): RequestBody {
  return new RequestBody({
    source: request,
    tap: exchange.requestBody,
    bytesMax,
    onFirstRead: () => {
      if (exchange.expectsContinue && exchange.response?.headersSent === false) exchange.response.writeContinue();
    },
    onTooLarge: () => {
      exchange.abortUpstream?.();
      refuse(exchange, "GATELOG_GATEWAY_BODY_TOO_LARGE");
    },
  });
}
