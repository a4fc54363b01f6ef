import { STATUS_CODES } from "node:http";
import { publicMessageOf, statusOf, type GatewayErrorCode } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { breakOff, endAnswer } from "./end-answer.ts";
import { drain } from "./request-body.ts";

/**
 * Ends a call with an answer of the gateway's own: JSON with the error's code, the request id in header and body.
 *
 * **Shape**: `{"error":{"code":"GATELOG_GATEWAY_NO_ROUTE","message":"No service is known under this path.","requestId":"…"}}`.
 * Where an answer has begun already, it is broken off, so that the client sees that it is not whole.
 */
export function refuse(exchange: Exchange, code: GatewayErrorCode, detail?: string): void {
  exchange.fail(code, detail);
  const { request, response } = exchange;
  if (response === undefined || exchange.hasEnded) return;
  if (response.headersSent) {
    breakOff(exchange, response);
    return;
  }
  const status = statusOf[code];
  const body = Buffer.from(refusalJson(code, exchange.requestId));
  const headers = refusalHeaders(exchange.requestId, body.length);
  exchange.status = status;
  exchange.responseHeaders = headers;
  exchange.answeredMs = exchange.clock.monotonicMs();
  if (request?.method !== "HEAD") exchange.responseBody.add(body);
  // With its reason: an upstream's own may have been set already.
  response.writeHead(status, STATUS_CODES[status] ?? "", headers);
  endAnswer(exchange, response, body);
  if (request !== undefined) drain(request, exchange.requestBody);
}

/** The same answer as bytes, for a connection on which node:http cannot answer any more. */
export function refusalBytes(code: GatewayErrorCode, requestId: string): { status: number; headers: string[]; body: Buffer; wire: string } {
  const status = statusOf[code];
  const body = Buffer.from(refusalJson(code, requestId));
  const headers = [...refusalHeaders(requestId, body.length), "connection", "close"];
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ""}`] : []));
  return { status, headers, body, wire: [`HTTP/1.1 ${status} Refused`, ...lines, "", body.toString()].join("\r\n") };
}

function refusalHeaders(requestId: string, bodyBytes: number): string[] {
  return ["content-type", "application/json; charset=utf-8", "content-length", String(bodyBytes), "x-request-id", requestId];
}

function refusalJson(code: GatewayErrorCode, requestId: string): string {
  return JSON.stringify({ error: { code, message: publicMessageOf[statusOf[code]] ?? "The call was refused.", requestId } });
}
