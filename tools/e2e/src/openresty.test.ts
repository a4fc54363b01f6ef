import { isUtf8 } from "node:buffer";
import { parseLine, type LogRecord } from "@gatelog/log-record";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasNginx, startPair, type Call, type Lines, type Pair } from "./openresty-pair.ts";
import { largeAnswer, longAnswer, quotedAnswer, startArticleService } from "./openresty-upstream.ts";

const seedFields = ["status", "requestTime", "responseTime", "requestURL", "method", "requestContent", "responseContent"];
const path = "/springboot-demo/hello";
const post = (body: string, to = path): Call => ({ method: "POST", path: to, body });
const largeBody = JSON.stringify({ text: "这是对kafka的测试".repeat(1200) });
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A line as the stages after the gateway read it. */
function read(line: Buffer): { record: LogRecord; parseError: string | undefined } {
  const parsed = parseLine(line, { seedTimeZone: zone });
  if (parsed.kind !== "record") throw new Error(`not read as a record: ${line.toString()}`);
  expect(parsed.form).toBe("seed");
  return { record: parsed.record, parseError: parsed.parseError };
}

/** The seven fields but the times and the port, which differ from call to call. */
function comparable({ record }: ReturnType<typeof read>): Record<string, unknown> {
  const { status, path, query, requestContent, responseContent } = record;
  return { status, path, query, url: record.url?.replace(/:\d+\//, "/"), requestContent, responseContent };
}

function secondsBetween(a: string | undefined, b: string | undefined): number {
  return Math.abs(Date.parse(a ?? "") - Date.parse(b ?? "")) / 1000;
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString());
    return isUtf8(line);
  } catch {
    return false;
  }
}

describe.skipIf(!hasNginx())("the article's gateway and ours, sent the same calls", () => {
  let service: Awaited<ReturnType<typeof startArticleService>>;
  let pair: Pair;
  beforeAll(async () => {
    service = await startArticleService();
    pair = await startPair(service.port);
  });
  afterAll(async () => {
    await pair?.stop();
    await service?.close();
  });

  /** Both lines; ours is held to what holds for each of them. */
  async function call(what: Call): Promise<Lines> {
    const lines = await pair.call(what);
    expect(isJson(lines.ours)).toBe(true);
    expect(Object.entries(JSON.parse(lines.ours.toString()) as object).map(([name, value]) => [name, typeof value])).toEqual(
      seedFields.map((name) => [name, "string"]),
    );
    return lines;
  }

  test.each<[string, Call]>([
    ["the article's POST of Chinese text", post("segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》")],
    ["a GET", { method: "GET", path: `${path}?a=1&b=%E6%97%A5` }],
    ["a 204", { method: "GET", path: "/springboot-demo/empty" }],
    ["a 404", { method: "GET", path: "/springboot-demo/missing" }],
    ["a POST of quotes and backslashes", post('{"title":"日志","quote":"\\"","path":"C:\\\\x"}')],
    ["an answer of quotes and backslashes", { method: "GET", path: "/springboot-demo/quoted" }],
    ["a POST of control characters and an emoji", post("line1\nline2\ttab\u0001\u007f😀")],
  ])("write the same seven fields for %s", async (_, what) => {
    const { original, ours } = await call(what);
    const [theirs, mine] = [read(original), read(ours)];
    expect(comparable(mine)).toEqual(comparable(theirs));
    for (const time of ["requestTime", "responseTime"] as const)
      expect(secondsBetween(mine.record[time], theirs.record[time])).toBeLessThanOrEqual(2);
  });

  test("ours is JSON where a quote makes the original's line none", async () => {
    const { original, ours } = await call({ method: "GET", path: "/springboot-demo/quoted" });
    expect(isJson(original)).toBe(false);
    expect(JSON.parse(ours.toString())).toMatchObject({ responseContent: quotedAnswer });
  });

  test("ours is UTF-8 text where Debian's nginx escapes every byte above 127", async () => {
    const { original, ours } = await call(post("日志"));
    expect(original.toString()).toContain(String.raw`\xE6\x97\xA5`);
    expect(ours.toString()).toContain('"requestContent":"日志"');
  });

  test("ours has all fields of a HEAD, for which the original runs no body filter", async () => {
    const { original, ours } = await call({ method: "HEAD", path });
    expect(read(original)).toMatchObject({ record: { status: 200, requestTime: "" }, parseError: "requestTime is missing" });
    expect(read(original).record.url).toBeUndefined();
    expect(read(ours).record).toMatchObject({ status: 200, path, url: expect.stringContaining(path) as string });
    expect(read(ours).parseError).toBeUndefined();
  });

  test("ours keeps a long answer whole where the original cuts it at 1,000 bytes, within a character", async () => {
    const { original, ours } = await call({ method: "GET", path: "/springboot-demo/long" });
    expect(read(original).record.responseContent).toBe(`${"日".repeat(333)}\uFFFD`);
    expect(read(original).parseError).toBe("bytes that are not UTF-8 were replaced");
    expect(read(ours).record.responseContent).toBe(longAnswer);
  });

  test("ours keeps an answer of several chunks whole where the original keeps the beginning of each", async () => {
    const { original, ours } = await call({ method: "GET", path: "/springboot-demo/large" });
    const kept = read(original).record.responseContent ?? "";
    expect(kept.length).toBeGreaterThan(334);
    expect(kept.length).toBeLessThan(largeAnswer.length / 2);
    expect(read(ours).record.responseContent).toBe(largeAnswer);
  });

  test("ours keeps a request body that is over nginx's buffer", async () => {
    const { original, ours } = await call(post(largeBody));
    expect(read(original).record.requestContent).toBeUndefined();
    expect(read(ours).record.requestContent).toBe(largeBody);
  });

  test("both say 502 when the service is down; ours says why", async () => {
    await service.close();
    const { original, ours } = await call(post("{}"));
    expect(comparable(read(original))).toMatchObject({ status: 502, path, requestContent: "{}" });
    expect(read(original).record.responseContent).toContain("<center>nginx/");
    const { responseContent, ...rest } = read(ours).record;
    expect(rest).toMatchObject({ status: 502, path, requestContent: "{}" });
    expect(JSON.parse(responseContent ?? "")).toMatchObject({ error: { code: expect.stringMatching(/^GATELOG_GATEWAY_/) as string } });
  });
});
