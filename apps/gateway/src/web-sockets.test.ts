import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { RawClient } from "./test/raw-client.ts";
import { onlyRecord, setUp, tearDown } from "./test/set-up.ts";
import type { Upstream } from "./test/upstream.ts";

afterEach(tearDown);

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const handshake = (path: string) =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\ncookie: s=tr0ub4dor\r\n\r\n`;

/** A text frame, masked as clients must, with a mask of zeros. */
function frame(text: string, isClient: boolean): Buffer {
  const payload = Buffer.from(text);
  const head = [0x81, (isClient ? 0x80 : 0) | payload.length, ...(isClient ? [0, 0, 0, 0] : [])];
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Takes every web socket and answers each small frame with `echo:` and its text. */
function serveWebSockets(upstream: Upstream): { upgrades: { url: string; cookie: string | undefined }[] } {
  const upgrades: { url: string; cookie: string | undefined }[] = [];
  upstream.server.on("upgrade", (request, socket: Duplex) => {
    upgrades.push({ url: request.url ?? "", cookie: request.headers.cookie });
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      const length = (bytes[1] ?? 0) & 0x7f;
      const mask = bytes.subarray(2, 6);
      const text = Buffer.from(bytes.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString();
      if (bytes[0] === 0x81) socket.write(frame(`echo:${text}`, false));
      else socket.end();
    });
  });
  return { upgrades };
}

describe("a web socket", () => {
  test("is carried to its service and back, and is one record when it ends", async () => {
    const { gateway, upstream } = await setUp();
    const { upgrades } = serveWebSockets(upstream);
    const client = new RawClient(gateway.port);
    await client.send(handshake("/api/socket?room=1"));
    await waitFor(() => client.received.includes("101 Switching Protocols"));
    await client.send(frame("hello", true));
    await waitFor(() => client.received.includes("echo:hello"));
    expect(upgrades).toEqual([{ url: "/api/socket?room=1", cookie: "s=tr0ub4dor" }]);
    expect(gateway.records()).toEqual([]);
    client.end();
    const record = await onlyRecord(gateway);
    expect(record).toMatchObject({
      seq: 1,
      status: 101,
      success: true,
      method: "GET",
      path: "/api/socket",
      query: "room=1",
      upstream: upstream.origin,
    });
    expect(JSON.stringify(record)).not.toContain("tr0ub4dor");
  });

  test("whose service does not take it up is closed, and its record tells", async () => {
    const { gateway } = await setUp((_request, response) => response.writeHead(403).end());
    const client = new RawClient(gateway.port);
    await client.send(handshake("/api"));
    await waitFor(() => client.received.includes("101 Switching Protocols"));
    client.end();
    expect(await onlyRecord(gateway)).toMatchObject({
      status: 101,
      success: false,
      error: { code: "GATELOG_GATEWAY_UPSTREAM_UNREACHABLE" },
    });
  });

  test("with a broken handshake is 400", async () => {
    const { gateway } = await setUp();
    const client = new RawClient(gateway.port);
    await client.send(handshake("/api").replace(key, "short"));
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
    expect(await onlyRecord(gateway)).toMatchObject({ status: 400, path: "/api" });
  });

  test("of no route is refused with 404", async () => {
    const { gateway } = await setUp();
    const client = new RawClient(gateway.port);
    await client.send(handshake("/nowhere"));
    await client.closed;
    expect(client.received).toMatch(/^HTTP\/1\.1 404 /);
    expect(await onlyRecord(gateway)).toMatchObject({ status: 404, error: { code: "GATELOG_GATEWAY_NO_ROUTE" } });
  });

  test("ends when the gateway stops, also if the client does not answer its close", async () => {
    const { gateway, upstream } = await setUp(undefined, { config: { shutdownDeadlineMs: 1000 } });
    serveWebSockets(upstream);
    const client = new RawClient(gateway.port);
    await client.send(handshake("/api"));
    await waitFor(() => client.received.includes("101 Switching Protocols"));
    const records = () => gateway.records().map((record) => record.status);
    await gateway.app.stop(AbortSignal.timeout(1000));
    await client.closed;
    expect(records()).toEqual([101]);
  });
});
