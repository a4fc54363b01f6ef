/** Codes in a record's `error.code` and in the JSON that a refused call is answered with: what each means and what to do. */
export const errors = {
  GATELOG_GATEWAY_NO_ROUTE: "No route's prefix fits the path: add a route to a file in routesDir, or correct the client's URL.",
  GATELOG_GATEWAY_MALFORMED_REQUEST: "The request is not valid HTTP, or its path is not valid: correct the client.",
  GATELOG_GATEWAY_REQUEST_TIMEOUT:
    "The client did not send its whole request within timeouts.requestHeadersMs and timeouts.requestMs: look at the client or raise them.",
  GATELOG_GATEWAY_HEADERS_TOO_LARGE:
    "The request's headers are larger than limits.headerBytesMax: shorten them (often cookies) or raise it.",
  GATELOG_GATEWAY_BODY_TOO_LARGE: "The request's body is larger than limits.requestBodyBytesMax: send less or raise it.",
  GATELOG_GATEWAY_METHOD_NOT_SUPPORTED: "CONNECT tunnels are not proxied: use the service's own address.",
  GATELOG_GATEWAY_EXPECTATION_FAILED: "The Expect header asks for something else than 100-continue: remove it from the client.",
  GATELOG_GATEWAY_UPGRADE_NOT_SUPPORTED:
    "An upgrade with a body, to another protocol than websocket, is not proxied: send the call without Upgrade.",
  GATELOG_GATEWAY_UPSTREAM_UNREACHABLE: "No connection to the upstream server: is it up, is its address in routesDir right?",
  GATELOG_GATEWAY_UPSTREAM_TIMEOUT:
    "The upstream server did not connect, answer or go on answering within timeouts.upstream…Ms: look at the service or raise them.",
  GATELOG_GATEWAY_UPSTREAM_ABORTED: "The upstream server closed the connection before its answer was complete: look at the service's log.",
  GATELOG_GATEWAY_UPSTREAM_MALFORMED: "The upstream server's answer is not valid HTTP: look at the service.",
  GATELOG_GATEWAY_CLIENT_ABORTED: "The client left before it had the whole answer (status 499): often its own time-out.",
  GATELOG_GATEWAY_CLIENT_STALLED: "The client neither sent nor took a byte for timeouts.clientIdleMs, and was disconnected.",
  GATELOG_GATEWAY_OVERLOADED: "limits.inFlightMax calls are in flight: the upstream is slow, or the limit too low.",
  GATELOG_GATEWAY_LOG_UNAVAILABLE:
    "The log has no room (three quarters of log.pendingBytesMax wait for the disk, or less than half of log.freeBytesMin is free): calls are refused rather than unrecorded. Free the disk.",
  GATELOG_GATEWAY_SHUTDOWN: "The gateway stopped at its deadline while the call was in flight.",
  GATELOG_GATEWAY_INTERNAL: "A fault of the gateway itself: report it with its log.",
} as const;

export type GatewayErrorCode = keyof typeof errors;

/** The status of the answer to a call that is refused with this code. */
export const statusOf: Readonly<Record<GatewayErrorCode, number>> = {
  GATELOG_GATEWAY_NO_ROUTE: 404,
  GATELOG_GATEWAY_MALFORMED_REQUEST: 400,
  GATELOG_GATEWAY_REQUEST_TIMEOUT: 408,
  GATELOG_GATEWAY_HEADERS_TOO_LARGE: 431,
  GATELOG_GATEWAY_BODY_TOO_LARGE: 413,
  GATELOG_GATEWAY_METHOD_NOT_SUPPORTED: 405,
  GATELOG_GATEWAY_EXPECTATION_FAILED: 417,
  GATELOG_GATEWAY_UPGRADE_NOT_SUPPORTED: 501,
  GATELOG_GATEWAY_UPSTREAM_UNREACHABLE: 502,
  GATELOG_GATEWAY_UPSTREAM_TIMEOUT: 504,
  GATELOG_GATEWAY_UPSTREAM_ABORTED: 502,
  GATELOG_GATEWAY_UPSTREAM_MALFORMED: 502,
  GATELOG_GATEWAY_CLIENT_ABORTED: 499,
  GATELOG_GATEWAY_CLIENT_STALLED: 499,
  GATELOG_GATEWAY_OVERLOADED: 503,
  GATELOG_GATEWAY_LOG_UNAVAILABLE: 503,
  GATELOG_GATEWAY_SHUTDOWN: 503,
  GATELOG_GATEWAY_INTERNAL: 500,
};

/** What the client is told: nothing of the inside. */
export const publicMessageOf: Readonly<Record<number, string>> = {
  400: "The request is not valid.",
  404: "No service is known under this path.",
  405: "This method is not supported.",
  408: "The request took too long to arrive.",
  413: "The request's body is too large.",
  417: "This expectation cannot be met.",
  431: "The request's headers are too large.",
  500: "The gateway failed.",
  501: "This upgrade is not supported.",
  502: "The service cannot be reached.",
  503: "The gateway cannot take this call now.",
  504: "The service did not answer in time.",
};
