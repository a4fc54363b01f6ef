import type { RequestListener, ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { call } from "./test/call.ts";
import { kernelBytes } from "./test/kernel-buffers.ts";
import { RawClient } from "./test/raw-client.ts";
import { startGateway } from "./test/running-gateway.ts";
import { inFlightWhen, onlyRecord, recordsWhen, setUp, tearDown, tracked } from "./test/set-up.ts";
import { bodyOf, echo, startUpstream } from "./test/upstream.ts";

afterEach(tearDown);

/** A gateway with a route for each name, which captures as told. */
async function withRoutes(captures: Readonly<Record<string, object>>, listener: RequestListener) {
  const upstream = tracked(await startUpstream(listener));
  const routes = Object.entries(captures).map(([name, capture]) => ({ name, prefix: `/${name}`, upstream: "api", capture }));
  const upstreams = [{ name: "api", servers: [upstream.origin] }];
  return tracked(await startGateway({ routes: { "test.yaml": { project: "test", upstreams, routes } } }));
}

/** More than the kernel takes between a client, the gateway and a service. */
const largeBytes = 40_000_000;
const partBytes = 50_000;
/** What the gateway, its client and its service may hold between them of a body whose receiver stalls. */
const heldBytesMax = 1_000_000;

/** Resolves when the number has not changed for a while. */
async function settled(read: () => number): Promise<number> {
  let before = -1;
  await waitFor(() => read() > 0 && before === (before = read()), { intervalMs: 300, what: "the flow to stop" });
  return before;
}

describe("bodies that are no text", () => {
  const multipart = [
    '--b\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n\u0000\u0001\r\n',
    '--b\r\ncontent-disposition: form-data; name="password"\r\n\r\ntr0ub4dor\r\n--b--\r\n',
  ].join("");
  const types = [
    ["multipart/form-data; boundary=b", Buffer.from(multipart)],
    ["application/octet-stream", Buffer.from([0, 1, 2, 255])],
    ["image/png", Buffer.alloc(300, 0x89)],
  ] as const;

  test.each(types)("of type %s are left out, or kept as base64 where their route says so", async (type, body) => {
    const gateway = await withRoutes({ plain: {}, base64: { binary: "base64" }, short: { binary: "base64", bodyBytesMax: 40 } }, echo);
    for (const path of ["/plain", "/base64", "/short"]) {
      await call(gateway, { method: "POST", path, headers: { "content-type": type }, body });
      await waitFor(() => gateway.records().some((record) => record.path === path));
    }
    const [plain, base64, short] = await recordsWhen(gateway, 3);
    expect(plain).toMatchObject({ requestEncoding: "omitted", responseEncoding: "omitted", requestBytes: body.length });
    expect([plain?.requestContent, plain?.responseContent, plain?.requestTruncated]).toEqual([undefined, undefined, undefined]);
    const content = body.toString("base64");
    expect(base64).toMatchObject({
      requestContent: content,
      responseContent: content,
      requestEncoding: "base64",
      responseEncoding: "base64",
    });
    const beginning = body.subarray(0, 30);
    expect(short).toMatchObject({ requestContent: beginning.toString("base64"), requestBytes: body.length });
    expect(short?.requestTruncated ?? false).toBe(body.length > 30);
  });
});

describe("the headers of a record", () => {
  test("are those of the lists", async () => {
    const { gateway } = await setUp((_request, response) => response.writeHead(200, { "X-Kept": "1", "x-left": "2" }).end(), {
      config: { capture: { requestHeaders: ["X-One", "cookie", "x-none"], responseHeaders: ["x-kept"] } },
    });
    await call(gateway, { headers: { "x-one": "1", "x-two": "2", cookie: "a=b" } });
    const { requestHeaders, responseHeaders, host } = await onlyRecord(gateway);
    expect([requestHeaders, responseHeaders]).toEqual([{ "x-one": "1", cookie: "***" }, { "x-kept": "1" }]);
    expect(host).toBe(`127.0.0.1:${gateway.port}`);
  });

  test("are none where the lists are empty", async () => {
    const { gateway } = await setUp(echo, { config: { capture: { requestHeaders: [], responseHeaders: [] } } });
    await call(gateway, {});
    expect(await onlyRecord(gateway)).toMatchObject({ requestHeaders: {}, responseHeaders: {} });
  });
});

test("bodies beyond the memory for them are cut or left out, counted, and the memory is there again afterwards", async () => {
  const waiting: ServerResponse[] = [];
  const { gateway } = await setUp((request, response) => void bodyOf(request).then(() => waiting.push(response)), {
    config: { capture: { memoryBytesMax: 1_048_576, bodyBytesMax: 200_000 } },
  });
  const body = "日志".repeat(50_000);
  const headers = { "content-type": "text/plain" };
  const calls = Array.from({ length: 20 }, () => call(gateway, { method: "POST", headers, body }));
  await waitFor(() => waiting.length === 20, { what: "all bodies to have arrived" });
  for (const response of waiting.splice(0)) response.end(body);
  await Promise.all(calls);
  const records = await recordsWhen(gateway, 20);
  const kept = records.map((record) => {
    expect(record).toMatchObject({ status: 200, requestBytes: 300_000, responseBytes: 300_000 });
    expect(record.requestContent === undefined ? record.requestEncoding === "omitted" : record.requestTruncated).toBe(true);
    expect(body.startsWith(record.requestContent ?? "")).toBe(true);
    return Buffer.byteLength(record.requestContent ?? "");
  });
  expect(kept.reduce((total, bytes) => total + bytes, 0)).toBeLessThanOrEqual(1_048_576);
  expect(Math.min(...kept)).toBeLessThan(199_000);
  const metric = await gateway.registry.getSingleMetricAsString("gatelog_gateway_bodies_cut_for_memory_total");
  expect(Number(/^gatelog_gateway_bodies_cut_for_memory_total (\d+)$/m.exec(metric)?.[1])).toBeGreaterThanOrEqual(14);
  const later = call(gateway, { method: "POST", headers, body: "日志".repeat(30_000) });
  await waitFor(() => waiting.pop()?.end("whole"), { what: "the later call" });
  await later;
  const last = (await recordsWhen(gateway, 21)).at(-1);
  expect(last).toMatchObject({ requestContent: "日志".repeat(30_000), responseContent: "whole" });
  expect(last?.requestTruncated).toBeUndefined();
});

/** Writes a large body, each part when the one before was taken; returns how much was. */
function pump(target: Writable): () => number {
  let sent = 0;
  const push = () =>
    target.write(Buffer.alloc(partBytes), (error) => {
      if (error) return;
      sent += partBytes;
      if (sent < largeBytes && !target.destroyed) push();
    });
  push();
  return () => sent;
}

describe("a large body", () => {
  test("whose client stalls in the middle holds the service back, and is one record", async () => {
    let sent = () => 0;
    const { gateway, upstream } = await setUp((_request, response) => {
      response.writeHead(200, { "content-type": "application/octet-stream", "content-length": largeBytes });
      sent = pump(response);
    });
    const client = new RawClient(gateway.port);
    client.socket.on("data", () => client.received.length > 1_000_000 && client.socket.pause());
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\n\r\n");
    const bytes = await settled(() => sent());
    expect(bytes - client.socket.bytesRead - kernelBytes([gateway.port, upstream.port])).toBeLessThan(heldBytesMax);
    await inFlightWhen(gateway, 1);
    client.reset();
    const record = await onlyRecord(gateway);
    expect(record).toMatchObject({ status: 499, responseEncoding: "omitted", error: { code: "GATELOG_GATEWAY_CLIENT_ABORTED" } });
    expect(record.responseBytes).toBeLessThan(largeBytes);
    expect(record.responseBytes).toBeGreaterThan(1_000_000);
  });

  test("whose service stalls in the middle holds the client back, and is one record", async () => {
    let taken = 0;
    const { gateway, upstream } = await setUp((request) => {
      request.on("data", (chunk: Buffer) => {
        taken += chunk.length;
        if (taken > 1_000_000) request.pause();
      });
    });
    const client = new RawClient(gateway.port);
    await client.send(`POST /api HTTP/1.1\r\nhost: x\r\ncontent-length: ${largeBytes}\r\n\r\n`);
    const sent = pump(client.socket);
    await waitFor(() => taken > 1_000_000, { what: "the service to stall" });
    const bytes = await settled(sent);
    expect(bytes - taken - kernelBytes([gateway.port, upstream.port])).toBeLessThan(heldBytesMax);
    upstream.requests[0]?.socket.destroy();
    const record = await onlyRecord(gateway);
    expect(record).toMatchObject({ status: 502, error: { code: "GATELOG_GATEWAY_UPSTREAM_ABORTED" } });
    expect(record.requestBytes).toBeLessThan(largeBytes);
    client.reset();
  });
});

describe("a body", () => {
  test("of a GET is recorded like any other", async () => {
    const { gateway } = await setUp(echo);
    const answer = await call(gateway, { headers: { "content-type": "application/json", "content-length": "11" }, body: '{"q":"日"}' });
    expect(answer.body.toString()).toBe('{"q":"日"}');
    expect(await onlyRecord(gateway)).toMatchObject({
      method: "GET",
      requestContent: '{"q":"日"}',
      responseContent: '{"q":"日"}',
      requestBytes: 11,
    });
  });

  test("in chunks and compressed has its size on the wire, without the framing", async () => {
    const { gateway } = await setUp((request, response) => {
      void bodyOf(request).then((body) => {
        response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" });
        for (let at = 0; at < body.length; at += 50) response.write(body.subarray(at, at + 50));
        response.end();
      });
    });
    const text = Array.from({ length: 300 }, (_, index) => `第${index}行`).join("\n");
    const compressed = gzipSync(text);
    const parts = Array.from({ length: 5 }, (_, index) => compressed.subarray(index * 100, index === 4 ? undefined : (index + 1) * 100));
    const headers = { "content-type": "text/plain", "content-encoding": "gzip" };
    const answer = await call(gateway, { method: "POST", headers, body: parts });
    expect(answer.body.equals(compressed)).toBe(true);
    const sizes = { requestBytes: compressed.length, responseBytes: compressed.length };
    expect(await onlyRecord(gateway)).toMatchObject({ requestContent: text, responseContent: text, ...sizes });
  });
});
