import type { Dispatcher } from "undici";
import type { GatewayErrorCode } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { endAnswer } from "./end-answer.ts";
import { headerName } from "./header-names.ts";
import { forwardResponseHeaders, headerValue } from "./headers.ts";
import { refuse } from "./refuse.ts";
import { drain, type RequestBody } from "./request-body.ts";

/**
 * One call to an upstream server: hands the answer on to the client as it comes, tapped.
 *
 * undici's raw handler interface, because it gives headers as they were sent (repeated, in their order) and costs no
 * stream. Each method is called by undici; exceptions abort the call and come back as `onError`.
 */
export class UpstreamCall implements Dispatcher.DispatchHandler {
  /** Undefined once the call is over: undici keeps its handlers longer, and with them whole calls would outlive their youth. */
  #exchange: Exchange | undefined;
  /** A body that is streamed; one that is whole needs no care. */
  #body: RequestBody | undefined;
  readonly #onOver: () => void;
  #abort: ((error?: Error) => void) | undefined;
  #isConnected = false;
  #isAborted = false;
  #hasMore = false;
  #resume: (() => void) | undefined;
  /** Bytes of the answer's body that are still to come; negative where its length is not known. */
  #leftBytes = -1;
  /** The answer's last bytes wait for its end, so that they can wait for its record, and leave in one write with what stands before them. */
  #last: Buffer | undefined;

  constructor(exchange: Exchange, body: RequestBody | undefined, onOver: () => void) {
    this.#exchange = exchange;
    this.#body = body;
    this.#onOver = onOver;
    exchange.abortUpstream = () => this.abort();
  }

  /** Gives the call up; its connection is closed, because an answer may be on its way. */
  abort(): void {
    if (this.#exchange === undefined) return;
    this.#isAborted = true;
    this.#abort?.();
    this.#body?.destroy();
    // undici keeps a call that has no connection yet until it gets one.
    this.#release();
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#isConnected = true;
    this.#abort = abort;
    if (this.#isAborted) abort();
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    const exchange = this.#exchange;
    // 1xx are about the upstream's connection; the final answer follows.
    if (status < 200 || exchange?.response === undefined) return true;
    const headers = forwardResponseHeaders(raw, exchange.requestId);
    exchange.response.writeHead(status, reasonPhrase(statusText), headers);
    exchange.status = status;
    exchange.responseHeaders = headers;
    exchange.answeredMs = exchange.clock.monotonicMs();
    this.#leftBytes = hasNoBody(exchange, status) ? 0 : lengthOf(headers);
    // An event stream has no end to wait for.
    if (exchange.audit !== undefined && isEventStream(headers)) exchange.audit = undefined;
    // An answer that comes slowly must not wait for its first body byte; most come whole, and leave in one write.
    if (this.#leftBytes !== 0) process.nextTick(flushIfAlone, this);
    this.#resume = resume;
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#hasMore = true;
    const exchange = this.#exchange;
    if (exchange?.response === undefined) return true;
    exchange.responseBody.add(chunk);
    if (exchange.response.destroyed) return true;
    if (this.#leftBytes > 0 && (this.#leftBytes -= chunk.length) === 0) {
      this.#last = chunk;
      return true;
    }
    const hasRoom = exchange.response.write(chunk);
    if (!hasRoom && this.#resume !== undefined) exchange.response.once("drain", this.#resume);
    return hasRoom;
  }

  onComplete(trailers: readonly (string | Buffer)[] | null): void {
    this.#hasMore = true;
    const exchange = this.#exchange;
    const body = this.#body;
    const last = this.#last;
    this.#finish();
    if (exchange?.response === undefined || exchange.response.destroyed) return;
    if (trailers !== null && trailers.length > 0) exchange.response.addTrailers(pairsOf(trailers));
    endAnswer(exchange, exchange.response, last);
    if (body !== undefined) takeRest(exchange, body);
  }

  onError(error: Error): void {
    const exchange = this.#exchange;
    this.#body?.destroy();
    this.#finish();
    if (exchange === undefined || this.#isAborted || exchange.hasEnded) return;
    refuse(exchange, codeOf(error, this.#isConnected), describe(error));
  }

  /** Sends the headers when nothing came with them. */
  flush(): void {
    const response = this.#exchange?.response;
    if (response !== undefined && !this.#hasMore && !response.destroyed) response.flushHeaders();
  }

  #finish(): void {
    this.#onOver();
    this.#release();
    this.#abort = undefined;
  }

  #release(): void {
    if (this.#exchange !== undefined) {
      this.#exchange.upstreamEndedMs = this.#exchange.clock.monotonicMs();
      this.#exchange.abortUpstream = undefined;
    }
    this.#exchange = undefined;
    this.#body = undefined;
    this.#resume = undefined;
    this.#last = undefined;
  }
}

/** What the service did not want of the body; undici may have left it paused, and the connection stuck in the middle of it. */
function takeRest({ request, requestBody }: Exchange, body: RequestBody): void {
  if (request === undefined || request.complete) return;
  body.destroy();
  drain(request, requestBody);
}

function hasNoBody({ request }: Exchange, status: number): boolean {
  return request?.method === "HEAD" || status === 204 || status === 304;
}

/** Negative where the headers name none, or one that node:http frames by chunks all the same. */
function lengthOf(headers: readonly string[]): number {
  const length = headerValue(headers, "content-length");
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : -1;
}

function isEventStream(headers: readonly string[]): boolean {
  return headerValue(headers, "content-type")?.toLowerCase().startsWith("text/event-stream") === true;
}

function flushIfAlone(call: UpstreamCall): void {
  call.flush();
}

/**
 * The reason phrase in node:http's form, one character a byte; undici has decoded it as UTF-8. One that cannot be sent is left
 * out, for nobody decides by it.
 */
function reasonPhrase(text: string): string {
  if (text === "OK" || /^[\t -~]*$/.test(text)) return text;
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

/** Headers that say where a message ends have no place behind it (RFC 9110 §6.5.1). */
function isFraming(name: string): boolean {
  const { lower, staysAtAnswer } = headerName(name);
  return staysAtAnswer || lower === "content-length";
}

function pairsOf(raw: readonly (string | Buffer)[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    if (!isFraming(String(raw[index] ?? "")))
      pairs.push([String(raw[index] ?? ""), (raw[index + 1] ?? "").toString("latin1" as BufferEncoding)]);
  return pairs;
}
