import { Buffer } from "node:buffer";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";

/** One request as it came. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** `gatelog.id` of its events. */
  readonly ids: readonly string[];
}

/** What a server says to a request; 200 by default. */
export type Answer = (
  request: Received,
) => { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | undefined;

/** A real HTTP server that keeps what it took. */
export class HttpStore {
  /** Every request, also those that were refused. */
  readonly requests: Received[] = [];
  /** Ids of events that were answered with 2xx. */
  readonly stored: string[] = [];
  answer: Answer = () => undefined;
  readonly #tls: ServerOptions | undefined;
  #server: Server;
  #port = 0;

  constructor(tls?: ServerOptions) {
    this.#tls = tls;
    this.#server = this.#create();
  }

  get url(): string {
    return `http${this.#tls === undefined ? "" : "s"}://127.0.0.1:${this.#port}/in?team=a`;
  }

  /** Listens; after a stop on the same port again. */
  async start(): Promise<this> {
    this.#server = this.#create();
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #create(): Server {
    const server = this.#tls === undefined ? createServer() : createTlsServer(this.#tls);
    server.on("request", (request, response) => {
      const plain = request.headers["content-encoding"] === "gzip" ? request.pipe(createGunzip()) : request;
      void text(plain).then(
        (body) => {
          const received = { headers: request.headers, body, ids: idsIn(body) };
          this.requests.push(received);
          const { status, headers = {}, body: said = "" } = this.answer(received) ?? { status: 200 };
          if (status < 300) this.stored.push(...received.ids);
          response.writeHead(status, headers).end(said);
        },
        () => response.destroy(),
      );
    });
    return server;
  }
}

function idsIn(body: string): string[] {
  const json = body.startsWith("[") ? body : `[${body.trimEnd().replaceAll("\n", ",")}]`;
  const events = JSON.parse(Buffer.from(json).toString()) as { gatelog: { id: string } }[];
  return events.map(({ gatelog }) => gatelog.id);
}
