import { createServer, ServerResponse, METHODS, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import httpProxy from "@fastify/http-proxy";
import { listenError } from "@gatelog/service-kit";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from "fastify";
import { handleBrokenRequest } from "./broken-requests.ts";
import type { CallHandler } from "./call-handler.ts";
import type { Config } from "./config.ts";
import type { Exchange } from "./exchange.ts";
import type { Exchanges } from "./exchanges.ts";
import { refuse } from "./refuse.ts";
import { admitUpgrade, upgraded, upgradeHeaders, webSocketBytesMax } from "./web-sockets.ts";

/** How often node:http looks for requests that take too long; its default of 30 s would make short time-outs long. */
const timeoutCheckMs = 1000;

/** While the gateway stops: how often connections without a call are looked for, and how long one may take to send its first byte. */
const unusedCheckMs = 500;

/** A request as Fastify hands it on, whatever its type parameters. */
interface Routed {
  readonly raw: object;
}

/** What the server serves with. */
export interface ServerOptions {
  readonly config: Pick<Config, "listen" | "limits" | "timeouts">;
  readonly exchanges: Exchanges;
  readonly handler: CallHandler;
  /** A connection was closed at once, because there are limits.connectionsMax. */
  readonly onConnectionDropped: () => void;
}

/**
 * The front of the gateway: a node:http server. Plain calls are streamed by CallHandler and never see Fastify, whose request, reply
 * and hooks would cost as much as all the rest; upgrades to web sockets are carried by @fastify/http-proxy.
 *
 * An exchange is made before anything else sees the call, so that whatever Fastify answers by itself is recorded as well.
 */
export class GatewayServer {
  readonly #options: ServerOptions;
  readonly #server: Server;
  readonly #app: FastifyInstance;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = this.#createServer();
    this.#app = this.#createApp();
  }

  /** **Errors**: StartError when the port cannot be had. */
  async start(): Promise<void> {
    const { host, port } = this.#options.config.listen;
    try {
      await this.#app.ready();
      this.#guardUpgrades();
      await this.#app.listen({ host, port, listenTextResolver: () => "" });
    } catch (error) {
      throw listenError(error, { key: "listen.port", host, port });
    }
  }

  get port(): number {
    const address = this.#server.address() as AddressInfo | null;
    return address?.port ?? 0;
  }

  /** Takes no more connections, lets calls in flight end; resolves when the last connection is closed, by itself or at the deadline. */
  async stop(deadline: AbortSignal): Promise<void> {
    const { handler, exchanges } = this.#options;
    handler.isClosing = true;
    exchanges.isClosing = true;
    for (const exchange of exchanges.all()) if (exchange.response?.headersSent === false) exchange.response.shouldKeepAlive = false;
    const giveUp = () => exchanges.closeAll();
    deadline.addEventListener("abort", giveUp, { once: true });
    const unusedCheck = setInterval(() => exchanges.closeUnused(), unusedCheckMs);
    const closed = this.#app.close();
    if (deadline.aborted) giveUp();
    await closed;
    clearInterval(unusedCheck);
    deadline.removeEventListener("abort", giveUp);
    // The last connections are closed, and may not have said so yet.
    for (const exchange of exchanges.all()) exchanges.end(exchange);
  }

  #createServer(): Server {
    const { limits, timeouts } = this.#options.config;
    const server = createServer({
      keepAliveTimeout: timeouts.keepAliveMs,
      headersTimeout: Math.min(timeouts.requestHeadersMs, timeouts.requestMs),
      requestTimeout: timeouts.requestMs,
      connectionsCheckingInterval: timeoutCheckMs,
      maxHeaderSize: limits.headerBytesMax,
      // node:http would answer such a call by itself, without a record; CallHandler does.
      requireHostHeader: false,
    });
    // node:http calls a connection idle whose answer was handed to the kernel only in part.
    server.closeIdleConnections = () => this.#options.exchanges.closeIdle();
    server.maxHeadersCount = 0;
    server.timeout = timeouts.clientIdleMs;
    return server;
  }

  #createApp(): FastifyInstance {
    const app = fastify({
      serverFactory: () => {
        this.#listenTo(this.#server);
        return this.#server;
      },
      clientErrorHandler: (error, socket) => handleBrokenRequest(error, socket, this.#options.exchanges),
      frameworkErrors: (_error, request, reply) => this.#refuseRouted(request, reply),
      forceCloseConnections: false,
      return503OnClosing: false,
      exposeHeadRoutes: false,
    });
    // Bodies are streamed by the gateway: no method has one that Fastify should parse.
    for (const method of METHODS) if (method !== "CONNECT") app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
    app.setNotFoundHandler((request, reply) => this.#refuseRouted(request, reply));
    app.setErrorHandler((error, request, reply) => this.#refuseFailed(error, request, reply));
    void app.register(httpProxy, this.#proxyOptions());
    return app;
  }

  /** Not by server.maxConnections: node:cluster hands a connection that a full worker does not take from worker to worker, for ever. */
  #connected(socket: Socket): void {
    const { exchanges, config, onConnectionDropped } = this.#options;
    if (exchanges.connections < config.limits.connectionsMax) return exchanges.connected(socket);
    onConnectionDropped();
    socket.destroy();
  }

  /** node:http's events, in front of Fastify. */
  #listenTo(server: Server): void {
    const { exchanges, handler } = this.#options;
    server.on("connection", (socket: Socket) => this.#connected(socket));
    server.on("request", (request, response) => handler.handle(exchanges.arrived(request, response)));
    server.on("checkContinue", (request, response) => {
      const exchange = exchanges.arrived(request, response);
      exchange.expectsContinue = true;
      handler.handle(exchange);
    });
    server.on("checkExpectation", (request, response) => {
      refuse(exchanges.arrived(request, response), "GATELOG_GATEWAY_EXPECTATION_FAILED");
    });
    server.on("connect", (request, socket) => {
      if (this.#isBusy(request, socket as Socket)) return;
      const response = new ServerResponse(request);
      response.assignSocket(socket as Socket);
      response.shouldKeepAlive = false;
      response.once("finish", () => (socket as Socket).destroySoon());
      refuse(exchanges.arrived(request, response), "GATELOG_GATEWAY_METHOD_NOT_SUPPORTED");
    });
    server.on("timeout", (socket: Socket) => {
      for (const exchange of exchanges.on(socket)) exchange.fail("GATELOG_GATEWAY_CLIENT_STALLED");
      exchanges.destroy(socket);
    });
  }

  /** In front of the listener of @fastify/http-proxy, which routes the upgrade. */
  #guardUpgrades(): void {
    const listeners = this.#server.listeners("upgrade");
    this.#server.removeAllListeners("upgrade");
    this.#server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (this.#isBusy(request, socket)) return;
      this.#options.exchanges.arrived(request).isUpgrade = true;
      for (const listener of listeners) listener.call(this.#server, request, socket, head);
    });
  }

  /** Closes a connection on which something else than plain calls is asked for while calls are in flight: nothing can answer both. */
  #isBusy(request: IncomingMessage, socket: Socket): boolean {
    const { exchanges } = this.#options;
    if (exchanges.on(socket).length === 0) return false;
    exchanges.arrived(request).fail("GATELOG_GATEWAY_UPGRADE_NOT_SUPPORTED");
    exchanges.destroy(socket);
    return true;
  }

  #proxyOptions() {
    const preHandler = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      admitUpgrade(this.#exchangeOf(request), reply, this.#options, done);
    };
    return {
      upstream: "",
      prefix: "/",
      httpMethods: METHODS.filter((method) => method !== "CONNECT"),
      preHandler,
      websocket: true as const,
      // Only upgrades come here, and these are not repeated.
      retryMethods: [] as HTTPMethods[],
      replyOptions: { getUpstream: (request: Routed) => this.#exchangeOf(request).upstream ?? "" },
      wsHooks: { onConnect: (_context: unknown, source: object) => upgraded(source, this.#options.exchanges) },
      wsServerOptions: { maxPayload: webSocketBytesMax },
      wsClientOptions: {
        maxPayload: webSocketBytesMax,
        handshakeTimeout: this.#options.config.timeouts.upstreamConnectMs,
        rewriteRequestHeaders: (_headers: unknown, request: Routed) => upgradeHeaders(this.#exchangeOf(request)),
      },
    };
  }

  #exchangeOf(request: Routed): Exchange {
    const exchange = this.#options.exchanges.of(request.raw);
    if (exchange === undefined) throw new Error("a call reached Fastify without an exchange");
    return exchange;
  }

  /** Fastify knows no route: the target is no path. */
  #refuseRouted(request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack();
    const exchange = this.#exchangeOf(request);
    exchange.response ??= reply.raw;
    refuse(exchange, "GATELOG_GATEWAY_MALFORMED_REQUEST");
  }

  #refuseFailed(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack();
    const exchange = this.#exchangeOf(request);
    exchange.response ??= reply.raw;
    const isClientsFault = typeof error === "object" && error !== null && "statusCode" in error && error.statusCode === 400;
    refuse(exchange, isClientsFault ? "GATELOG_GATEWAY_MALFORMED_REQUEST" : "GATELOG_GATEWAY_INTERNAL", String(error));
  }
}
