import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { callKinds, type CallKind } from "./calls.ts";

const lateMs = 60;
/** Larger than one packet, and than what a socket takes at once. */
const largeBytes = 300_000;

/** How each kind of call is answered. */
const answers: Readonly<Record<CallKind, (response: ServerResponse, text: string) => void>> = {
  length: (response, text) => response.writeHead(200, { "content-length": Buffer.byteLength(text) }).end(text),
  chunked: (response, text) => {
    response.write(text);
    setImmediate(() => response.end("the end"));
  },
  empty: (response) => response.writeHead(204).end(),
  nothing: (response) => response.writeHead(200, { "content-length": 0 }).end(),
  "not-modified": (response) => response.writeHead(304).end(),
  late: (response, text) => void setTimeout(() => response.end(text), lateMs),
  large: (response) => response.writeHead(200, { "content-type": "text/plain" }).end("x".repeat(largeBytes)),
  failing: (response, text) => response.writeHead(500, { "content-type": "application/json" }).end(text),
};

/** The service behind the gateway: bodies with a length, in chunks, none, late ones, large ones, and failures. */
export async function startSoakUpstream(): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const kind = callKinds.find((kind) => request.url?.startsWith(`/soak/${kind}/`)) ?? "empty";
    request.resume();
    request.once("end", () => answers[kind](response, JSON.stringify({ code: "0", path: request.url, text: "Hello!Spring boot!" })));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
