import type { IncomingMessage } from "node:http";
import { formatFitting, formatRecord, parseLine, type LogRecord } from "@gatelog/log-record";
import { createMasker } from "@gatelog/masking";
import { systemClock } from "@gatelog/pipeline";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureBudget } from "./capture-budget.ts";
import { captureLevels, captureRule } from "./capture-rule.ts";
import { errors, type GatewayErrorCode } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { compileCaller } from "./meaning/caller.ts";
import { compileMeaning } from "./meaning/meaning.ts";
import { RecordLines } from "./record-line.ts";
import type { Route } from "./routes.ts";

const id = "0199e2d4-5b2c-7a10-8000-000000000001";
const codes = Object.keys(errors) as GatewayErrorCode[];
const settings = { bodyBytesMax: 2000, sample: 0.5, slowerThanMs: 0, statuses: [], contentTypes: [] };
const capture = { ...settings, sample: 1, level: "bodies", binary: "base64", requestHeaders: ["*"], responseHeaders: ["*"] } as const;
const budget = new CaptureBudget(1_000_000_000);
const latin1 = (max = 60) =>
  fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: max });
const utf8 = fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => Buffer.from(text.replaceAll(/\p{Cc}/gu, "")).toString("latin1"));
const value = fc.oneof(latin1(), utf8, fc.constantFrom("Bearer abc", "a=1; b=2", "https://u:p@h/x?token=1#a", 'a"\\b'));
const name = fc.constantFrom("Accept", "accept", "X-Note", "cookie", "__proto__", "constructor", "authorization", "X-Id", "x-app-id");
const headers = fc.array(fc.tuple(name, value), { maxLength: 6 });
const type = fc.constantFrom(
  "application/json",
  "text/xml",
  "application/x-www-form-urlencoded",
  "text/plain; charset=gbk",
  "image/png",
  "",
);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ stringUnit: "grapheme" }).map((text) => Buffer.from(text)),
  fc.string({ unit: "grapheme", maxLength: 3000, size: "max" }).map((text) => Buffer.from(text)),
  fc.constant(Buffer.from('{"code":"E1","msg":"no\\n","password":"tr0ub4dor"}')),
);
const times = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 4, maxLength: 4 });

const rules = compileMeaning(
  { success: { json: "$.code", in: ["0"] }, bizCode: { json: "$.code" }, bizMessage: { json: "$.msg" }, bizKeys: [{ header: "x-note" }] },
  Object.freeze({ team: "t" }),
);
const route = fc
  .tuple(
    fc.constantFrom(rules, undefined),
    fc.constantFrom(...captureLevels),
    fc.constantFrom("omitted" as const, "base64" as const),
    fc.option(fc.constant("ci"), { nil: undefined }),
  )
  .map(([meaning, level, binary, env]): Route => ({
    name: 'route "1"',
    project: "项目",
    env,
    labels: env === undefined ? undefined : { team: "t" },
    meaning,
    capture: captureRule({ ...settings, level, binary }, true),
    isAudited: false,
    prefix: "",
    upstream: { name: "u", servers: [], hostHeader: "client", next: 0 },
    file: "f",
  }));

/** What a call may turn out to be, however far it came. */
const anyCall = fc.record({
  request: fc.option(
    fc.record({
      method: fc.constantFrom("GET", "POST", "PROPFIND"),
      headers,
      type,
      known: fc.record({ "user-agent": value, referer: value, traceparent: value }, { requiredKeys: [] }),
    }),
    { nil: undefined },
  ),
  target: fc.oneof(
    fc.constantFrom("", "/a/b"),
    fc.tuple(latin1(30), latin1(30)).map((parts) => `/${parts.join("?")}`),
  ),
  host: fc.option(value, { nil: undefined }),
  route: fc.option(route, { nil: undefined }),
  status: fc.constantFrom(0, 200, 404, 499, 502),
  responseHeaders: headers,
  responseType: type,
  bodies: fc.tuple(content, content),
  failure: fc.option(fc.tuple(fc.constantFrom(...codes), fc.string({ maxLength: 30 })), { nil: undefined }),
  requestId: fc.constantFrom(id, "client-1", "13800138000"),
  times,
  isForwarded: fc.boolean(),
});
type AnyCall = typeof anyCall extends fc.Arbitrary<infer Call> ? Call : never;

function exchangeOf(call: AnyCall): Exchange {
  const [startedMs = 0, answeredMs = 0, upstreamEndedMs = 0, endedMs = 0] = call.times;
  const { request: sent, host } = call;
  const request = sent && {
    method: sent.method,
    httpVersion: "1.1",
    headers: { ...sent.known, "content-type": sent.type || undefined },
    rawHeaders: sent.headers.flat(),
  };
  const exchange = new Exchange({
    seq: 7,
    id,
    arrivedAtMs: 1_795_458_684_831,
    startedMs,
    clock: systemClock,
    socket: {} as never,
    request: request as IncomingMessage | undefined,
    client: { clientIp: "1.1.1.1", scheme: "http", host, behindProxy: false },
    peer: "1.1.1.1",
    bodyBytesMax: 2000,
    budget,
  });
  exchange.requestBody.add(call.bodies[0]);
  exchange.responseBody.add(call.bodies[1]);
  if (call.failure !== undefined) exchange.fail(...call.failure);
  const upstream = call.isForwarded ? { upstream: "http://10.0.0.1:80", attempts: 1, upstreamStartedMs: startedMs, upstreamEndedMs } : {};
  const { target, route: taken, status, requestId } = call;
  const responseHeaders = [...call.responseHeaders.flat(), ...(call.responseType === "" ? [] : ["Content-Type", call.responseType])];
  return Object.assign(exchange, { target, host, route: taken, status, requestId, responseHeaders, answeredMs, endedMs }, upstream);
}

function recordLines(lineBytesMax: number): RecordLines {
  const readCaller = compileCaller([{ header: "x-app-id" }]);
  return new RecordLines({ gateway: 'gw "1"', boot: "b", masker: createMasker({ profile: "cn-pipl" }), capture, lineBytesMax, readCaller });
}

describe("the line of any call", () => {
  const lines = recordLines(1_000_000);

  test("is byte for byte what formatRecord writes of its record, and read without faults", () => {
    fc.assert(
      fc.property(anyCall, (call) => {
        const line = lines.of(exchangeOf(call));
        expect(formatRecord(JSON.parse(line) as LogRecord)).toBe(line);
        const parsed = parseLine(line, { seedTimeZone: "UTC" });
        expect(parsed).toMatchObject({ kind: "record", form: "v1", record: { id, seq: 7, requestBytes: call.bodies[0].length } });
        expect(parsed).not.toHaveProperty("parseError");
        expect(parsed).not.toHaveProperty("extra");
      }),
      { numRuns: 500 },
    );
  });

  test("is the same whatever calls came before", () => {
    fc.assert(
      fc.property(fc.array(anyCall, { minLength: 1, maxLength: 5 }), (calls) => {
        const used = recordLines(1_000_000);
        for (const call of calls) expect(used.of(exchangeOf(call))).toBe(recordLines(1_000_000).of(exchangeOf(call)));
      }),
    );
  });

  test("that would be too long is cut as formatFitting cuts it", () => {
    const short = recordLines(4096);
    fc.assert(
      fc.property(anyCall, (call) => {
        const line = lines.of(exchangeOf(call));
        const cut = short.of(exchangeOf(call));
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(4096);
        expect(cut).toBe(formatFitting(JSON.parse(line) as LogRecord, 4096));
      }),
      { numRuns: 300 },
    );
  });
});
