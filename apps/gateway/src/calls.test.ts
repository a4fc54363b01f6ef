import { METHODS } from "node:http";
import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { call } from "./test/call.ts";
import { RawClient } from "./test/raw-client.ts";
import { startGateway } from "./test/running-gateway.ts";
import { onlyRecord, recordsWhen, setUp, tracked, tearDown } from "./test/set-up.ts";
import { bodyOf, echo, startUpstream } from "./test/upstream.ts";

afterEach(tearDown);

describe("a call", () => {
  test("of the article is answered by its service and becomes one record with every character", async () => {
    const upstream = tracked(await startUpstream((_request, response) => response.end("Hello!Spring boot!")));
    const routes = {
      "demo.yaml": {
        project: "demo",
        env: "dev",
        upstreams: [{ name: "hello", servers: [upstream.origin] }],
        routes: [{ name: "hello", prefix: "/springboot-demo", upstream: "hello" }],
      },
    };
    const gateway = tracked(await startGateway({ routes }));
    const content = '{"title":"segmentFault《日志平台(网关层) - 基于Openresty+ELKF+Kafka》"}';
    const answer = await fetch(`${gateway.origin}/springboot-demo/hello?a=1`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        referer: "http://example.com/from",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      },
      body: content,
    });
    expect(await answer.text()).toBe("Hello!Spring boot!");
    const record = await onlyRecord(gateway);
    expect(record).toMatchObject({
      v: 1,
      gateway: "gw-t",
      seq: 1,
      env: "dev",
      project: "demo",
      route: "hello",
      success: true,
      status: 200,
      method: "POST",
      url: `${gateway.origin}/springboot-demo/hello?a=1`,
      path: "/springboot-demo/hello",
      query: "a=1",
      clientIp: "127.0.0.1",
      referer: "http://example.com/from",
      host: `127.0.0.1:${gateway.port}`,
      httpVersion: "1.1",
      requestContent: content,
      responseContent: "Hello!Spring boot!",
      requestBytes: Buffer.byteLength(content),
      responseBytes: 18,
      upstream: upstream.origin,
      attempts: 1,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      requestId: answer.headers.get("x-request-id"),
    });
    expect(record.error).toBeUndefined();
    expect(record.durationMs).toBeGreaterThanOrEqual(record.upstreamMs ?? Number.NaN);
    expect(record.ttfbMs).toBeLessThanOrEqual(record.durationMs ?? Number.NaN);
    expect(new Date(record.responseTime ?? "").getTime() - new Date(record.requestTime).getTime()).toBeCloseTo(record.durationMs ?? -1, -1);
  });

  test("of any method reaches its service with its body, also GET and methods of one's own", async () => {
    const { gateway } = await setUp();
    const methods = METHODS.filter((method) => method !== "CONNECT" && method !== "HEAD");
    for (const method of methods) {
      const answer = await call(gateway, {
        method,
        path: `/api/${method}`,
        headers: { "content-length": "5", "content-type": "text/plain" },
        body: "12345",
      });
      expect({ method, status: answer.status, seen: answer.headers["x-method"], body: answer.body.toString() }).toEqual({
        method,
        status: 200,
        seen: method,
        body: "12345",
      });
    }
    const records = await recordsWhen(gateway, methods.length);
    expect(records.map((record) => record.method)).toEqual(methods);
    expect(records.every((record) => record.requestContent === "12345" && record.responseContent === "12345")).toBe(true);
  });

  test("HEAD keeps the length of the body that it leaves out, on a kept-alive connection", async () => {
    const { gateway } = await setUp((_request, response) => response.writeHead(200, { "content-length": "1234" }).end());
    const client = new RawClient(gateway.port);
    await client.send("HEAD /api HTTP/1.1\r\nhost: x\r\n\r\n");
    await waitFor(() => client.received.includes("\r\n\r\n"));
    await client.send("HEAD /api HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    await client.closed;
    expect(client.received.match(/content-length: 1234/gi)).toHaveLength(2);
    expect(client.received.trim().split("\r\n\r\n")).toHaveLength(2);
    expect((await recordsWhen(gateway, 2)).map((record) => [record.status, record.responseBytes])).toEqual([
      [200, 0],
      [200, 0],
    ]);
  });

  test("with a chunked body arrives whole, and 204 and 304 have no body", async () => {
    const { gateway } = await setUp((request, response) => {
      void bodyOf(request).then((body) => {
        response.statusCode = Number(body.toString());
        response.end();
      });
    });
    for (const status of ["204", "304"]) {
      const answer = await call(gateway, { method: "POST", headers: { "transfer-encoding": "chunked" }, body: status });
      expect([answer.status, answer.body.length]).toEqual([Number(status), 0]);
    }
    expect((await recordsWhen(gateway, 2)).map((record) => record.requestContent)).toEqual(["204", "304"]);
  });

  test("of HTTP/1.0 is answered and its connection closed", async () => {
    const { gateway, upstream } = await setUp((_request, response) => {
      response.write("one ");
      response.end("two");
    });
    const client = new RawClient(gateway.port);
    await client.send("GET /api/old HTTP/1.0\r\n\r\n");
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 200 /);
    expect(client.received).not.toMatch(/chunked/i);
    expect(client.received.endsWith("\r\n\r\none two")).toBe(true);
    expect(upstream.requests[0]?.headers.host).toBe(`127.0.0.1:${upstream.port}`);
    expect(await onlyRecord(gateway)).toMatchObject({ httpVersion: "1.0", status: 200 });
  });

  test("that expects 100-continue sends its body only after it was told to", async () => {
    const { gateway } = await setUp();
    const client = new RawClient(gateway.port);
    await client.send("POST /api HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\nconnection: close\r\n\r\n");
    await waitFor(() => client.received.startsWith("HTTP/1.1 100 Continue\r\n\r\n"));
    await client.send("body");
    await client.closed;
    expect(client.received).toMatch(/HTTP\/1\.1 200 OK[^]*\r\nbody\r\n0\r\n\r\n$/);
    const refused = new RawClient(gateway.port);
    await refused.send("POST /nowhere HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\nconnection: close\r\n\r\n");
    await waitFor(() => refused.received.includes("\r\n\r\n"));
    expect(refused.received).toMatch(/^HTTP\/1\.1 404 /);
    refused.end();
  });

  test("keeps its path and query as they were sent", async () => {
    const { gateway, upstream } = await setUp();
    const path = "/api/%E4%BD%A0//a%2Fb/./c;v=1?q=%20&q=+&x";
    await call(gateway, { path });
    expect(upstream.requests[0]?.url).toBe(path);
    expect(await onlyRecord(gateway)).toMatchObject({ path: "/api/%E4%BD%A0//a%2Fb/./c;v=1", query: "q=%20&q=+&x" });
  });

  test("with an absolute target is routed by its path and recorded with its host", async () => {
    const { gateway, upstream } = await setUp();
    const client = new RawClient(gateway.port);
    await client.send("GET http://service.example:81/api/x?y HTTP/1.1\r\nhost: ignored\r\nconnection: close\r\n\r\n");
    await client.closed;
    expect(upstream.requests[0]?.url).toBe("/api/x?y");
    expect(await onlyRecord(gateway)).toMatchObject({ url: "http://service.example:81/api/x?y", host: "service.example:81" });
  });

  test("that would climb out of its route's prefix is refused", async () => {
    const { gateway, upstream } = await setUp();
    for (const path of ["/api/../admin", "/api/%2e%2E/admin", "/api/..%2fadmin", "/api/x/..;a/b"]) {
      const client = new RawClient(gateway.port);
      await client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      await client.closed;
      expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(upstream.requests).toHaveLength(0);
    expect((await recordsWhen(gateway, 4)).every((record) => record.error?.code === "GATELOG_GATEWAY_MALFORMED_REQUEST")).toBe(true);
  });
});

describe("headers", () => {
  test("reach the service as sent, without what is of the connection only and with where the call came from", async () => {
    const { gateway, upstream } = await setUp();
    await call(gateway, {
      headers: {
        host: "shop.example",
        connection: "close, x-only-here",
        "x-only-here": "1",
        "keep-alive": "timeout=5",
        te: "trailers",
        "proxy-authorization": "Basic eA==",
        "x-forwarded-for": "6.6.6.6",
        "x-many": ["a", "b"],
        cookie: "a=1",
      },
    });
    const raw = upstream.requests[0]?.rawHeaders ?? [];
    const pairs = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1]}`] : []));
    expect(pairs).toEqual(
      expect.arrayContaining([
        "host: shop.example",
        "x-many: a",
        "x-many: b",
        "cookie: a=1",
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-proto: http",
        "x-forwarded-host: shop.example",
      ]),
    );
    expect(pairs.filter((pair) => /^(?:x-only-here|keep-alive|te|proxy-authorization):/.test(pair))).toEqual([]);
    const record = await onlyRecord(gateway);
    expect(pairs).toContain(`x-request-id: ${record.requestId}`);
    expect(record.requestHeaders).toMatchObject({ cookie: "***", "x-many": "a, b", "proxy-authorization": "***" });
    expect(record.redacted).toEqual(expect.arrayContaining(["requestHeaders.cookie", "requestHeaders.proxy-authorization"]));
  });

  test("come back as the service sent them, repeated ones too, with trailers", async () => {
    const { gateway } = await setUp((_request, response) => {
      response.writeHead(201, "Made", [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["X-Request-Id", "of the service"],
        ["Trailer", "x-sum"],
      ] as never);
      response.write("x");
      response.addTrailers({ "x-sum": "42" });
      response.end();
    });
    const answer = await call(gateway, { headers: { "x-request-id": "client-1" } });
    expect(answer.status).toBe(201);
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(answer.headers["x-request-id"]).toBe("client-1");
    expect(answer.trailers["x-sum"]).toBe("42");
    expect(await onlyRecord(gateway)).toMatchObject({ status: 201, requestId: "client-1", responseHeaders: { "set-cookie": "***" } });
  });

  test("X-Request-Id is made where the client's is missing or not fit to be logged", async () => {
    const { gateway } = await setUp();
    for (const id of [undefined, "a b", "x".repeat(129), 'a"b']) {
      const answer = await call(gateway, { headers: id === undefined ? {} : { "x-request-id": id } });
      expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect((await call(gateway, { path: "/nowhere", headers: { "x-request-id": "kept" } })).headers["x-request-id"]).toBe("kept");
  });

  test("of trusted proxies tell client, scheme and host; those of anybody else do not", async () => {
    const headers = { "x-forwarded-for": "6.6.6.6, 9.9.9.9, 10.0.0.2", "x-forwarded-proto": "https", "x-forwarded-host": "public.example" };
    const { gateway: wary } = await setUp();
    await call(wary, { headers });
    expect(await onlyRecord(wary)).toMatchObject({ clientIp: "127.0.0.1", url: `${wary.origin}/api` });
    const { gateway: trusting, upstream } = await setUp(echo, { config: { trustedProxies: ["127.0.0.0/8", "10.0.0.2"] } });
    await call(trusting, { headers });
    expect(await onlyRecord(trusting)).toMatchObject({ clientIp: "9.9.9.9", url: "https://public.example/api" });
    expect(upstream.requests[0]?.headers).toMatchObject({
      "x-forwarded-for": "6.6.6.6, 9.9.9.9, 10.0.0.2, 127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "public.example",
    });
  });
});
