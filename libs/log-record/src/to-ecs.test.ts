import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyExtra, anyRecord } from "./arbitraries.test-helper.ts";
import {
  elasticsearchTemplate,
  formatRecord,
  identify,
  minimalEcs,
  parseLine,
  repairJson,
  toEcs,
  type EcsDocument,
  type LogRecord,
} from "./index.ts";

const zone = { seedTimeZone: "Asia/Shanghai" };
const id = "019ab123-4567-7abc-8def-0123456789ab";
const record: LogRecord = { v: 1, id, requestTime: "2026-11-23T16:00:00.123+08:00", gateway: "gw", boot: "b", seq: 3 };
const identity = { id, time: "2026-11-23T08:00:00.123Z" };

function documentOf(line: string): EcsDocument {
  return toEcs(parseLine(line, zone), { id, time: identify(Buffer.from(line), zone).time }, line);
}

/** Dotted names of what a document holds. */
function leavesOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, path === "" ? key : `${path}.${key}`));
}

/** Dotted names of what a mapping has. */
function mappedOf(properties: object, path = ""): string[] {
  return Object.entries(properties as Record<string, { properties?: object }>).flatMap(([key, mapping]) => {
    const name = path === "" ? key : `${path}.${key}`;
    return mapping.properties === undefined ? [name] : mappedOf(mapping.properties, name);
  });
}

function mappings(): { dynamic: unknown; properties: object } {
  return (elasticsearchTemplate({ name: "gatelog" }) as { template: { mappings: { dynamic: unknown; properties: object } } }).template
    .mappings;
}

test("a record has ECS names where ECS has them, and gatelog's for the rest", () => {
  const line = formatRecord({
    ...record,
    success: true,
    durationMs: 2.25,
    status: 200,
    method: "POST",
    url: "http://h/a?b",
    path: "/a",
    query: "b",
    clientIp: "10.0.0.1",
    userAgent: "curl",
    requestHeaders: { accept: "*/*", twice: ["1", "2"] },
    requestContent: "日志",
    responseContent: "ok",
    requestId: "r",
    traceId: "t",
    user: "u",
    bizCode: "E1",
    labels: { team: "a" },
    error: { code: "C", message: "m" },
  });
  expect(documentOf(line)).toEqual({
    "@timestamp": "2026-11-23T08:00:00.123Z",
    ecs: { version: "8.11.0" },
    event: {
      id,
      kind: "event",
      category: ["web"],
      type: ["access"],
      dataset: "gatelog.call",
      start: "2026-11-23T16:00:00.123+08:00",
      duration: 2_250_000,
      outcome: "success",
    },
    http: {
      request: { method: "POST", id: "r", headers: ["accept: */*", "twice: 1", "twice: 2"], body: { content: "日志" } },
      response: { status_code: 200, body: { content: "ok" } },
    },
    url: { full: "http://h/a?b", path: "/a", query: "b" },
    source: { ip: "10.0.0.1" },
    user_agent: { original: "curl" },
    user: { name: "u" },
    trace: { id: "t" },
    error: { code: "C", message: "m" },
    gatelog: { v: 1, gateway: "gw", boot: "b", seq: 3, success: true, biz_code: "E1", labels: ["team: a"] },
  });
});

test("whatever a record holds, its document has only mapped fields, and the mapping grows by none", () => {
  const { dynamic, properties } = mappings();
  const mapped = new Set(mappedOf(properties));
  expect(dynamic).toBe(false);
  fc.assert(
    fc.property(anyRecord, anyExtra, (record, extra) => {
      const leaves = leavesOf(documentOf(formatRecord(record, extra)));
      expect(leaves.filter((leaf) => !mapped.has(leaf))).toEqual([]);
    }),
  );
});

test("no document holds NUL or half a character, and one that was mended keeps its line", () => {
  fc.assert(
    fc.property(anyRecord, anyExtra, (record, extra) => {
      const document = documentOf(formatRecord(record, extra));
      expect(repairJson(document).repaired).toBe(false);
    }),
  );
  const line = formatRecord({ ...record, path: "/\0" });
  expect(documentOf(line)).toMatchObject({
    url: { path: "/\uFFFD" },
    event: { original: line },
    gatelog: { parse_error: "NUL, half characters or too many levels were replaced" },
  });
});

test("what is no record is found by its line", () => {
  expect(documentOf("no record")).toMatchObject({
    "@timestamp": "1970-01-01T00:00:00.000Z",
    event: { id, original: "no record" },
    gatelog: { parse_error: "not valid JSON" },
  });
});

test("the minimal document has the time, the id, the line and the reason", () => {
  expect(minimalEcs(identity, "a\0line", { code: "mapper_parsing_exception", message: "failed" })).toEqual({
    "@timestamp": identity.time,
    ecs: { version: "8.11.0" },
    event: { id, kind: "event", category: ["web"], type: ["access"], dataset: "gatelog.call", original: "a\uFFFDline" },
    error: { code: "mapper_parsing_exception", message: "failed" },
    gatelog: { parse_error: "stored without its fields: Elasticsearch refused them" },
  });
});

test("the template uses no type beyond the free core", () => {
  const types = [...JSON.stringify(mappings()).matchAll(/"type":"(\w+)"/g)].map((match) => match[1]);
  expect(new Set(types)).toEqual(new Set(["boolean", "date", "double", "geo_point", "ip", "keyword", "long", "text"]));
});
