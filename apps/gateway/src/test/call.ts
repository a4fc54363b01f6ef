import { request as httpRequest, type ClientRequest } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { bodyOf } from "./upstream.ts";
import type { RunningGateway } from "./running-gateway.ts";

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, unknown>>;
}

/** What is sent; the rest is as by default. */
export interface CallOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | string[]>;
  /** Parts are sent one after the other, chunked. */
  readonly body?: string | Buffer | readonly Buffer[];
}

/** A call on a connection of its own, with the full control that fetch does not give. */
export function call(gateway: Pick<RunningGateway, "port">, options: CallOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = "GET", path = "/api", headers = {}, body } = options;
    const sent = httpRequest({ host: "127.0.0.1", port: gateway.port, method, path, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers: received, trailers } = response;
      bodyOf(response).then((bytes) => resolve({ status, headers: received, body: bytes, trailers }), reject);
    });
    sent.on("error", reject);
    if (typeof body === "object" && !Buffer.isBuffer(body)) sendParts(sent, body).catch(reject);
    else sent.end(body);
  });
}

async function sendParts(sent: ClientRequest, parts: readonly Buffer[]): Promise<void> {
  for (const part of parts) {
    await new Promise((resolve) => sent.write(part, resolve));
    await turn();
  }
  sent.end();
}
