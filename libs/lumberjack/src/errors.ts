import { DeliveryError } from "@gatelog/pipeline";

/** Every error code of this library: what it means, and what to do. The reference page is generated from it. */
export const errors = {
  GATELOG_LUMBERJACK_PROTOCOL:
    "The peer sent bytes that are no Lumberjack frame. The connection was closed; look at what connects to this port.",
  GATELOG_LUMBERJACK_LIMIT:
    "The peer sent a window or frame over a configured limit. The connection was closed; raise the limit or lower the peer's batch size.",
  GATELOG_LUMBERJACK_INFLATE: "A compressed frame does not inflate. The connection was closed; the sender resends.",
  GATELOG_LUMBERJACK_INACTIVE:
    "The peer had nothing to send for longer than the inactivity time-out. The connection was closed, as is usual; a sender reconnects when it has something to send.",
  GATELOG_LUMBERJACK_SLOW:
    "The peer began a frame or a window and did not send the rest of it in time, or did not read its ACKs. The connection was closed; look at the peer and the network, or raise frameTimeoutMs.",
  GATELOG_LUMBERJACK_REFUSED:
    "As many connections are open as connectionsMax allows; another one was refused. Raise it, or look at who connects so often.",
  GATELOG_LUMBERJACK_LISTEN:
    "The server cannot listen on its address. Another process uses the port, or the address is not of this machine.",
  GATELOG_LUMBERJACK_CONNECT: "No host of the output could be reached. The sender tries again; check the hosts and the network.",
  GATELOG_LUMBERJACK_TLS:
    "A TLS handshake failed, or the certificates cannot be used; the message names what is wrong. It is tried again: replace the certificate, name the right authority, or set the right server name.",
  GATELOG_LUMBERJACK_TIMEOUT:
    "The receiver neither took bytes nor answered with an ACK or a keep-alive in time. The events are sent again.",
  GATELOG_LUMBERJACK_DISCONNECTED: "The connection broke before everything was acknowledged. The events are sent again.",
  GATELOG_LUMBERJACK_CLOSED: "The client was closed while events were not yet acknowledged.",
  GATELOG_LUMBERJACK_HOST: "A host of the output is not written as name:port.",
} as const;

export type LumberjackErrorCode = keyof typeof errors;

/** A failure of the server side: the peer's bytes, a limit, or the listening socket. */
export class LumberjackError extends Error {
  override readonly name = "LumberjackError";
  readonly code: LumberjackErrorCode;

  constructor(code: LumberjackErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A failure of the client side. Always transient: what a receiver says or does not say never condemns an event. */
export function transientError(code: LumberjackErrorCode, message: string, cause?: unknown): DeliveryError {
  return new DeliveryError(code, message, cause === undefined ? { permanent: false } : { permanent: false, cause });
}
