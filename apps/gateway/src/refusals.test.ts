import { createServer } from "node:net";
import { freePort, waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { RawClient } from "./test/raw-client.ts";
import { startGateway } from "./test/running-gateway.ts";
import { recordsWhen, setUp, tracked, upTo, tearDown } from "./test/set-up.ts";
import { echo } from "./test/upstream.ts";

afterEach(tearDown);

interface Refusal {
  readonly error: { readonly code: string; readonly message: string; readonly requestId: string };
}

describe("a call that cannot be answered", () => {
  test("of no route is 404, in JSON with its request id", async () => {
    const { gateway } = await setUp();
    const answer = await fetch(`${gateway.origin}/nowhere`, { method: "POST", body: "lost", headers: { "content-type": "text/plain" } });
    const { error } = (await answer.json()) as Refusal;
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(error).toMatchObject({ code: "GATELOG_GATEWAY_NO_ROUTE", requestId: answer.headers.get("x-request-id") });
    const [record] = await recordsWhen(gateway, 1);
    expect(record).toMatchObject({
      status: 404,
      success: false,
      method: "POST",
      path: "/nowhere",
      requestContent: "lost",
      error: { code: "GATELOG_GATEWAY_NO_ROUTE" },
    });
  });

  test("of a service that is down is 502, body or not, and the connection stays usable", async () => {
    const gateway = tracked(await startGateway({ upstream: `http://127.0.0.1:${await freePort()}` }));
    const client = new RawClient(gateway.port);
    await client.send("POST /api HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n");
    await client.send("x".repeat(200_000));
    await waitFor(() => client.received.includes("requestId"));
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    await client.closed;
    expect(client.received.match(/HTTP\/1\.1 502 Bad Gateway/g)).toHaveLength(2);
    expect(client.received).not.toContain("ECONNREFUSED");
    const [first] = await recordsWhen(gateway, 2);
    expect(first).toMatchObject({ status: 502, error: { code: "GATELOG_GATEWAY_UPSTREAM_UNREACHABLE" }, attempts: 1 });
    expect(first?.error?.message).toContain("ECONNREFUSED");
  });

  test("of a service that does not answer in time is 504", async () => {
    const { gateway } = await setUp(() => undefined, { config: { timeouts: { upstreamAnswerMs: 100 } } });
    const answer = await fetch(`${gateway.origin}/api`, { method: "POST", body: "x" });
    expect(answer.status).toBe(504);
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ status: 504, error: { code: "GATELOG_GATEWAY_UPSTREAM_TIMEOUT" } });
  });

  test("of a service that hangs up before its answer is 502, and is never repeated", async () => {
    const { gateway, upstream } = await setUp((request) => void request.socket.destroy());
    expect((await fetch(`${gateway.origin}/api`)).status).toBe(502);
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ status: 502, error: { code: "GATELOG_GATEWAY_UPSTREAM_ABORTED" } });
    expect(upstream.requests).toHaveLength(1);
  });

  test("of a service that answers 503 gets that answer, and is never repeated", async () => {
    const { gateway, upstream } = await setUp((_request, response) => response.writeHead(503).end("busy"));
    const answer = await fetch(`${gateway.origin}/api`);
    expect([answer.status, await answer.text()]).toEqual([503, "busy"]);
    expect(upstream.requests).toHaveLength(1);
    expect((await recordsWhen(gateway, 1))[0]?.error).toBeUndefined();
  });

  test("of a service that does not speak HTTP is 502", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.end("what?\r\n\r\n")));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    tracked({ stop: () => new Promise<void>((resolve) => server.close(() => resolve())) });
    const gateway = tracked(await startGateway({ upstream: `http://127.0.0.1:${(server.address() as { port: number }).port}` }));
    expect((await fetch(`${gateway.origin}/api`)).status).toBe(502);
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ error: { code: "GATELOG_GATEWAY_UPSTREAM_MALFORMED" } });
  });

  test.each([
    ["beyond ASCII", "500 服务器错误", /^HTTP\/1\.1 500 服务器错误\r\n/],
    ["that nobody may send", "500 a\u0001b", /^HTTP\/1\.1 500 \r\n/],
    ["that is empty", "500 ", /^HTTP\/1\.1 500 \r\n/],
  ])("of a service whose reason phrase is one %s gets its answer", async (_what, statusLine, expected) => {
    const server = createServer((socket) => socket.once("data", () => socket.end(`HTTP/1.1 ${statusLine}\r\ncontent-length: 2\r\n\r\nno`)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    tracked({ stop: () => new Promise<void>((resolve) => server.close(() => resolve())) });
    const gateway = tracked(await startGateway({ upstream: `http://127.0.0.1:${(server.address() as { port: number }).port}` }));
    const client = new RawClient(gateway.port);
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    await client.closed;
    expect(Buffer.from(client.received, "latin1").toString()).toMatch(expected);
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ status: 500, responseContent: "no" });
  });

  test("of a service whose headers cannot be sent on is 502, with the reason of 502", async () => {
    const server = createServer((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 Fine\r\nx-bad: a\u0001b\r\ncontent-length: 2\r\n\r\nno")),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    tracked({ stop: () => new Promise<void>((resolve) => server.close(() => resolve())) });
    const gateway = tracked(await startGateway({ upstream: `http://127.0.0.1:${(server.address() as { port: number }).port}` }));
    const client = new RawClient(gateway.port);
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
  });

  test("whose answer breaks off is broken off for the client too, and its record tells", async () => {
    const { gateway } = await setUp((_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.write("half");
      setImmediate(() => response.destroy());
    });
    await expect(fetch(`${gateway.origin}/api`).then((answer) => answer.text())).rejects.toThrow();
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({
      status: 200,
      success: false,
      responseContent: "half",
      error: { code: "GATELOG_GATEWAY_UPSTREAM_ABORTED" },
    });
  });

  test("with a body over the limit is 413, declared or not", async () => {
    const { gateway } = await setUp(echo, { config: { limits: { requestBodyBytesMax: 1000 } } });
    expect((await fetch(`${gateway.origin}/api`, { method: "POST", body: "x".repeat(1000) })).status).toBe(200);
    expect((await fetch(`${gateway.origin}/api`, { method: "POST", body: "x".repeat(1001) })).status).toBe(413);
    const client = new RawClient(gateway.port);
    await client.send("POST /api HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    await client.send(`400\r\n${"x".repeat(1024)}\r\n`);
    await waitFor(() => client.received.includes("requestId"));
    expect(client.received).toMatch(/^HTTP\/1\.1 413 /);
    client.end();
    await client.closed;
    expect((await recordsWhen(gateway, 3)).map((record) => record.status)).toEqual([200, 413, 413]);
  });

  test("beyond the calls in flight is 503", async () => {
    const { gateway } = await setUp((_request, response) => void setTimeout(() => response.end("late"), 300), {
      config: { limits: { inFlightMax: 2 } },
    });
    const answers = await Promise.all(upTo(4).map(() => fetch(`${gateway.origin}/api`)));
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 200, 503, 503]);
    expect(await recordsWhen(gateway, 4)).toHaveLength(4);
  });

  test.each([
    ["an unknown expectation", "GET /api HTTP/1.1\r\nhost: x\r\nexpect: miracles\r\nconnection: close\r\n\r\n", 417],
    ["CONNECT", "CONNECT a.example:443 HTTP/1.1\r\nhost: a.example\r\n\r\n", 405],
    ["no Host header", "GET /api HTTP/1.1\r\nconnection: close\r\n\r\n", 400],
    ["a broken percent-encoding", "GET /api/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 400],
    ["no path at all", "OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 404],
    [
      "an upgrade with a body to something else",
      "POST /api HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\ncontent-length: 2\r\n\r\nab",
      501,
    ],
  ])("with %s is refused and recorded", async (_what, bytes, status) => {
    const { gateway, upstream } = await setUp();
    const client = new RawClient(gateway.port);
    await client.send(bytes);
    await client.closed;
    expect(client.received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*x-request-id: `, "i"));
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ status, seq: 1 });
    expect(upstream.requests).toHaveLength(0);
  });

  test("with an upgrade that nobody takes up is answered as a plain call", async () => {
    const { gateway } = await setUp((_request, response) => response.end("plain"));
    const client = new RawClient(gateway.port);
    await client.send(
      "GET /api HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQ\r\n\r\n",
    );
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK[^]*plain$/);
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ status: 200, responseContent: "plain" });
  });
});

describe("what is no valid HTTP", () => {
  test.each([
    ["garbage", "\u0016\u0003\u0001 not http\r\n\r\n", 400, {}],
    [
      "a bad header",
      "GET /api/x?token=tr0ub4dor HTTP/1.1\r\nbad header\r\n\r\n",
      400,
      { method: "GET", path: "/api/x", query: "token=***" },
    ],
    ["too large headers", `GET /api HTTP/1.1\r\nhost: x\r\nx-large: ${"x".repeat(40_000)}\r\n\r\n`, 431, {}],
    ["a bad chunk", "POST /api HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400, { method: "POST", path: "/api" }],
  ])("%s is refused and recorded", async (_what, bytes, status, expected) => {
    const { gateway } = await setUp();
    const client = new RawClient(gateway.port);
    await client.send(Buffer.from(bytes, "latin1"));
    await client.closed;
    expect(client.received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*x-request-id: `, "i"));
    const [record] = await recordsWhen(gateway, 1);
    expect(record).toMatchObject({ seq: 1, status, clientIp: "127.0.0.1", ...expected });
    expect(JSON.stringify(record)).not.toContain("tr0ub4dor");
  });

  test("after a good call on the same connection comes after its answer", async () => {
    const { gateway } = await setUp((_request, response) => void setTimeout(() => response.end("first"), 100));
    const client = new RawClient(gateway.port);
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\n\r\nNOT HTTP\r\n\r\n");
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK[^]*first[^]*HTTP\/1\.1 400 /);
    expect((await recordsWhen(gateway, 2)).map((record) => record.status)).toEqual([200, 400]);
  });

  test("a request that does not arrive in time is 408; an idle connection is no call", async () => {
    const { gateway } = await setUp(echo, { config: { timeouts: { requestHeadersMs: 200, requestMs: 300 } } });
    const idle = new RawClient(gateway.port);
    const slowHeader = new RawClient(gateway.port);
    await slowHeader.send("GET /api HTTP/1.1\r\nhost: ");
    const slowBody = new RawClient(gateway.port);
    await slowBody.send("POST /api HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc");
    await Promise.all([slowHeader.closed, slowBody.closed, idle.closed]);
    expect(slowHeader.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(slowBody.received).toMatch(/^HTTP\/1\.1 408 /);
    const records = await recordsWhen(gateway, 2);
    expect(records.map((record) => [record.status, record.error?.code])).toEqual([
      [408, "GATELOG_GATEWAY_REQUEST_TIMEOUT"],
      [408, "GATELOG_GATEWAY_REQUEST_TIMEOUT"],
    ]);
    expect(records.find((record) => record.method === "POST")).toMatchObject({ requestContent: "abc", requestBytes: 3 });
  });
});
