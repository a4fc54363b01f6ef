import type { Socket } from "node:net";
import type { FastifyReply } from "fastify";
import type { CallHandler } from "./call-handler.ts";
import type { Exchange } from "./exchange.ts";
import type { Exchanges } from "./exchanges.ts";
import { forwardRequestHeaders } from "./headers.ts";
import { refuse } from "./refuse.ts";
import { chooseServer } from "./routes.ts";

/** Largest message of a web socket; one that is larger ends the connection. */
export const webSocketBytesMax = 16_777_216;

/**
 * Decides over a call that asks for an upgrade, and calls `accept` to let a web socket through. Any other upgrade is not taken
 * up and answered as a plain call, which RFC 9110 §7.8 allows.
 */
export function admitUpgrade(
  exchange: Exchange,
  reply: FastifyReply,
  parts: { exchanges: Exchanges; handler: CallHandler },
  accept: () => void,
): void {
  const { exchanges, handler } = parts;
  const headers = exchange.request?.headers;
  exchanges.respondWith(exchange, reply.raw);
  if (headers?.upgrade?.toLowerCase() === "websocket") {
    const route = isHandshake(exchange) ? handler.admit(exchange) : refuse(exchange, "GATELOG_GATEWAY_MALFORMED_REQUEST");
    if (!route) return void reply.hijack();
    exchange.upstream = chooseServer(route.upstream);
    exchange.attempts = 1;
    exchange.status = 101;
    // It is recorded when it ends; until then there is nothing that could wait for the record.
    exchange.audit = undefined;
    exchange.answeredMs = exchange.clock.monotonicMs();
    accept();
    return;
  }
  reply.hijack();
  exchange.isUpgrade = false;
  reply.raw.shouldKeepAlive = false;
  // node:http stopped reading at the headers: a body could not be forwarded.
  const hasBody = Number(headers?.["content-length"] ?? 0) > 0 || headers?.["transfer-encoding"] !== undefined;
  if (hasBody) refuse(exchange, "GATELOG_GATEWAY_UPGRADE_NOT_SUPPORTED");
  else handler.handle(exchange);
}

/** Notes that the upstream server took a web socket up; `source` is the client's side of it, a WebSocket of `ws`. */
export function upgraded(source: { readonly _socket?: Socket }, exchanges: Exchanges): void {
  for (const exchange of source._socket === undefined ? [] : exchanges.on(source._socket)) exchange.isUpgraded = true;
}

/** What `ws` accepts; it would answer anything else by itself, past the record. */
function isHandshake({ request }: Exchange): boolean {
  const { "sec-websocket-key": key = "", "sec-websocket-version": version } = request?.headers ?? {};
  return request?.method === "GET" && /^[+/0-9A-Za-z]{22}==$/.test(key) && (version === "13" || version === "8");
}

/** The headers of an upgrade for the upstream; those of the web socket itself are made anew by its client side. */
export function upgradeHeaders(exchange: Exchange): Record<string, string> {
  const forwardedFor = exchange.request?.headers["x-forwarded-for"];
  const raw = forwardRequestHeaders(exchange.request?.rawHeaders ?? [], {
    host: undefined,
    requestId: exchange.requestId,
    peer: exchange.peer,
    client: exchange.client,
    forwardedFor: Array.isArray(forwardedFor) ? forwardedFor.join(", ") : forwardedFor,
  });
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    if (!name.startsWith("sec-websocket-")) headers[name] = raw[index + 1] ?? "";
  }
  return headers;
}
