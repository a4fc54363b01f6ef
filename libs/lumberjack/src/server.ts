import type { DropArgument, Socket } from "node:net";
import { type Acceptor, createAcceptor } from "./acceptor.ts";
import { ByteBudget } from "./byte-budget.ts";
import { LumberjackError } from "./errors.ts";
import { defaultLimits } from "./protocol.ts";
import type { ConnectionContext } from "./connection-context.ts";
import { ServerConnection } from "./server-connection.ts";
import type { LumberjackServerTls } from "./tls.ts";
import type { OnBatch, Peer } from "./window-batch.ts";

/** What the server tells its owner, who logs and counts. */
export type LumberjackServerEvent =
  /** A peer whose handshake, if any, is done. */
  | { readonly type: "connected"; readonly peer: Peer }
  /** `error` is there when the connection was closed for a reason other than the peer's leaving. */
  | { readonly type: "disconnected"; readonly peer: Peer; readonly error?: unknown }
  /** GATELOG_LUMBERJACK_TLS, which names what was wrong. */
  | { readonly type: "handshakeFailed"; readonly peer: Peer; readonly error: LumberjackError }
  /** GATELOG_LUMBERJACK_REFUSED: there are as many connections as there may be. */
  | { readonly type: "refused"; readonly peer: Peer; readonly error: LumberjackError };

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
  /**
   * Bytes of events in memory over all connections, 128 for each event besides its own; over it sockets are not read.
   * Frames that are not complete yet take at most half of it. Default 64 MiB.
   */
  readonly inFlightBytesMax?: number;
  /** Connections at the same time, those within their handshake included; more are refused. Default 1,024. */
  readonly connectionsMax?: number;
  /** A peer that sends nothing and reads nothing for so long, while nothing of its is pending, is disconnected. Default 60,000 ms. */
  readonly inactivityTimeoutMs?: number;
  /** A peer that began a frame and does not complete it within that is disconnected. Default 300,000 ms. */
  readonly frameTimeoutMs?: number;
  /** The same for a large frame that holds room which others wait for. Default 30,000 ms. */
  readonly slowFrameTimeoutMs?: number;
  /** An incomplete window is handed on, and acknowledged in part, when its peer lets it wait for so long. Default 5,000 ms. */
  readonly partialBatchMs?: number;
  /** Interval of ACK 0 while a batch is pending. Default 3,000 ms. */
  readonly keepAliveMs?: number;
  /** Without it: plain TCP. */
  readonly tls?: LumberjackServerTls;
  readonly onBatch: OnBatch;
  readonly onEvent?: (event: LumberjackServerEvent) => void;
}

export interface LumberjackServerStatus {
  readonly listening: boolean;
  /** Connections that are served. */
  readonly connections: number;
  /** Connections whose handshake is under way. */
  readonly handshaking: number;
  readonly inFlightBytes: number;
  /** Connections that wait for bytes of `inFlightBytesMax`. */
  readonly waiting: number;
}

export interface LumberjackServer {
  /** **Errors**: GATELOG_LUMBERJACK_LISTEN, GATELOG_LUMBERJACK_TLS. */
  start(): Promise<{ port: number }>;
  /** Takes nothing more, waits for `onBatch` of what was handed on, acknowledges it, closes. */
  stop(): Promise<void>;
  /** Asks `tls.material` again, for connections to come. **Errors**: GATELOG_LUMBERJACK_TLS; then what was in use stays in use. */
  reloadTls(): Promise<void>;
  status(): LumberjackServerStatus;
}

/** The server's defaults; those of what a peer may send are `defaultLimits`. */
export const serverDefaults = {
  batchBytesMax: 4 * 1024 * 1024,
  inFlightBytesMax: 64 * 1024 * 1024,
  connectionsMax: 1024,
  inactivityTimeoutMs: 60_000,
  frameTimeoutMs: 300_000,
  slowFrameTimeoutMs: 30_000,
  partialBatchMs: 5000,
  keepAliveMs: 3000,
} as const;

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
  /** Every connection of the listening socket, whatever its state. */
  readonly #sockets = new Set<Socket>();
  readonly #acceptor: Acceptor;

  constructor(options: LumberjackServerOptions) {
    const settings = { ...serverDefaults, ...options };
    this.#options = options;
    this.#context = { ...settings, ...budgetsOf(settings), limits: { ...defaultLimits, ...options } };
    this.#acceptor = createAcceptor({
      tls: options.tls,
      onConnection: (socket) => this.#accept(socket),
      onHandshakeFailed: (socket, error) => this.#tell({ type: "handshakeFailed", peer: peerOf(socket), error }),
    });
    const { server } = this.#acceptor;
    server.maxConnections = settings.connectionsMax;
    server.on("drop", (dropped) => this.#onRefused(dropped));
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  async start(): Promise<{ port: number }> {
    await this.#acceptor.load();
    const { server } = this.#acceptor;
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const onError = (error: Error) => {
        reject(new LumberjackError("GATELOG_LUMBERJACK_LISTEN", `cannot listen on ${host}:${port}: ${error.message}`, error));
      };
      server.once("error", onError);
      server.listen(port, host, () => {
        server.off("error", onError);
        // Running out of file descriptors on accept is the machine's trouble of the moment, not the end of the server.
        server.on("error", () => {});
        const address = server.address();
        resolve({ port: typeof address === "object" && address !== null ? address.port : port });
      });
    });
  }

  async stop(): Promise<void> {
    const { server } = this.#acceptor;
    const closed = new Promise<void>((resolve) => {
      if (server.listening) server.close(() => resolve());
      else resolve();
    });
    for (const connection of this.#connections.keys()) connection.stop();
    await Promise.all(this.#connections.values());
    // What is left is within its handshake.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  reloadTls(): Promise<void> {
    return this.#acceptor.load();
  }

  status(): LumberjackServerStatus {
    const { budget, frameBudget, largeBudget } = this.#context;
    return {
      listening: this.#acceptor.server.listening,
      connections: this.#connections.size,
      handshaking: Math.max(0, this.#sockets.size - this.#connections.size),
      inFlightBytes: budget.usedBytes,
      waiting: budget.waiting + frameBudget.waiting + largeBudget.waiting,
    };
  }

  #accept(socket: Socket): void {
    const peer = peerOf(socket);
    const connection = new ServerConnection(socket, peer, this.#context);
    this.#tell({ type: "connected", peer });
    const serve = async () => {
      const error = await connection.serve();
      await closedWithin(socket, lingerMs);
      this.#connections.delete(connection);
      this.#tell(error === undefined ? { type: "disconnected", peer } : { type: "disconnected", peer, error });
    };
    this.#connections.set(connection, serve());
  }

  #onRefused(dropped: DropArgument | undefined): void {
    const peer = { address: dropped?.remoteAddress ?? "", port: dropped?.remotePort ?? 0 };
    const message = `there are ${this.#acceptor.server.maxConnections} connections already`;
    this.#tell({ type: "refused", peer, error: new LumberjackError("GATELOG_LUMBERJACK_REFUSED", message) });
  }

  #tell(event: LumberjackServerEvent): void {
    this.#options.onEvent?.(event);
  }
}

function peerOf(socket: Socket): Peer {
  return { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
}

/** Below this, asking would cost more than the bytes. */
const unaskedBytesMin = 16 * 1024;

/** What all connections may keep without asking is, together, no more than what they may keep by asking. */
function budgetsOf({ inFlightBytesMax, connectionsMax }: { inFlightBytesMax: number; connectionsMax: number }) {
  return {
    budget: new ByteBudget(inFlightBytesMax),
    frameBudget: new ByteBudget(inFlightBytesMax / 2),
    // Any event is alone in it.
    largeBudget: new ByteBudget(1),
    unaskedBytesMax: Math.max(unaskedBytesMin, Math.floor(inFlightBytesMax / connectionsMax)),
  };
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
