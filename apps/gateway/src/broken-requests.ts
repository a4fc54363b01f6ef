import type { Socket } from "node:net";
import type { GatewayErrorCode } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Exchanges } from "./exchanges.ts";
import { refusalBytes, refuse } from "./refuse.ts";
import { readTarget } from "./request-line.ts";

/** What node:http says of a connection that it cannot read on. */
interface ClientError extends Error {
  readonly code?: string | undefined;
  /** Typed by Fastify as the JSON form of a Buffer; it is the Buffer. */
  readonly rawPacket?: unknown;
}

const isBroken = Symbol("is broken");
const requestLine = /^([A-Za-z][A-Za-z-]{0,31}) (\S{1,8192})(?: |\r|\n|$)/;
const requestLineBytesMax = 8300;

/**
 * Handles what node:http calls a client error: bytes that are no HTTP, limits, time-outs, connections that break.
 *
 * **Guarantee**: a call that is in flight gets its reason and ends; bytes that are no call, but were sent, become one with
 * what is known of it; an idle connection that breaks or times out is none.
 */
export function handleBrokenRequest(error: ClientError, socket: Socket & { [isBroken]?: boolean }, exchanges: Exchanges): void {
  // The parser fails again on every further packet.
  if (socket[isBroken]) return;
  socket[isBroken] = true;
  const code = codeOf(error);
  const last = exchanges.lastOn(socket);
  const isInBody = last?.request?.complete === false;
  if (isInBody && isBeingAnswered(last) && code !== undefined) closeAfter(last);
  else if (isInBody && !last.hasEnded && code !== undefined) refuseCurrent(last, code, error);
  else if (isInBody || socket.bytesRead === 0 || (code === undefined && !isCutOff(error))) exchanges.destroy(socket);
  else refuseUnread(error, socket, exchanges, code);
}

/** A client that ends its stream in the middle of a request leaves; anything else that the parser says is its refusal. */
function codeOf(error: ClientError): GatewayErrorCode | undefined {
  const code = error.code ?? "";
  if (isCutOff(error)) return undefined;
  if (code === "HPE_HEADER_OVERFLOW") return "GATELOG_GATEWAY_HEADERS_TOO_LARGE";
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return "GATELOG_GATEWAY_BODY_TOO_LARGE";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "GATELOG_GATEWAY_REQUEST_TIMEOUT";
  return code.startsWith("HPE_") ? "GATELOG_GATEWAY_MALFORMED_REQUEST" : undefined;
}

function isCutOff(error: ClientError): boolean {
  return error.code === "HPE_INVALID_EOF_STATE";
}

/** The request was read, its body cannot be. */
function refuseCurrent(exchange: Exchange, code: GatewayErrorCode, error: ClientError): void {
  exchange.fail(code, error.message);
  exchange.abortUpstream?.();
  if (exchange.response !== undefined) exchange.response.shouldKeepAlive = false;
  refuse(exchange, code, error.message);
  closeAfter(exchange);
}

/** Its answer is decided, and only on its way: to the end of the turn, or to the disk. */
function isBeingAnswered({ response, failure, hasEnded }: Exchange): boolean {
  return response?.headersSent === true && !response.writableFinished && (hasEnded || failure !== undefined);
}

/** What follows in the body cannot be told from a new request. */
function closeAfter({ response, socket }: Exchange): void {
  if (response === undefined) return;
  response.shouldKeepAlive = false;
  response.once("finish", () => socket.destroySoon());
}

/** Not even a request line and headers could be read. */
function refuseUnread(error: ClientError, socket: Socket, exchanges: Exchanges, code: GatewayErrorCode | undefined): void {
  const isFirst = exchanges.on(socket).length === 0;
  const last = exchanges.on(socket).at(-1);
  const exchange = exchanges.arrivedMalformed(socket);
  if (isFirst && Buffer.isBuffer(error.rawPacket)) readRequestLine(exchange, error.rawPacket);
  if (code === undefined) {
    exchange.fail("GATELOG_GATEWAY_CLIENT_ABORTED");
    exchanges.destroy(socket);
    return;
  }
  exchange.fail(code, error.message);
  const answer = () => {
    const { status, headers, body, wire } = refusalBytes(code, exchange.requestId);
    exchange.status = status;
    if (!socket.writable) return;
    exchange.responseHeaders = headers;
    exchange.responseBody.add(body);
    exchange.answeredMs = exchange.clock.monotonicMs();
    const send = () => {
      socket.end(wire, () => {
        exchange.isWritten = true;
        exchanges.end(exchange);
      });
      socket.destroySoon();
    };
    if (exchange.audit === undefined) send();
    else exchange.audit(exchange, send);
  };
  // Answers leave in the order of their requests.
  if (last?.response === undefined) answer();
  else last.response.once("close", answer);
}

function readRequestLine(exchange: Exchange, packet: Buffer): void {
  const match = requestLine.exec(packet.subarray(0, requestLineBytesMax).toString("latin1"));
  if (match === null) return;
  exchange.malformedMethod = match[1];
  const { target, authority } = readTarget(match[2] ?? "");
  exchange.target = target;
  exchange.host = authority;
}
