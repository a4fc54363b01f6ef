import type { Buffer } from "node:buffer";
import { constants } from "node:crypto";
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { listenError, type TlsFiles } from "@gatelog/service-kit";
import type { Take } from "../intake.ts";
import { createFix } from "./codec.ts";
import { createAdmission, type HttpConfig } from "./http-admission.ts";
import { readBody } from "./http-body.ts";
import { splitBody } from "./http-events.ts";
import { HttpRefusal, tryAgain } from "./http-refusal.ts";
import type { Input, InputContext, InputLoad } from "./input.ts";
import { serverTlsFiles } from "./server-tls-files.ts";

/** What an event costs beside its bytes while it is in memory. */
const eventOverheadBytes = 128;

/** Events by POST: a request is answered with 200 when all of its events are on disk, and with nothing less. */
export class HttpInput implements Input {
  readonly name: string;
  readonly #config: HttpConfig;
  readonly #context: InputContext;
  readonly #admit: (request: IncomingMessage) => void;
  readonly #server: Server | TlsServer;
  readonly #files: TlsFiles | undefined;
  readonly #stopping = new AbortController();
  readonly #requests = new Set<Promise<void>>();
  #take: Take<Uint8Array> | undefined;
  #connections = 0;
  #inFlightBytes = 0;

  constructor(config: HttpConfig, context: InputContext) {
    this.name = context.name;
    this.#config = config;
    this.#context = context;
    this.#admit = createAdmission(config);
    this.#files = config.tls && serverTlsFiles(config.tls, context, async () => this.#useCertificates());
    this.#server = createHttpServer(config, (request, response) => this.#serve(request, response));
    this.#server.maxConnections = config.connectionsMax;
    this.#server.on("connection", (socket) => {
      this.#connections++;
      socket.once("close", () => this.#connections--);
    });
    // Every request under way listens.
    setMaxListeners(0, this.#stopping.signal);
  }

  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === "object" ? address?.port : undefined;
  }

  async start(): Promise<void> {
    const { key, seedTimeZone, intake } = this.#context;
    const fix = createFix(this.#config.codec, seedTimeZone);
    this.#take = intake({ fix, bytesOf: ({ length }: Uint8Array) => length });
    if (this.#files !== undefined) {
      this.#files.start();
      this.#useCertificates();
    }
    try {
      await listen(this.#server, this.#config);
    } catch (error) {
      throw listenError(error, { ...this.#config, key: `${key}.port` });
    }
  }

  /** Whoever is not read to the end by now is told to come again; whose events wait for the disk is waited for. */
  async stop(): Promise<void> {
    this.#files?.stop();
    this.#stopping.abort(tryAgain(503, "the processor stops"));
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    await Promise.all(this.#requests);
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), lingerMs);
    await closed;
    clearTimeout(timer);
  }

  trouble(): string | undefined {
    return this.#server.listening ? undefined : "it does not listen";
  }

  load(): InputLoad {
    return { connections: this.#connections, inFlightBytes: this.#inFlightBytes };
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const served = this.#answer(request, response);
    this.#requests.add(served);
    void served.finally(() => this.#requests.delete(served));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => undefined);
    try {
      const events = await this.#receive(request);
      write(response, 200, { events }, this.#stopping.signal.aborted);
    } catch (error) {
      const refusal = error instanceof HttpRefusal ? error : tryAgain(503, "the events could not be stored; send them again");
      this.#context.reports.httpRefused(this.name, refusal.status, error);
      for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
      write(response, refusal.status, { error: refusal.message }, this.#stopping.signal.aborted);
    }
  }

  /** **Errors**: HttpRefusal, or whatever kept the buffer from taking the events. */
  async #receive(request: IncomingMessage): Promise<number> {
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    this.#admit(request);
    if (this.#context.isBufferFull()) throw noRoom();
    let reserved = 0;
    const reserve = (bytes: number) => {
      if (this.#inFlightBytes + bytes > this.#config.inFlightBytesMax) throw tryAgain(429, "too many bytes are under way: send them again");
      this.#inFlightBytes += bytes;
      reserved += bytes;
    };
    try {
      const body = await readBody(request, { bytesMax: this.#config.bodyBytesMax, reserve, signal });
      const events = splitBody(body, request.headers["content-type"] ?? "");
      reserve(events.length * eventOverheadBytes);
      await this.#store(events);
      return events.length;
    } finally {
      this.#inFlightBytes -= reserved;
    }
  }

  async #store(events: readonly Buffer[]): Promise<void> {
    if (events.length === 0) return;
    const { givingUp } = this.#context;
    const patience = new AbortController();
    const lose = () => patience.abort(noRoom());
    const timer = setTimeout(lose, this.#config.ackTimeoutMs);
    givingUp.addEventListener("abort", lose, { once: true });
    try {
      await this.#take?.(events, patience.signal);
    } finally {
      clearTimeout(timer);
      givingUp.removeEventListener("abort", lose);
    }
  }

  #useCertificates(): void {
    if (this.#files === undefined || !("setSecureContext" in this.#server)) return;
    const { minVersion } = this.#config.tls ?? {};
    // A session that began under an earlier certificate must not be taken up again.
    this.#server.setSecureContext({ ...this.#files.material(), minVersion, secureOptions: constants.SSL_OP_NO_TICKET });
  }
}

/** How long a sender may take to read its answer and to close, after the last one was given. */
const lingerMs = 2000;
const headersTimeoutMsMax = 60_000;

function createHttpServer({ tls, requestTimeoutMs }: HttpConfig, serve: (request: IncomingMessage, response: ServerResponse) => void) {
  const options: ServerOptions = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(requestTimeoutMs, headersTimeoutMsMax),
    connectionsCheckingInterval: Math.min(requestTimeoutMs, 5000),
  };
  if (tls === undefined) return createServer(options, serve);
  const { clientAuthentication } = tls;
  const requestCert = clientAuthentication !== "none";
  return createTlsServer({ ...options, requestCert, rejectUnauthorized: clientAuthentication === "required" }, serve);
}

function listen(server: Server, { host, port }: HttpConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      // Running out of file descriptors on accept is the machine's trouble of the moment, not the end of the server.
      server.on("error", () => undefined);
      resolve();
    });
  });
}

function noRoom(): HttpRefusal {
  return tryAgain(503, "the buffer has no room until an output catches up: send the events again");
}

function write(response: ServerResponse, status: number, body: unknown, isLast: boolean): void {
  if (response.headersSent || response.destroyed) return;
  if (isLast) response.setHeader("connection", "close");
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}
