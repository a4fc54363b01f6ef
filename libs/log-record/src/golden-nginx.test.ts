import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseLine, toRow } from "./index.ts";

/** Written by nginx 1.22 with its Lua module, running the original's configuration, for the calls named below. */
const lines = readFileSync(join(import.meta.dirname, "golden/nginx-1.22-lua-access.log"), "utf8")
  .trimEnd()
  .split("\n");
const replaced = "bytes that are not UTF-8 were replaced";

interface Expected {
  readonly call: string;
  readonly fields: Record<string, unknown>;
  readonly parseError?: string;
}

const calls: readonly Expected[] = [
  {
    call: "the article's POST",
    fields: {
      path: "/springboot-demo/hello",
      url: "http://47.96.238.21:18431/springboot-demo/hello",
      status: 200,
      success: true,
      requestTime: "2026-11-24T02:38:38.000+08:00",
      requestContent: "segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》",
      responseContent: "Hello!Spring boot!",
    },
  },
  {
    call: "a POST of JSON that is answered with JSON",
    fields: {
      path: "/json",
      query: "a=1&b=%E6%97%A5",
      requestContent: '{"title":"日志","quote":"\\"","path":"C:\\\\x"}',
      responseContent: '{"name":"张三","note":"a\\"b\\\\c","tab":"\\t"}\n',
    },
  },
  { call: "a POST of control characters and an emoji", fields: { requestContent: "line1\nline2\ttab\u0001\u007f😀" } },
  {
    call: "a HEAD",
    fields: { status: 200, requestTime: "", requestContent: undefined, url: undefined },
    parseError: "requestTime is missing",
  },
  { call: "a GET", fields: { requestContent: undefined, responseContent: "Hello!Spring boot!" } },
  {
    call: "an answer of 1,500 bytes, cut at 1,000 within a character",
    fields: { path: "/long", responseContent: `${"日".repeat(333)}\uFFFD` },
    parseError: replaced,
  },
  { call: "a POST of GBK", fields: { path: "/gbk", requestContent: "\uFFFD\uFFFD" }, parseError: replaced },
  { call: "a POST of 40,000 bytes, over nginx's buffer", fields: { status: 204, requestContent: undefined, responseContent: undefined } },
  { call: "a POST of a dash", fields: { requestContent: undefined } },
];

test.each(calls.map((expected, index) => ({ ...expected, line: lines[index]! })))(
  "the original's line for $call is read",
  ({ line, fields, parseError }) => {
    const parsed = parseLine(Buffer.from(line), { seedTimeZone: "Asia/Shanghai" });
    if (parsed.kind !== "record") throw new Error(line);
    const record: Record<string, unknown> = parsed.record;
    expect(Object.fromEntries(Object.keys(fields).map((field) => [field, record[field]]))).toEqual(fields);
    expect(parsed.parseError).toBe(parseError);
    expect(parsed.extra).toBeUndefined();
    const row = toRow(parsed, { id: "019ab123-4567-8abc-8def-0123456789ab", time: "2026-11-23T18:38:38.000Z" }, line);
    expect(row["raw_line"]).toBe(parseError === undefined ? null : line);
  },
);

test("every line of the file is held to a call", () => expect(lines).toHaveLength(calls.length));
