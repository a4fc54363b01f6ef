import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { GatewayErrorCode } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { forwardResponseHeaders } from "./headers.ts";
import { refuse } from "./refuse.ts";
import { drain, type RequestBody } from "./request-body.ts";

/**
 * One call to an upstream server: hands the answer on to the client as it comes, tapped.
 *
 * undici's raw handler interface, because it gives headers as they were sent (repeated, in their order) and costs no
 * stream. Each method is called by undici; exceptions abort the call and come back as `onError`.
 */
export class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #response: ServerResponse;
  readonly #body: RequestBody | undefined;
  #abort: ((error?: Error) => void) | undefined;
  #isConnected = false;
  #isAborted = false;
  #isOver = false;
  #hasMore = false;

  constructor(exchange: Exchange, response: ServerResponse, body: RequestBody | undefined) {
    this.#exchange = exchange;
    this.#response = response;
    this.#body = body;
    exchange.abortUpstream = () => this.abort();
  }

  /** Gives the call up; its connection is closed, because an answer may be on its way. */
  abort(): void {
    if (this.#isOver) return;
    this.#isAborted = true;
    this.#abort?.();
    this.#body?.destroy();
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#isConnected = true;
    this.#abort = abort;
    if (this.#isAborted) abort();
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    // 1xx are about the upstream's connection; the final answer follows.
    if (status < 200) return true;
    const exchange = this.#exchange;
    const headers = forwardResponseHeaders(
      raw.map((part) => part.toString("latin1")),
      exchange.requestId,
    );
    this.#response.writeHead(status, reasonPhrase(statusText), headers);
    exchange.status = status;
    exchange.responseHeaders = headers;
    exchange.answeredMs = exchange.clock.monotonicMs();
    // An answer that comes slowly must not wait for its first body byte; most come whole, and leave in one write.
    process.nextTick(flushIfAlone, this);
    this.#response.on("drain", resume);
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#hasMore = true;
    this.#exchange.responseBody.add(chunk);
    if (this.#response.destroyed) return true;
    return this.#response.write(chunk);
  }

  onComplete(trailers: readonly (string | Buffer)[] | null): void {
    this.#hasMore = true;
    this.#finish();
    if (this.#response.destroyed) return;
    const pairs = pairsOf(trailers ?? []);
    if (pairs.length > 0) this.#response.addTrailers(pairs);
    this.#response.end();
    this.#takeRest();
  }

  onError(error: Error): void {
    this.#finish();
    this.#body?.destroy();
    if (this.#isAborted || this.#exchange.hasEnded) return;
    refuse(this.#exchange, codeOf(error, this.#isConnected), describe(error));
  }

  /** Sends the headers when nothing came with them. */
  flush(): void {
    if (!this.#hasMore && !this.#isOver && !this.#response.destroyed) this.#response.flushHeaders();
  }

  /** What the service did not want of the body; undici may have left it paused, and the connection stuck in the middle of it. */
  #takeRest(): void {
    const { request, requestBody } = this.#exchange;
    if (this.#body === undefined || request === undefined || request.complete) return;
    this.#body.destroy();
    drain(request, requestBody);
  }

  #finish(): void {
    this.#isOver = true;
    this.#exchange.upstreamEndedMs = this.#exchange.clock.monotonicMs();
    this.#exchange.abortUpstream = undefined;
  }
}

function flushIfAlone(call: UpstreamCall): void {
  call.flush();
}

/**
 * The reason phrase in node:http's form, one character a byte; undici has decoded it as UTF-8. One that cannot be sent is left
 * out, for nobody decides by it.
 */
function reasonPhrase(text: string): string {
  if (/^[\t -~]*$/.test(text)) return text;
  const bytes = Buffer.from(text).toString("latin1");
  return /^[\t -~\u0080-\u00FF]*$/.test(bytes) ? bytes : "";
}

const timeoutCodes = new Set(["UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

function codeOf(error: Error, isConnected: boolean): GatewayErrorCode {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (timeoutCodes.has(code)) return "GATELOG_GATEWAY_UPSTREAM_TIMEOUT";
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH") return "GATELOG_GATEWAY_MALFORMED_REQUEST";
  if (
    error.name === "HTTPParserError" ||
    code.startsWith("HPE_") ||
    code.startsWith("ERR_HTTP_") ||
    code.startsWith("ERR_INVALID_") ||
    code === "UND_ERR_HEADERS_OVERFLOW"
  )
    return "GATELOG_GATEWAY_UPSTREAM_MALFORMED";
  return isConnected ? "GATELOG_GATEWAY_UPSTREAM_ABORTED" : "GATELOG_GATEWAY_UPSTREAM_UNREACHABLE";
}

function describe(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  return `${error.message || error.name}${code}`;
}

function pairsOf(raw: readonly (string | Buffer)[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    pairs.push([String(raw[index] ?? ""), (raw[index + 1] ?? "").toString("latin1" as BufferEncoding)]);
  return pairs;
}
