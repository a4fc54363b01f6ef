import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { RawClient } from "./test/raw-client.ts";
import { recordsWhen, setUp, tearDown } from "./test/set-up.ts";
import { bodyOf } from "./test/upstream.ts";

afterEach(tearDown);

describe("streams", () => {
  test("flow both ways before either end is sent", async () => {
    const { gateway } = await setUp((request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      request.on("data", (chunk: Buffer) => response.write(`<${chunk.toString()}>`));
      request.on("end", () => response.end("end"));
    });
    const client = new RawClient(gateway.port);
    await client.send("POST /api HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n");
    for (const part of ["one", "two", "six"]) {
      await client.send(`3\r\n${part}\r\n`);
      await waitFor(() => client.received.includes(`<${part}>`), { what: `the echo of ${part} before the end` });
    }
    await client.send("0\r\n\r\n");
    await client.closed;
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ requestContent: "onetwosix", responseContent: "<one><two><six>end" });
  });

  test("an answer's headers do not wait for its body", async () => {
    const { gateway } = await setUp((_request, response) =>
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders(),
    );
    const client = new RawClient(gateway.port);
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\n\r\n");
    await waitFor(() => client.received.includes("text/event-stream"));
    client.end();
  });

  test("a client that does not read holds its service back instead of filling the memory", async () => {
    let written = 0;
    const { gateway } = await setUp((_request, response) => {
      const pump = () => {
        while (!response.destroyed && written < 200_000_000) {
          written += 1_000_000;
          if (response.write(Buffer.alloc(1_000_000))) continue;
          response.once("drain", pump);
          return;
        }
        response.end();
      };
      response.writeHead(200, { "content-type": "application/octet-stream" });
      pump();
    });
    const client = new RawClient(gateway.port);
    client.socket.pause();
    await client.send("GET /api HTTP/1.1\r\nhost: x\r\n\r\n");
    let before = -1;
    await waitFor(() => written > 0 && before === (before = written), { intervalMs: 300, what: "the service to be held back" });
    expect(written).toBeLessThan(50_000_000);
    client.reset();
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ status: 499, responseEncoding: "omitted" });
  });

  test("a service that does not read holds its client back", async () => {
    const { gateway } = await setUp((request) => void request.pause(), { config: { timeouts: { upstreamAnswerMs: 3000 } } });
    const client = new RawClient(gateway.port);
    await client.send("POST /api HTTP/1.1\r\nhost: x\r\ncontent-length: 200000000\r\n\r\n");
    let sent = 0;
    let isHeld = false;
    while (sent < 200_000_000 && !isHeld) {
      const held = new Promise<"held">((resolve) => setTimeout(() => resolve("held"), 1000));
      isHeld = (await Promise.race([client.send(Buffer.alloc(1_000_000)), held])) === "held";
      if (!isHeld) sent += 1_000_000;
    }
    expect(isHeld).toBe(true);
    expect(sent).toBeLessThan(50_000_000);
    client.reset();
    // A connection that is not read tells nothing of its end: the time-out of the service does.
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({ status: 504, error: { code: "GATELOG_GATEWAY_UPSTREAM_TIMEOUT" } });
  });

  test("a large body passes intact both ways", async () => {
    const { gateway } = await setUp((request, response) => void bodyOf(request).then((body) => response.end(body)));
    const body = Buffer.alloc(20_000_000, "日志0123456789");
    const answer = await fetch(`${gateway.origin}/api`, { method: "POST", body });
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    expect((await recordsWhen(gateway, 1))[0]).toMatchObject({
      requestBytes: 20_000_000,
      responseBytes: 20_000_000,
      requestTruncated: true,
    });
  });
});
