import { formatFitting, type LogRecord } from "@gatelog/log-record";
import { Redactions, type Masker } from "@gatelog/masking";
import { bodyText, omittedBody, type BodyHeaders, type BodyText } from "./body-text.ts";
import { captureRule, type CaptureRule, type CaptureSettings } from "./capture-rule.ts";
import type { Exchange } from "./exchange.ts";
import { HeaderJson } from "./header-json.ts";
import { headerValue } from "./headers.ts";
import { isoTime } from "./iso-time.ts";
import { MaskedJson } from "./masked-json.ts";
import { callerView, callView } from "./meaning-view.ts";
import type { ReadCaller } from "./meaning/caller.ts";
import type { Meaning } from "./meaning/meaning.ts";
import { asciiTarget, pathOf, queryOf, readTraceparent } from "./request-line.ts";
import type { Route } from "./routes.ts";

/** What every record of this process shares. */
export interface RecordLinesOptions {
  readonly gateway: string;
  readonly boot: string;
  readonly masker: Masker;
  /** For calls without a route. */
  readonly capture: CaptureSettings & { readonly requestHeaders: readonly string[]; readonly responseHeaders: readonly string[] };
  readonly lineBytesMax: number;
  readonly readCaller?: ReadCaller | undefined;
}

/**
 * Makes the line of a call that has ended: everything that is known, masked, in the order of the schema.
 *
 * The line is put together from parts that are JSON already, since a record object and its serialization cost as much as the rest of
 * the gateway's own work; a test holds it equal to what formatRecord writes.
 *
 * **Guarantee**: never throws, for a number without a record would be a loss; no masked value is anywhere in the line; at most
 * `lineBytesMax`.
 */
export class RecordLines {
  readonly #options: RecordLinesOptions;
  readonly #defaultRule: CaptureRule;
  /** What stands between `requestTime` and the value of `seq`. */
  readonly #start: string;
  // Routes that a reload has dropped go with their last exchange.
  readonly #routes = new WeakMap<Route, string>();
  readonly #requestHeaders: HeaderJson;
  readonly #responseHeaders: HeaderJson;
  readonly #texts: ReturnType<typeof maskedTexts>;

  constructor(options: RecordLinesOptions) {
    const { gateway, boot, masker, capture } = options;
    this.#options = options;
    this.#defaultRule = captureRule(capture);
    this.#start = `,"gateway":${JSON.stringify(gateway)},"boot":${JSON.stringify(boot)},"seq":`;
    this.#requestHeaders = new HeaderJson(masker, "requestHeaders", capture.requestHeaders);
    this.#responseHeaders = new HeaderJson(masker, "responseHeaders", capture.responseHeaders);
    this.#texts = maskedTexts(masker);
  }

  /** The line, without its end. */
  of(exchange: Exchange): string {
    const { lineBytesMax } = this.#options;
    let line: string;
    try {
      line = this.#whole(exchange);
    } catch (error) {
      line = this.#bare(exchange, error);
    }
    // A UTF-16 unit has at most three bytes, so that most lines are known to fit without counting.
    if (line.length * 3 <= lineBytesMax || Buffer.byteLength(line) <= lineBytesMax) return line;
    return formatFitting(JSON.parse(line) as LogRecord, lineBytesMax);
  }

  /** What can be told without looking at anything that was sent. */
  #bare(exchange: Exchange, cause: unknown): string {
    const message = `the record could not be made: ${cause instanceof Error ? cause.name : "unknown error"}`;
    const error = JSON.stringify({ code: "GATELOG_GATEWAY_INTERNAL", message });
    return `${this.#head(exchange)}${number("status", exchange.status)},"error":${error}}`;
  }

  #head({ id, arrivedAtMs, seq }: Exchange): string {
    return `{"v":1,"id":"${id}","requestTime":"${isoTime(arrivedAtMs)}"${this.#start}${seq}`;
  }

  #whole(exchange: Exchange): string {
    const redactions = new Redactions();
    const { route } = exchange;
    const rule = route?.capture ?? this.#defaultRule;
    const isFailed = exchange.status >= 400 || exchange.failure !== undefined;
    const target = this.#target(exchange, redactions);
    const durationMs = roundMs(exchange.endedMs - exchange.startedMs);
    const ended = { id: exchange.id, status: exchange.status, isFailed, durationMs };
    const rules = route?.meaning;
    // Rules may find a failure that the status does not tell; what is kept follows from it.
    let level = rules === undefined ? rule.levelOf(ended) : "bodies";
    const request = this.#requestBody(exchange, { rule, redactions, isRead: level === "bodies" });
    const response = this.#responseBody(exchange, { rule, redactions, isRead: level === "bodies" });
    const meaning = rules?.read(
      callView(exchange, { isFailed, request, response, query: target.plainQuery, masker: this.#options.masker }),
    );
    if (meaning !== undefined) level = rule.levelOf({ ...ended, isFailed: !meaning.success });
    return (
      this.#head(exchange) +
      this.#meaning(exchange, { meaning, isFailed, redactions }) +
      times(exchange, durationMs) +
      this.#request(exchange, target.json, redactions) +
      (level === "off" ? "" : this.#headers(exchange, redactions)) +
      bodies(kept(request, requestType(exchange), rule, level), kept(response, responseType(exchange), rule, level), exchange) +
      this.#end(exchange, redactions)
    );
  }

  /** `env` to `labels`. */
  #meaning(exchange: Exchange, { meaning, isFailed, redactions }: Meant): string {
    const { route } = exchange;
    let json = route === undefined ? "" : this.#route(route);
    json += optional("operation", meaning?.operation);
    const { readCaller } = this.#options;
    const caller = readCaller?.(callerView(exchange));
    if (caller !== undefined) json += optional("caller", this.#options.masker.text(caller, redactions, "caller"));
    json += `,"success":${meaning?.success ?? !isFailed}`;
    if (meaning === undefined) return route?.labels === undefined ? json : `${json},"labels":${JSON.stringify(route.labels)}`;
    json += optional("bizCode", meaning.bizCode) + optional("bizMessage", meaning.bizMessage);
    if (meaning.bizKeys !== undefined) json += `,"bizKeys":${JSON.stringify(meaning.bizKeys)}`;
    return meaning.labels === undefined ? json : `${json},"labels":${JSON.stringify(meaning.labels)}`;
  }

  #route(route: Route): string {
    let json = this.#routes.get(route);
    if (json === undefined) {
      json = optional("env", route.env) + optional("project", route.project) + optional("route", route.name);
      this.#routes.set(route, json);
    }
    return json;
  }

  /** `url`, `path` and `query`, and the masked query for the rules. */
  #target({ target, client }: Exchange, redactions: Redactions): { json: string; plainQuery: string | undefined } {
    if (target === "") return { json: "", plainQuery: undefined };
    const ascii = asciiTarget(target);
    const query = queryOf(ascii);
    const path = this.#texts.path.of(pathOf(ascii), redactions);
    const origin = `${client.scheme}://${this.#texts.url.of(client.host ?? "", redactions)}`;
    if (query === undefined) return { json: `,"url":"${origin}${path}","path":"${path}"`, plainQuery: undefined };
    const plainQuery = this.#options.masker.query(query, redactions, "query");
    const masked = JSON.stringify(plainQuery).slice(1, -1);
    return { json: `,"url":"${origin}${path}?${masked}","path":"${path}","query":"${masked}"`, plainQuery };
  }

  /** `method` to `httpVersion`. */
  #request(exchange: Exchange, target: string, redactions: Redactions): string {
    const { request, client } = exchange;
    const texts = this.#texts;
    let json = optional("method", request?.method ?? exchange.malformedMethod) + target;
    if (client.clientIp !== "") json += `,"clientIp":${JSON.stringify(client.clientIp)}`;
    if (request === undefined) return json;
    const { headers } = request;
    if (headers["user-agent"] !== undefined) json += `,"userAgent":"${texts.userAgent.of(headers["user-agent"], redactions)}"`;
    if (headers.referer !== undefined) json += `,"referer":"${texts.referer.of(headers.referer, redactions)}"`;
    if (exchange.host !== undefined) json += `,"host":"${texts.host.of(exchange.host, redactions)}"`;
    return `${json},"httpVersion":"${request.httpVersion}"`;
  }

  #headers({ request, responseHeaders }: Exchange, redactions: Redactions): string {
    if (request === undefined) return "";
    const json = `,"requestHeaders":${this.#requestHeaders.of(request.rawHeaders, redactions)}`;
    return responseHeaders.length === 0 ? json : `${json},"responseHeaders":${this.#responseHeaders.of(responseHeaders, redactions)}`;
  }

  #requestBody(exchange: Exchange, how: BodyReading): BodyText {
    const headers = exchange.request?.headers;
    const sent = { contentType: headers?.["content-type"], contentEncoding: headers?.["content-encoding"] };
    return this.#body(exchange.requestBody, sent, how, "requestContent");
  }

  #responseBody(exchange: Exchange, how: BodyReading): BodyText {
    const contentEncoding = headerValue(exchange.responseHeaders, "content-encoding");
    return this.#body(exchange.responseBody, { contentType: responseType(exchange), contentEncoding }, how, "responseContent");
  }

  #body(tap: Exchange["requestBody"], sent: BodyHeaders, { rule, redactions, isRead }: BodyReading, path: string): BodyText {
    if (!isRead) return tap.bytes === 0 ? noBody : omittedBody;
    return bodyText(tap, sent, rule, { masker: this.#options.masker, redactions, path });
  }

  /** `upstream` to the end. */
  #end(exchange: Exchange, redactions: Redactions): string {
    const { failure, request } = exchange;
    let json = optional("upstream", exchange.upstream);
    if (exchange.attempts > 0) json += number("attempts", exchange.attempts);
    if (failure !== undefined) {
      const message = this.#options.masker.text(failure.message, redactions, "error.message");
      json += `,"error":${JSON.stringify({ code: failure.code, message })}`;
    }
    const trace = readTraceparent(request?.headers["traceparent"]);
    if (trace !== undefined) json += `,"traceId":"${trace.traceId}","spanId":"${trace.spanId}"`;
    json += this.#requestId(exchange, redactions);
    const redacted = redactions.list();
    return redacted === undefined ? `${json}}` : `${json},"redacted":${JSON.stringify(redacted)}}`;
  }

  /** Clients may send anything as their id; our own needs no look. */
  #requestId({ id, requestId }: Exchange, redactions: Redactions): string {
    if (requestId === id) return `,"requestId":"${id}"`;
    return optional("requestId", this.#options.masker.header("x-request-id", requestId, redactions, "requestId"));
  }
}

interface BodyReading {
  readonly rule: CaptureRule;
  readonly redactions: Redactions;
  /** False: nothing of it is wanted. */
  readonly isRead: boolean;
}

interface Meant {
  readonly meaning: Meaning | undefined;
  readonly isFailed: boolean;
  readonly redactions: Redactions;
}

const noBody: BodyText = {};

function maskedTexts(masker: Masker) {
  const authority = (path: string) => new MaskedJson(path, (text, redactions) => masker.header("host", text, redactions, path) ?? "");
  return {
    path: new MaskedJson("path", (text, redactions, path) => masker.path(text, redactions, path)),
    url: authority("url"),
    host: authority("host"),
    userAgent: new MaskedJson("userAgent", (text, redactions, path) => masker.text(text, redactions, path)),
    referer: new MaskedJson("referer", (text, redactions, path) => masker.url(text, redactions, path)),
  };
}

/** What the record keeps of a body that was read: nothing of one whose type or whose call is not to be kept. */
function kept(body: BodyText, contentType: string | undefined, rule: CaptureRule, level: string): BodyText {
  if (body.content === undefined) return body;
  return level === "bodies" && rule.takesType(contentType) ? body : omittedBody;
}

function requestType({ request }: Exchange): string | undefined {
  return request?.headers["content-type"];
}

function responseType({ responseHeaders }: Exchange): string | undefined {
  return headerValue(responseHeaders, "content-type");
}

/** `responseTime` to `status`. */
function times(exchange: Exchange, durationMs: number): string {
  const { arrivedAtMs, startedMs, answeredMs, upstreamStartedMs } = exchange;
  let json = `,"responseTime":"${isoTime(arrivedAtMs + durationMs)}","durationMs":${durationMs}`;
  if (upstreamStartedMs > 0) json += number("upstreamMs", roundMs(upstreamEnd(exchange) - upstreamStartedMs));
  if (answeredMs > 0) json += number("ttfbMs", roundMs(answeredMs - startedMs));
  return json + number("status", exchange.status);
}

/** `requestContent` to `responseEncoding`. */
function bodies(request: BodyText, response: BodyText, exchange: Exchange): string {
  let json = optional("requestContent", request.content) + optional("responseContent", response.content);
  json += number("requestBytes", exchange.requestBody.bytes) + number("responseBytes", exchange.responseBody.bytes);
  if (request.truncated) json += `,"requestTruncated":true`;
  if (response.truncated) json += `,"responseTruncated":true`;
  if (request.encoding !== undefined) json += `,"requestEncoding":"${request.encoding}"`;
  return response.encoding === undefined ? json : `${json},"responseEncoding":"${response.encoding}"`;
}

/** `,"name":"value"`, or nothing. */
function optional(name: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":${JSON.stringify(value)}`;
}

function number(name: string, value: number): string {
  return `,"${name}":${value}`;
}

function upstreamEnd(exchange: Exchange): number {
  return exchange.upstreamEndedMs > 0 ? exchange.upstreamEndedMs : exchange.endedMs;
}

function roundMs(ms: number): number {
  return Math.max(0, Math.round(ms * 1000) / 1000);
}
