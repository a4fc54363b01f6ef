import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { RawClient } from "./test/raw-client.ts";
import { recordsWhen, setUp, tearDown, tracked, upTo } from "./test/set-up.ts";
import { UnreliableDisk } from "./test/unreliable-disk.ts";

afterEach(tearDown);

const get = "GET /api HTTP/1.1\r\nhost: a\r\n\r\n";
const webSocket =
  "GET /api HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

describe("a client cannot end the gateway", () => {
  test.each([
    ["an upgrade to a web socket", webSocket],
    ["an upgrade to something else", "GET /api HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n"],
  ])("by %s behind a call that is in flight", async (_, second) => {
    const { gateway } = await setUp((_request, response) => setTimeout(() => response.end("late"), 50));
    const client = new RawClient(gateway.port);
    await client.send(get + second);
    await client.closed;
    expect(await recordsWhen(gateway, 2)).toMatchObject([{ seq: 1 }, { seq: 2, error: { code: "GATELOG_GATEWAY_UPGRADE_NOT_SUPPORTED" } }]);
    expect((await fetch(`${gateway.origin}/api`)).status).toBe(200);
  });

  test.each(["GET /api HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n"])(
    "by a reset after %s",
    async (bytes) => {
      const { gateway } = await setUp((_request, response) => setTimeout(() => response.end("late"), 50));
      const client = new RawClient(gateway.port);
      await client.send(bytes);
      await waitFor(async () => (await gateway.registry.metrics()).includes("gatelog_gateway_connections 1"), { what: "the connection" });
      client.reset();
      await recordsWhen(gateway, 1);
      expect((await fetch(`${gateway.origin}/api`)).status).toBe(200);
    },
  );

  test("by making it keep calls whose answers wait for a disk that hangs", async () => {
    const disk = new UnreliableDisk();
    let release: () => void = () => undefined;
    const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
    disk.decideSync = () => held;
    const config = { log: { audit: true }, limits: { inFlightMax: 10 } };
    const { gateway } = await setUp((_request, response) => response.end(), { config, parts: { openFile: disk.open } });
    tracked({ stop: async () => release() });
    const clients = upTo(4).map(() => new RawClient(gateway.port));
    for (const client of clients) await client.send("GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n".repeat(50));
    await Promise.any(clients.map((client) => client.closed));
    const [, busy] = /gatelog_gateway_calls_in_flight (\d+)/.exec(await gateway.registry.metrics()) ?? [];
    expect(Number(busy)).toBeLessThanOrEqual(25);
    for (const client of clients) client.reset();
  });
});

describe("what a client must not be told", () => {
  test.each(["half-closes", "is silent"])("an audited answer without a length is not ended while its client %s", async (how) => {
    const disk = new UnreliableDisk();
    let release: () => void = () => undefined;
    const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
    disk.decideSync = () => held;
    const config = { log: { audit: true }, timeouts: { clientIdleMs: 400, upstreamAnswerMs: 300 } };
    const { gateway } = await setUp(
      (_request, response) => {
        response.write("hello ");
        setTimeout(() => response.end("world"), 20);
      },
      { config, parts: { openFile: disk.open } },
    );
    tracked({ stop: async () => release() });
    const client = new RawClient(gateway.port);
    let isEnded = false;
    client.socket.on("end", () => (isEnded = true));
    await client.send("GET /api HTTP/1.0\r\nhost: a\r\n\r\n");
    await waitFor(() => client.received.includes("world"), { what: "the body" });
    if (how === "half-closes") client.end();
    await client.closed;
    expect(isEnded).toBe(false);
  });

  test("another client's answer, where a service sends a body to HEAD", async () => {
    const { gateway } = await setUp((request, response) => {
      if (request.method !== "HEAD") response.end("own");
      else response.socket?.write("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nPOISONHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nPOISON");
    });
    const head = new RawClient(gateway.port);
    await head.send("HEAD /api HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    await head.closed;
    expect(await (await fetch(`${gateway.origin}/api`)).text()).toBe("own");
  });

  test("nothing, where its refusal is decided and the rest of its packet is broken", async () => {
    const { gateway } = await setUp();
    const client = new RawClient(gateway.port);
    await client.send("POST /nowhere HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nZZZ\r\n");
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1.1 404 /);
    expect(await recordsWhen(gateway, 1)).toMatchObject([{ status: 404 }]);
  });
});
