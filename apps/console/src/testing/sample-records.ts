import { mintId, type LogRecord } from "@gatelog/log-record";

/** What differs from an ordinary successful call. */
export type SampleCall = Partial<Omit<LogRecord, "v" | "id" | "requestTime">> & { readonly agoMs?: number };

let seq = 0;

/** A record as a gateway writes it: `POST /springboot-demo/hello` answered 200, now or `agoMs` before. */
export function sampleRecord({ agoMs = 0, ...call }: SampleCall = {}): LogRecord {
  const atMs = Date.now() - agoMs;
  const durationMs = call.durationMs ?? 12.4;
  const path = call.path ?? "/springboot-demo/hello";
  const query = call.query === undefined ? "" : `?${call.query}`;
  const status = call.status ?? 200;
  seq += 1;
  return {
    v: 1,
    id: mintId(atMs),
    requestTime: new Date(atMs).toISOString(),
    gateway: "gw-1",
    boot: "0199f3a2",
    seq,
    env: "dev",
    project: "demo",
    route: "hello",
    success: status < 400,
    responseTime: new Date(atMs + durationMs).toISOString(),
    durationMs,
    upstreamMs: Math.round(durationMs * 93) / 100,
    ttfbMs: Math.round(durationMs * 95) / 100,
    status,
    method: "POST",
    url: `http://api.example.com${path}${query}`,
    path,
    clientIp: "10.20.30.41",
    userAgent: "okhttp/4.12.0",
    host: "api.example.com",
    httpVersion: "1.1",
    requestHeaders: { "content-type": "application/json", accept: "*/*", authorization: "***", "user-agent": "okhttp/4.12.0" },
    responseHeaders: { "content-type": "application/json;charset=UTF-8", "x-request-id": `req-${seq}`, vary: ["Origin", "Accept"] },
    upstream: "http://10.1.4.17:8080",
    attempts: 1,
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    requestId: `req-${seq}`,
    redacted: ["requestHeaders.authorization"],
    requestBytes: call.requestContent === undefined ? 0 : Buffer.byteLength(call.requestContent),
    responseBytes: call.responseContent === undefined ? 0 : Buffer.byteLength(call.responseContent),
    ...call,
  };
}
