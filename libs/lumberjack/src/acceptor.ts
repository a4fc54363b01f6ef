import { constants } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from "node:tls";
import { hasClientName } from "./client-names.ts";
import { LumberjackError } from "./errors.ts";
import { describeTlsError, type LumberjackServerTls, secureContextOptions } from "./tls.ts";

export interface AcceptorOptions {
  readonly tls: LumberjackServerTls | undefined;
  /** Called with every connection whose handshake, if any, is done. */
  readonly onConnection: (socket: Socket) => void;
  readonly onHandshakeFailed: (socket: Socket, error: LumberjackError) => void;
}

/** A listening socket whose connections may have to make a TLS handshake first. */
export interface Acceptor {
  readonly server: Server;
  /** Asks for the certificates, and uses them from now on. **Errors**: GATELOG_LUMBERJACK_TLS; then the old ones stay. */
  load(): Promise<void>;
}

/** Half-open: a peer that closed its half still gets its ACKs. */
const socketOptions = { noDelay: true, keepAlive: true, allowHalfOpen: true };

export function createAcceptor(options: AcceptorOptions): Acceptor {
  if (options.tls !== undefined) return tlsAcceptor(options, options.tls);
  return { server: createServer(socketOptions, options.onConnection), load: () => Promise.resolve() };
}

function tlsAcceptor({ onConnection, onHandshakeFailed }: AcceptorOptions, tls: LumberjackServerTls): Acceptor {
  const { clientAuthentication = "none", handshakeTimeoutMs = 10_000 } = tls;
  const server: TlsServer = createTlsServer({
    ...socketOptions,
    handshakeTimeout: handshakeTimeoutMs,
    requestCert: clientAuthentication !== "none",
    rejectUnauthorized: clientAuthentication === "required",
  });
  server.on("secureConnection", (socket) => {
    const refusal = clientAuthentication === "optional" ? wrongCertificate(socket) : wrongName(socket, tls.clientNames);
    if (refusal === undefined) return onConnection(socket);
    onHandshakeFailed(socket, refusal);
    socket.on("error", () => {});
    return socket.destroy();
  });
  server.on("tlsClientError", (error, socket) => {
    onHandshakeFailed(socket, handshakeError(socket.authorizationError ? authorizationError(socket) : error));
    socket.destroy();
  });
  return {
    server,
    async load() {
      const options = await secureContextOptions(tls);
      if (clientAuthentication !== "none" && options.ca === undefined) throw withoutAuthority(clientAuthentication);
      if (tls.clientNames !== undefined && tls.clientNames.length > 0 && clientAuthentication !== "required") throw namesOfNobody();
      // A session that began under an earlier certificate must not be taken up again.
      server.setSecureContext({ ...options, secureOptions: constants.SSL_OP_NO_TICKET });
    },
  };
}

/** Node would take a certificate of any public authority, which anybody can get. */
function withoutAuthority(clientAuthentication: string): LumberjackError {
  const message = `tls.clientAuthentication ${clientAuthentication} needs tls.ca: name the authority that issues the senders' certificates`;
  return new LumberjackError("GATELOG_LUMBERJACK_TLS", message);
}

function namesOfNobody(): LumberjackError {
  const message = "tls.clientNames needs tls.clientAuthentication: required, or senders could come without a name";
  return new LumberjackError("GATELOG_LUMBERJACK_TLS", message);
}

/** A peer may come without a certificate, but not with one that nobody vouches for. */
function wrongCertificate(socket: TLSSocket): LumberjackError | undefined {
  const hasCertificate = Object.keys(socket.getPeerCertificate()).length > 0;
  return hasCertificate && !socket.authorized ? handshakeError(authorizationError(socket)) : undefined;
}

function wrongName(socket: TLSSocket, names: readonly string[] = []): LumberjackError | undefined {
  if (names.length === 0 || hasClientName(socket, names)) return undefined;
  const name = String(socket.getPeerCertificate().subject?.CN);
  return new LumberjackError("GATELOG_LUMBERJACK_TLS", `the peer's certificate is for ${name}, which tls.clientNames does not name`);
}

/** Node gives the code alone. */
function authorizationError(socket: TLSSocket): Error {
  const reason = socket.authorizationError as unknown;
  const code = reason instanceof Error ? reason.message : String(reason);
  return Object.assign(new Error("the peer's certificate was refused"), { code });
}

function handshakeError(error: Error): LumberjackError {
  return new LumberjackError("GATELOG_LUMBERJACK_TLS", describeTlsError(error) ?? `the handshake failed: ${error.message}`, error);
}
