import { Type, type Static } from "typebox";
import {
  address,
  body,
  choice,
  duration,
  failure,
  flag,
  headers,
  integer,
  keyword,
  millis,
  text,
  time,
  wordMap,
  words,
} from "./field-kinds.ts";

/** How a body is kept when it is not plain text. */
export const bodyEncodings = ["text", "base64", "omitted"] as const;

const optional = Type.Optional;

/** Places a field: `column` in SQL, `ecs` in Elasticsearch (`gatelog.<column>` unless ECS has a name for it). */
function at(column: string, description: string, ecs = `gatelog.${column}`) {
  return { column, ecs, description };
}

/**
 * The record of one API call, version 1: the single source of the TypeScript type, the JSON Schema, the serializer,
 * the reader, the Elasticsearch mapping and the SQL columns. The order of its keys is the order in a line.
 *
 * **Shape**: `{"v":1,"id":"0199…","requestTime":"2026-11-23T16:00:00.000+08:00","gateway":"gw-1","boot":"b1","seq":1,…}`.
 */
export const recordSchema = Type.Object(
  {
    v: Type.Literal(1, {
      description: "Schema version",
      notes: { column: "v", table: "interface_log", storage: "integer", max: 1, ecs: "gatelog.v", search: { type: "long" } },
    }),
    id: Type.String({ description: "UUID v7, minted once by the gateway at arrival" }),
    requestTime: time(at("request_time", "First byte in; ISO 8601, milliseconds, with offset", "event.start")),
    gateway: keyword(at("gateway", "Instance name of the gateway"), 256),
    boot: keyword(at("boot", "Identity of this start of the gateway (each worker has its own)"), 256),
    seq: integer(at("seq", "1, 2, 3 … within the boot, given at arrival; a gap is a loss"), 1),
    env: optional(keyword(at("env", "Environment, from the route's configuration"), 256)),
    project: optional(keyword(at("project", "Project, from the route's configuration"), 256)),
    route: optional(keyword(at("route", "Name of the route"), 256)),
    operation: optional(keyword(at("operation", "SOAPAction, first Body child or OpenAPI operationId"), 512)),
    caller: optional(keyword(at("caller", "API key name, client certificate or app id"), 256)),
    user: optional(keyword(at("user_name", "Verified JWT subject", "user.name"), 256)),
    success: optional(flag(at("success", "By the route's rules; without one: status < 400"))),
    bizCode: optional(keyword(at("biz_code", "The answer's own code, by the route's rules"), 256)),
    bizMessage: optional(text(at("biz_message", "The answer's own message, by the route's rules"), 4096)),
    bizKeys: optional(words(at("biz_keys", "Document numbers that people search by"))),
    labels: optional(wordMap(at("labels", "Added by route, hook or filter"))),
    responseTime: optional(time(at("response_time", "requestTime + durationMs", "event.end"))),
    durationMs: optional(duration(at("duration_ms", "From the first byte in to the last byte out", "event.duration"))),
    upstreamMs: optional(millis(at("upstream_ms", "What the upstream took"))),
    ttfbMs: optional(millis(at("ttfb_ms", "Until the first byte of the answer"))),
    status: optional(integer(at("status", "Sent to the client; 499: the client left", "http.response.status_code"), 0, 999)),
    method: optional(keyword(at("method", "HTTP verb", "http.request.method"), 64)),
    url: optional(keyword(at("url", "Full URL as the client saw it", "url.full"), 8192, true)),
    path: optional(keyword(at("path", "Percent-encoded as received", "url.path"), 2048, true)),
    query: optional(keyword(at("query", "Without the question mark", "url.query"), 8192, true)),
    clientIp: optional(address(at("client_ip", "Address of the client, behind trusted proxies", "source.ip"), 64)),
    userAgent: optional(keyword(at("user_agent", "User-Agent", "user_agent.original"), 1024, true)),
    referer: optional(keyword(at("referer", "Referer", "http.request.referrer"), 2048)),
    host: optional(keyword(at("host", "Host header as received", "server.address"), 256)),
    httpVersion: optional(keyword(at("http_version", "1.0, 1.1, 2", "http.version"), 16)),
    requestHeaders: optional(headers(at("request_headers", "Masked, of a configured list", "http.request.headers"))),
    responseHeaders: optional(headers(at("response_headers", "Masked, of a configured list", "http.response.headers"))),
    requestContent: optional(body(at("request_content", "Decoded, masked, then cut on a character boundary", "http.request.body.content"))),
    responseContent: optional(
      body(at("response_content", "Decoded, masked, then cut on a character boundary", "http.response.body.content")),
    ),
    requestBytes: optional(integer(at("request_bytes", "On the wire, also when cut", "http.request.body.bytes"), 0)),
    responseBytes: optional(integer(at("response_bytes", "On the wire, also when cut", "http.response.body.bytes"), 0)),
    requestTruncated: optional(flag(at("request_truncated", "requestContent was cut"))),
    responseTruncated: optional(flag(at("response_truncated", "responseContent was cut"))),
    requestEncoding: optional(choice(at("request_encoding", "How requestContent is kept; absent when plain text"), bodyEncodings)),
    responseEncoding: optional(choice(at("response_encoding", "How responseContent is kept; absent when plain text"), bodyEncodings)),
    upstream: optional(keyword(at("upstream", "Which server answered"), 512)),
    attempts: optional(integer(at("attempts", "After how many tries"), 0, 1_000_000)),
    error: optional(failure(at("error", "What went wrong at the gateway", "error"))),
    traceId: optional(keyword(at("trace_id", "W3C traceparent", "trace.id"), 64)),
    spanId: optional(keyword(at("span_id", "W3C traceparent", "span.id"), 64)),
    requestId: optional(keyword(at("request_id", "X-Request-Id, which every response carries", "http.request.id"), 256)),
    redacted: optional(words(at("redacted", "What was masked, by path, never its value"))),
  },
  { $id: "gatelog-record-v1", title: "gatelog record, version 1", additionalProperties: true },
);

/** One API call. */
export type LogRecord = Static<typeof recordSchema>;

/** A field of the record. */
export type RecordField = keyof LogRecord;
