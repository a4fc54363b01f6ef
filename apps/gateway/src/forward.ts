import type { Dispatcher } from "undici";
import type { Exchange } from "./exchange.ts";
import { forwardRequestHeaders } from "./headers.ts";
import { refuse } from "./refuse.ts";
import { RequestBody } from "./request-body.ts";
import { chooseServer, type Route } from "./routes.ts";
import type { Upstreams } from "./upstreams.ts";
import { UpstreamCall } from "./upstream-call.ts";

/** What forwarding needs beside the call. */
export interface ForwardOptions {
  readonly upstreams: Upstreams;
  /** Undefined: no limit. */
  readonly requestBodyBytesMax: number | undefined;
}

/** Hands a routed call to its upstream server; the answer, whatever it is, ends the exchange. */
export function forward(exchange: Exchange, route: Route, options: ForwardOptions): void {
  const { request, response } = exchange;
  if (request === undefined || response === undefined) return;
  const { requestBodyBytesMax } = options;
  const declaredBytes = Number(request.headers["content-length"] ?? 0);
  if (requestBodyBytesMax !== undefined && declaredBytes > requestBodyBytesMax) {
    refuse(exchange, "GATELOG_GATEWAY_BODY_TOO_LARGE");
    return;
  }
  const hasBody = declaredBytes > 0 || request.headers["transfer-encoding"] !== undefined;
  const body = hasBody ? requestBody(exchange, requestBodyBytesMax) : undefined;
  const server = chooseServer(route.upstream);
  exchange.upstream = server;
  exchange.attempts = 1;
  exchange.upstreamStartedMs = exchange.clock.monotonicMs();
  const call = new UpstreamCall(exchange, response, body);
  options.upstreams.pool(server).dispatch(dispatchOptions(exchange, route, body), call);
}

function dispatchOptions(exchange: Exchange, route: Route, body: RequestBody | undefined): Dispatcher.DispatchOptions {
  const { request, client, peer } = exchange;
  const forwardedFor = request?.headers["x-forwarded-for"];
  const headers = forwardRequestHeaders(request?.rawHeaders ?? [], {
    host: route.upstream.hostHeader === "client" ? exchange.host : undefined,
    requestId: exchange.requestId,
    peer,
    client,
    forwardedFor: Array.isArray(forwardedFor) ? forwardedFor.join(", ") : forwardedFor,
  });
  const method = request?.method ?? "GET";
  return {
    path: exchange.target,
    method,
    headers,
    body: body ?? null,
    // undici closes the connection after HEAD, in case a server sends a body all the same; ours are trusted not to.
    ...(method === "HEAD" ? { reset: false } : {}),
  };
}

function requestBody(exchange: Exchange, bytesMax: number | undefined): RequestBody | undefined {
  const { request, response } = exchange;
  if (request === undefined || response === undefined) return undefined;
  return new RequestBody({
    source: request,
    tap: exchange.requestBody,
    bytesMax,
    onFirstRead: () => {
      if (exchange.expectsContinue && !response.headersSent) response.writeContinue();
    },
    onTooLarge: () => {
      exchange.abortUpstream?.();
      refuse(exchange, "GATELOG_GATEWAY_BODY_TOO_LARGE");
    },
  });
}
