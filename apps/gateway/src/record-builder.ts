import type { LogRecord } from "@gatelog/log-record";
import { Redactions, type Masker } from "@gatelog/masking";
import { bodyText, type BodyHeaders, type BodyText } from "./body-text.ts";
import type { Exchange } from "./exchange.ts";
import { isoTime } from "./iso-time.ts";
import { asciiTarget, pathOf, queryOf, readable, readTraceparent } from "./request-line.ts";

/** What every record of this process shares. */
export interface RecordBuilderOptions {
  readonly gateway: string;
  readonly boot: string;
  readonly masker: Masker;
  readonly bodyBytesMax: number;
}

type Fields = { -readonly [Field in keyof LogRecord]: LogRecord[Field] | undefined };

/**
 * Makes the record of a call that has ended: everything that is known, masked.
 *
 * **Guarantee**: never throws, for a number without a record would be a loss; no masked value is anywhere in the record.
 */
export class RecordBuilder {
  readonly #options: RecordBuilderOptions;

  constructor(options: RecordBuilderOptions) {
    this.#options = options;
  }

  build(exchange: Exchange): LogRecord {
    try {
      return this.#whole(exchange);
    } catch (error) {
      return this.#bare(exchange, error);
    }
  }

  /** What can be told without looking at anything that was sent. */
  #bare(exchange: Exchange, error: unknown): LogRecord {
    const { gateway, boot } = this.#options;
    const message = `the record could not be made: ${error instanceof Error ? error.name : "unknown error"}`;
    return {
      v: 1,
      id: exchange.id,
      requestTime: isoTime(exchange.arrivedAtMs),
      gateway,
      boot,
      seq: exchange.seq,
      status: exchange.status,
      requestId: exchange.requestId,
      error: { code: "GATELOG_GATEWAY_INTERNAL", message },
    };
  }

  #whole(exchange: Exchange): LogRecord {
    const redactions = new Redactions();
    const { gateway, boot } = this.#options;
    const durationMs = roundMs(exchange.endedMs - exchange.startedMs);
    const { route, failure } = exchange;
    const fields: Fields = {
      v: 1,
      id: exchange.id,
      requestTime: isoTime(exchange.arrivedAtMs),
      gateway,
      boot,
      seq: exchange.seq,
      env: route?.env,
      project: route?.project,
      route: route?.name,
      success: exchange.status < 400 && failure === undefined,
      responseTime: isoTime(exchange.arrivedAtMs + durationMs),
      durationMs,
      upstreamMs: exchange.upstreamStartedMs > 0 ? roundMs(upstreamEnd(exchange) - exchange.upstreamStartedMs) : undefined,
      ttfbMs: exchange.answeredMs > 0 ? roundMs(exchange.answeredMs - exchange.startedMs) : undefined,
      status: exchange.status,
      upstream: exchange.upstream,
      attempts: exchange.attempts > 0 ? exchange.attempts : undefined,
      error: failure && { code: failure.code, message: this.#options.masker.text(failure.message, redactions, "error.message") },
      requestId: exchange.requestId,
    };
    this.#addRequest(fields, exchange, redactions);
    this.#addBodies(fields, exchange, redactions);
    fields.redacted = redactions.list();
    return withoutUndefined(fields);
  }

  #addRequest(fields: Fields, exchange: Exchange, redactions: Redactions): void {
    const { masker } = this.#options;
    const { request, client } = exchange;
    const target = asciiTarget(exchange.target);
    const query = queryOf(target);
    fields.method = request?.method ?? exchange.malformedMethod;
    fields.clientIp = client.clientIp || undefined;
    if (target !== "") {
      fields.path = masker.url(pathOf(target), redactions, "path");
      fields.query = query === undefined ? undefined : masker.query(query, redactions, "query");
      const origin = `${client.scheme}://${masker.header("host", readable(client.host ?? ""), redactions, "url")}`;
      fields.url = origin + fields.path + (fields.query === undefined ? "" : `?${fields.query}`);
    }
    if (request === undefined) return;
    const { headers } = request;
    fields.host = readableHeader(exchange.host, (text) => masker.header("host", text, redactions, "host"));
    fields.httpVersion = request.httpVersion;
    fields.userAgent = readableHeader(headers["user-agent"], (text) => masker.text(text, redactions, "userAgent"));
    fields.referer = readableHeader(headers.referer, (text) => masker.url(text, redactions, "referer"));
    const trace = readTraceparent(headers["traceparent"]);
    fields.traceId = trace?.traceId;
    fields.spanId = trace?.spanId;
    fields.requestHeaders = this.#maskHeaders(request.rawHeaders, redactions, "requestHeaders");
    if (exchange.responseHeaders.length > 0)
      fields.responseHeaders = this.#maskHeaders(exchange.responseHeaders, redactions, "responseHeaders");
  }

  #addBodies(fields: Fields, exchange: Exchange, redactions: Redactions): void {
    const { masker, bodyBytesMax } = this.#options;
    const mask = (path: string) => (text: string, kind: "json" | "form" | "other") => masker.body(text, kind, redactions, path);
    fields.requestBytes = exchange.requestBody.bytes;
    fields.responseBytes = exchange.responseBody.bytes;
    const request = bodyText(exchange.requestBody, requestHeadersOf(exchange), bodyBytesMax, mask("requestContent"));
    const response = bodyText(exchange.responseBody, responseHeadersOf(exchange), bodyBytesMax, mask("responseContent"));
    Object.assign(fields, named("request", request), named("response", response));
  }

  /** By lower-case name; values of a repeated header joined as RFC 9110 allows. */
  #maskHeaders(raw: readonly string[], redactions: Redactions, path: string): Record<string, string> {
    // Without a prototype, so that a header named __proto__ is only a header.
    const headers = Object.create(null) as Record<string, string>;
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = (raw[index] ?? "").toLowerCase();
      const value = this.#options.masker.header(name, readable(raw[index + 1] ?? ""), redactions, `${path}.${name}`);
      const before = headers[name];
      headers[name] = before === undefined || before === value ? value : `${before}, ${value}`;
    }
    return headers;
  }
}

function named(prefix: "request" | "response", body: BodyText): Record<string, unknown> {
  return { [`${prefix}Content`]: body.content, [`${prefix}Truncated`]: body.truncated, [`${prefix}Encoding`]: body.encoding };
}

function requestHeadersOf({ request }: Exchange): BodyHeaders {
  return { contentType: request?.headers["content-type"], contentEncoding: request?.headers["content-encoding"] };
}

function responseHeadersOf({ responseHeaders }: Exchange): BodyHeaders {
  return { contentType: headerValue(responseHeaders, "content-type"), contentEncoding: headerValue(responseHeaders, "content-encoding") };
}

function headerValue(raw: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const candidate = raw[index] ?? "";
    if (candidate.length === name.length && candidate.toLowerCase() === name) return raw[index + 1];
  }
  return undefined;
}

function readableHeader(value: string | undefined, mask: (text: string) => string): string | undefined {
  return value === undefined ? undefined : mask(readable(value));
}

function upstreamEnd(exchange: Exchange): number {
  return exchange.upstreamEndedMs > 0 ? exchange.upstreamEndedMs : exchange.endedMs;
}

function roundMs(ms: number): number {
  return Math.max(0, Math.round(ms * 1000) / 1000);
}

/** formatRecord leaves out what is undefined; the type is the record's. */
function withoutUndefined(fields: Fields): LogRecord {
  return fields as LogRecord;
}
