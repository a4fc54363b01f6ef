import { createServer, type Socket } from "node:net";
import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { RawClient } from "./test/raw-client.ts";
import { startGateway } from "./test/running-gateway.ts";
import { inFlightWhen, recordsWhen, seqs, setUp, tearDown, tracked, upTo } from "./test/set-up.ts";
import { echo } from "./test/upstream.ts";

afterEach(tearDown);

describe("a client that leaves", () => {
  test("in the middle of its body, two hundred times, leaves two hundred records of 499 and no gap", async () => {
    const { gateway, upstream } = await setUp();
    for (const index of upTo(200)) {
      const client = new RawClient(gateway.port);
      await client.send('POST /api?gone HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"half":');
      if (index % 2 === 0) client.reset();
      else client.end();
    }
    const records = await recordsWhen(gateway, 200);
    expect(seqs(gateway)).toEqual(upTo(200));
    expect(records.every((record) => record.status === 499 && record.error?.code === "GATELOG_GATEWAY_CLIENT_ABORTED")).toBe(true);
    expect(records.filter((record) => record.requestContent === '{"half":').length).toBeGreaterThan(150);
    await waitFor(async () => new Promise((resolve) => upstream.server.getConnections((_error, count) => resolve(count === 0))), {
      what: "upstream calls given up",
    });
  });

  test("before the service answered, is 499, and the service's call is given up", async () => {
    let gaveUp = false;
    const { gateway } = await setUp(
      (request, response) => void response.once("close", () => (gaveUp = request.destroyed || !response.writableFinished)),
    );
    const client = new RawClient(gateway.port);
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\n\r\n");
    await inFlightWhen(gateway, 1);
    client.reset();
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ status: 499, success: false });
    await waitFor(() => gaveUp);
  });

  test("while the answer streams, is 499 with what was sent", async () => {
    const { gateway } = await setUp((_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.write("first");
    });
    const client = new RawClient(gateway.port);
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\n\r\n");
    await waitFor(() => client.received.includes("first"));
    client.reset();
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({
      status: 499,
      responseContent: "first",
      error: { code: "GATELOG_GATEWAY_CLIENT_ABORTED" },
    });
  });

  test("with pipelined calls waiting, ends each of them as a record", async () => {
    const { gateway } = await setUp(() => undefined);
    const client = new RawClient(gateway.port);
    await client.send("GET /api/1 HTTP/1.1\r\nhost: x\r\n\r\nGET /api/2 HTTP/1.1\r\nhost: x\r\n\r\nGET /api/3 HTTP/1.1\r\nhost: x\r\n\r\n");
    await inFlightWhen(gateway, 3);
    client.reset();
    const records = await recordsWhen(gateway, 3);
    expect(records.map((record) => [record.path, record.status])).toEqual([
      ["/api/1", 499],
      ["/api/2", 499],
      ["/api/3", 499],
    ]);
  });

  test("or stalls, is disconnected after its idle time", async () => {
    const { gateway } = await setUp(() => undefined, { config: { timeouts: { clientIdleMs: 300, upstreamAnswerMs: 299 } } });
    const client = new RawClient(gateway.port);
    await client.send("POST /api HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf");
    await client.closed;
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ status: expect.toSatisfy((status) => status === 499 || status === 504) });
  });
});

describe("a connection", () => {
  test("on which nothing was ever sent does not hold the stop up", async () => {
    const { gateway } = await setUp();
    const unused = new RawClient(gateway.port);
    const used = new RawClient(gateway.port);
    await used.send("GET /api HTTP/1.1\r\nhost: x\r\n\r\n");
    await waitFor(() => used.received.includes("200 OK"));
    const startMs = performance.now();
    await gateway.app.stop(AbortSignal.timeout(10_000));
    expect(performance.now() - startMs).toBeLessThan(5000);
    await Promise.all([unused.closed, used.closed]);
  });

  test("carries pipelined calls whose answers come in order", async () => {
    const { gateway } = await setUp(
      (request, response) => void setTimeout(() => response.end(request.url), request.url === "/api/1" ? 100 : 0),
    );
    const client = new RawClient(gateway.port);
    await client.send(
      upTo(5)
        .map((index) => `GET /api/${index} HTTP/1.1\r\nhost: x\r\n${index === 5 ? "connection: close\r\n" : ""}\r\n`)
        .join(""),
    );
    await client.closed;
    expect(client.received.match(/\/api\/\d/g)).toEqual(upTo(5).map((index) => `/api/${index}`));
    await recordsWhen(gateway, 5);
    expect(seqs(gateway)).toEqual(upTo(5));
  });

  test("stays usable after an early answer to a large body that is still being sent", async () => {
    const { gateway } = await setUp((request, response) => {
      if (request.method === "GET") response.end("next");
      else response.writeHead(413).end("too large");
    });
    const client = new RawClient(gateway.port);
    await client.send("POST /api HTTP/1.1\r\nhost: x\r\ncontent-length: 3000000\r\n\r\n");
    for (let sent = 0; sent < 3_000_000; sent += 100_000) await client.send("x".repeat(100_000));
    await waitFor(() => client.received.includes("too large"));
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 413 [^]*too large[^]*HTTP\/1\.1 200 [^]*next/);
    expect((await recordsWhen(gateway, 2)).map((record) => record.status)).toEqual([413, 200]);
  });

  test("stays usable after the answer of a service that reads nothing of a large body", async () => {
    const services: Socket[] = [];
    const server = createServer((socket) => void services.push(socket.on("error", () => undefined).pause()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const stop = () => {
      for (const socket of services) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    };
    tracked({ stop });
    const gateway = tracked(await startGateway({ upstream: `http://127.0.0.1:${(server.address() as { port: number }).port}` }));
    const client = new RawClient(gateway.port);
    const body = Buffer.alloc(14_000_000, "x");
    const sent = client.send(
      Buffer.concat([
        Buffer.from(`POST /api HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`),
        body,
        Buffer.from("GET /none HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
      ]),
    );
    // Nobody takes any more of it.
    let [before, same] = [-1, 0];
    await waitFor(() => {
      const now = client.socket.writableLength;
      same = services.length > 0 && now === before ? same + 1 : 0;
      before = now;
      return same > 10;
    });
    services[0]?.write("HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\nno");
    await sent;
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 401 [^]*no[^]*HTTP\/1\.1 404 /);
    expect((await recordsWhen(gateway, 2)).map((record) => record.status)).toEqual([401, 404]);
  });

  test("beyond connectionsMax is closed at once and counted", async () => {
    const { gateway } = await setUp(echo, { config: { limits: { connectionsMax: 1 } } });
    const first = new RawClient(gateway.port);
    await first.send("GET /api HTTP/1.1\r\nhost: x\r\n\r\n");
    await waitFor(() => first.received.includes("200 OK"));
    const second = new RawClient(gateway.port);
    await second.closed;
    expect(second.received).toBe("");
    expect(await gateway.registry.getSingleMetricAsString("gatelog_gateway_connections_dropped_total")).toContain("_total 1");
    first.end();
  });
});
