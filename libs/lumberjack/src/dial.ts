import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { LumberjackError, transientError } from "./errors.ts";
import type { Host } from "./host.ts";
import { clientTlsOptions, describeTlsError, type LumberjackClientTls } from "./tls.ts";

export interface DialOptions {
  /** For all of it: name, connection and handshake. */
  readonly connectTimeoutMs: number;
  readonly tls?: LumberjackClientTls | undefined;
  /** Gives the attempt up. */
  readonly signal: AbortSignal;
}

/**
 * A connection to `host`, its handshake done where there is TLS.
 *
 * **Errors**: DeliveryError GATELOG_LUMBERJACK_CONNECT, _TLS or _CLOSED, transient.
 */
export async function dial(host: Host, { connectTimeoutMs, tls, signal }: DialOptions): Promise<Socket> {
  const { host: name, port } = host;
  try {
    const options = { host: name, port };
    const socket = tls === undefined ? connectTcp(options) : connectTls({ ...options, ...(await clientTlsOptions(tls, name)) });
    socket.setNoDelay(true).setKeepAlive(true, keepAliveProbeMs);
    await connected(socket, { event: tls === undefined ? "connect" : "secureConnect", timeoutMs: connectTimeoutMs, signal });
    return socket;
  } catch (error) {
    throw dialError(error, signal);
  }
}

/** After so long without traffic the system asks whether the peer is still there. */
const keepAliveProbeMs = 60_000;

interface Connecting {
  readonly event: "connect" | "secureConnect";
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

function connected(socket: Socket, { event, timeoutMs, signal }: Connecting): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (reason: string) => socket.destroy(new Error(reason));
    const onAbort = () => giveUp("the client was closed");
    const timer = setTimeout(() => giveUp(`no connection within ${timeoutMs} ms`), timeoutMs);
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    // Stays: an error on the heels of the connection must find a listener.
    socket.on("error", (error) => {
      done();
      reject(error);
    });
    socket.once(event, () => {
      done();
      if (socket.destroyed) reject(new Error("the receiver closed the connection"));
      else resolve();
    });
  });
}

function dialError(error: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return transientError("GATELOG_LUMBERJACK_CLOSED", "the client was closed", error);
  if (error instanceof LumberjackError) return transientError(error.code, error.message, error);
  const problem = describeTlsError(error);
  if (problem !== undefined) return transientError("GATELOG_LUMBERJACK_TLS", problem, error);
  return transientError("GATELOG_LUMBERJACK_CONNECT", error instanceof Error ? error.message : String(error), error);
}
