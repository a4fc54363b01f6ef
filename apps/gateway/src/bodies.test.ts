import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { call } from "./test/call.ts";
import { onlyRecord, setUp, tearDown } from "./test/set-up.ts";
import { bodyOf, echo } from "./test/upstream.ts";

afterEach(tearDown);

describe("bodies", () => {
  test("beyond the limit are cut on a character, and their sizes are true", async () => {
    const { gateway } = await setUp(echo, { config: { capture: { bodyBytesMax: 100 } } });
    const content = "日志平台".repeat(10_000);
    const answer = await call(gateway, { method: "POST", headers: { "content-type": "text/plain" }, body: content });
    expect(answer.body.toString()).toBe(content);
    expect(await onlyRecord(gateway)).toMatchObject({
      requestContent: content.slice(0, 33),
      responseContent: content.slice(0, 33),
      requestTruncated: true,
      responseTruncated: true,
      requestBytes: 120_000,
      responseBytes: 120_000,
    });
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)("sent as %s pass untouched and are recorded as text", async (coding, compress) => {
    const { gateway } = await setUp((request, response) => {
      void bodyOf(request).then((body) =>
        response.writeHead(200, { "content-type": "application/json", "content-encoding": coding }).end(body),
      );
    });
    const content = '{"订单号":"SO20260001","password":"tr0ub4dor"}';
    const compressed = compress(content);
    const answer = await call(gateway, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": coding },
      body: compressed,
    });
    expect(answer.body.equals(compressed)).toBe(true);
    const masked = '{"订单号":"SO20260001","password":"***"}';
    expect(await onlyRecord(gateway)).toMatchObject({ requestContent: masked, responseContent: masked, requestBytes: compressed.length });
  });

  test("that are not text are left out, with their size", async () => {
    const { gateway } = await setUp();
    await call(gateway, { method: "POST", headers: { "content-type": "image/png" }, body: Buffer.from([0, 1, 2, 255]) });
    const record = await onlyRecord(gateway);
    expect(record).toMatchObject({ requestEncoding: "omitted", responseEncoding: "omitted", requestBytes: 4 });
    expect(record.requestContent).toBeUndefined();
  });

  test("are not kept where capture is off, and are counted", async () => {
    const { gateway } = await setUp(echo, { config: { capture: { bodyBytesMax: 0 } } });
    await call(gateway, { method: "POST", body: "12345" });
    const record = await onlyRecord(gateway);
    expect(record.requestContent).toBeUndefined();
    expect(record).toMatchObject({ requestBytes: 5, requestEncoding: "omitted" });
  });
});

describe("the seed format", () => {
  test("writes the seven fields of the original and no marks", async () => {
    const { gateway } = await setUp((_request, response) => response.end("Hello!Spring boot!"), {
      config: { log: { format: "seed", seedTimeZone: "Asia/Shanghai" } },
    });
    const content = "segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》";
    await call(gateway, { method: "POST", path: "/api/hello?x=1", headers: { "content-type": "application/json" }, body: content });
    await waitFor(() => gateway.lines().length > 0);
    await gateway.app.stop(AbortSignal.timeout(5000));
    const lines = gateway.lines();
    expect(lines).toHaveLength(1);
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
    expect(lines[0]).toMatch(
      new RegExp(
        `^{"status":"200","requestTime":"${time}","responseTime":"${time}","requestURL":"http://127.0.0.1:${gateway.port}/api/hello\\?x=1","method":"/api/hello\\?x=1","requestContent":"${content.replaceAll(/[()+]/g, String.raw`\$&`)}","responseContent":"Hello!Spring boot!"}$`,
      ),
    );
  });
});
