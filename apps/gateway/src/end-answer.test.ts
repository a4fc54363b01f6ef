import type { ServerResponse } from "node:http";
import { waitFor } from "@gatelog/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { breakOff, endAnswer } from "./end-answer.ts";
import type { Exchange } from "./exchange.ts";
import { call } from "./test/call.ts";
import { RawClient } from "./test/raw-client.ts";
import { tearDown, tracked } from "./test/set-up.ts";
import { startUpstream } from "./test/upstream.ts";

afterEach(tearDown);

/** A server whose answers this ends. */
async function ending(end: (response: ServerResponse) => void): Promise<number> {
  return tracked(await startUpstream((_request, response) => end(response))).port;
}

const exchange = (fields: Partial<Exchange> = {}) => ({ responseHeaders: [], ...fields }) as unknown as Exchange;

describe("the end of an answer", () => {
  test.each([0, 1, 16_384, 16_385, 300_000])("has all of its last %i bytes as they are", async (length) => {
    const last = Buffer.from(Array.from({ length }, (_, index) => index % 256));
    const port = await ending((response) => {
      response.setHeader("content-length", length);
      endAnswer(exchange(), response, last);
    });
    expect((await call({ port }, {})).body.equals(last)).toBe(true);
  });

  test("comes without last bytes, too, and for a client that has left does nothing", async () => {
    const port = await ending((response) => {
      response.write("all");
      endAnswer(exchange(), response);
      response.destroy();
      endAnswer(exchange(), response, Buffer.from("more"));
    });
    const client = new RawClient(port);
    await client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await client.closed;
    expect(client.received).not.toContain("more");
    const whole = await ending((response) => endAnswer(exchange(), response));
    expect(await call({ port: whole }, {})).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  });

  test("waits where the answer is audited", async () => {
    let release: (() => void) | undefined;
    let isWhole = false;
    const audit: Exchange["audit"] = (_, send) => (release = send);
    const port = await ending((response) => endAnswer(exchange({ audit }), response, Buffer.from("last")));
    const answer = call({ port }, {}).finally(() => (isWhole = true));
    await waitFor(() => release, { what: "the answer to be ready" });
    expect(isWhole).toBe(false);
    release?.();
    expect((await answer).body.toString()).toBe("last");
  });
});

describe("an answer that is broken off", () => {
  /** Whether the client sees the answer as broken, and not as whole. */
  async function looksBroken(headers: readonly string[]): Promise<boolean> {
    const port = await ending((response) => {
      response.writeHead(200, [...headers]);
      response.write("beginning", () => breakOff(exchange({ responseHeaders: headers }), response));
    });
    return call({ port }, {}).then(
      () => false,
      () => true,
    );
  }

  test("with a length or chunks misses its end, and without either its connection is reset", async () => {
    expect(await looksBroken(["content-length", "100"])).toBe(true);
    expect(await looksBroken(["transfer-encoding", "chunked"])).toBe(true);
    expect(await looksBroken(["connection", "close"])).toBe(true);
  });
});
