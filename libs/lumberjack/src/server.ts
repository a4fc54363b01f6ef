import { createServer, type Server, type Socket } from "node:net";
import { ByteBudget } from "./byte-budget.ts";
import { LumberjackError } from "./errors.ts";
import { defaultLimits } from "./protocol.ts";
import { type ConnectionContext, ServerConnection } from "./server-connection.ts";
import type { OnBatch, Peer } from "./window-batch.ts";

/** What the server tells its owner, who logs and counts. */
export type LumberjackServerEvent =
  | { readonly type: "connected"; readonly peer: Peer }
  /** `error` is there when the connection was closed for a reason other than the peer's leaving. */
  | { readonly type: "disconnected"; readonly peer: Peer; readonly error?: unknown };

export interface LumberjackServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Events of one window. Default 65,536. */
  readonly windowEventsMax?: number;
  /** Bytes of one event. Default 16 MiB. */
  readonly jsonBytesMax?: number;
  /** Bytes of one compressed frame. Default 32 MiB. */
  readonly compressedBytesMax?: number;
  /** Bytes that one compressed frame inflates to. Default 512 MiB; it is inflated in pieces. */
  readonly inflatedBytesMax?: number;
  /** Fields of one version 1 event. Default 1,024. */
  readonly pairsMax?: number;
  /** Bytes handed to `onBatch` at once; a larger window is handed on, and acknowledged, in parts. Default 4 MiB. */
  readonly batchBytesMax?: number;
  /** Bytes of events in memory over all connections; over it sockets are not read. Default 64 MiB. */
  readonly inFlightBytesMax?: number;
  /** Connections at the same time; more are refused. Default 1,024. */
  readonly connectionsMax?: number;
  /** A peer that is silent for so long, while nothing of its is pending, is disconnected. Default 60,000 ms. */
  readonly inactivityTimeoutMs?: number;
  /** Interval of ACK 0 while a batch is pending. Default 3,000 ms. */
  readonly keepAliveMs?: number;
  readonly onBatch: OnBatch;
  readonly onEvent?: (event: LumberjackServerEvent) => void;
}

export interface LumberjackServerStatus {
  readonly listening: boolean;
  readonly connections: number;
  readonly inFlightBytes: number;
  /** Connections that wait for bytes of `inFlightBytesMax`. */
  readonly waiting: number;
}

export interface LumberjackServer {
  /** **Errors**: GATELOG_LUMBERJACK_LISTEN. */
  start(): Promise<{ port: number }>;
  /** Takes nothing more, waits for `onBatch` of what was handed on, acknowledges it, closes. */
  stop(): Promise<void>;
  status(): LumberjackServerStatus;
}

/**
 * A Lumberjack receiver for versions 1 and 2 (any Beat, any Logstash lumberjack output, the gatelog tailer).
 *
 * **Guarantee**: at-least-once: an event is acknowledged only after `onBatch` resolved for it. Every limit is enforced
 * before memory is spent; garbage and bombs cost their own connection and nothing more.
 */
export function createLumberjackServer(options: LumberjackServerOptions): LumberjackServer {
  return new TcpLumberjackServer(options);
}

class TcpLumberjackServer implements LumberjackServer {
  readonly #options: LumberjackServerOptions;
  readonly #context: ConnectionContext;
  readonly #connections = new Map<ServerConnection, Promise<void>>();
  readonly #server: Server;

  constructor(options: LumberjackServerOptions) {
    this.#options = options;
    const batchBytesMax = options.batchBytesMax ?? 4 * 1024 * 1024;
    this.#context = {
      limits: {
        windowEventsMax: options.windowEventsMax ?? defaultLimits.windowEventsMax,
        jsonBytesMax: options.jsonBytesMax ?? defaultLimits.jsonBytesMax,
        compressedBytesMax: options.compressedBytesMax ?? defaultLimits.compressedBytesMax,
        inflatedBytesMax: options.inflatedBytesMax ?? defaultLimits.inflatedBytesMax,
        pairsMax: options.pairsMax ?? defaultLimits.pairsMax,
      },
      batchBytesMax,
      inactivityTimeoutMs: options.inactivityTimeoutMs ?? 60_000,
      keepAliveMs: options.keepAliveMs ?? 3000,
      budget: new ByteBudget(options.inFlightBytesMax ?? 64 * 1024 * 1024),
      onBatch: options.onBatch,
    };
    this.#server = createServer({ noDelay: true, keepAlive: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = options.connectionsMax ?? 1024;
  }

  start(): Promise<{ port: number }> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const onError = (error: Error) => {
        reject(new LumberjackError("GATELOG_LUMBERJACK_LISTEN", `cannot listen on ${host}:${port}: ${error.message}`, error));
      };
      this.#server.once("error", onError);
      this.#server.listen(port, host, () => {
        this.#server.off("error", onError);
        // Running out of file descriptors on accept is the machine's trouble of the moment, not the end of the server.
        this.#server.on("error", () => {});
        const address = this.#server.address();
        resolve({ port: typeof address === "object" && address !== null ? address.port : port });
      });
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#server.listening) this.#server.close(() => resolve());
      else resolve();
    });
    for (const connection of this.#connections.keys()) connection.stop();
    await Promise.all(this.#connections.values());
    await closed;
  }

  status(): LumberjackServerStatus {
    const { budget } = this.#context;
    return {
      listening: this.#server.listening,
      connections: this.#connections.size,
      inFlightBytes: budget.usedBytes,
      waiting: budget.waiting,
    };
  }

  #accept(socket: Socket): void {
    const peer: Peer = { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
    const connection = new ServerConnection(socket, peer, this.#context);
    this.#options.onEvent?.({ type: "connected", peer });
    const serve = async () => {
      const error = await connection.serve();
      await closedWithin(socket, lingerMs);
      this.#connections.delete(connection);
      this.#options.onEvent?.(error === undefined ? { type: "disconnected", peer } : { type: "disconnected", peer, error });
    };
    this.#connections.set(connection, serve());
  }
}

/** How long a peer may take to close its half after we closed ours. */
const lingerMs = 2000;

/** Resolves when the socket is closed; one that its peer keeps open is destroyed after `waitMs`. */
function closedWithin(socket: Socket, waitMs: number): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    // What the peer still sends is not for us any more; reading it lets the close complete.
    socket.resume();
  });
}
