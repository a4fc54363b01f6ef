export {
  clientDefaults,
  createLumberjackClient,
  type LumberjackClient,
  type LumberjackClientOptions,
  type LumberjackClientStatus,
  type LumberjackHostStatus,
} from "./client.ts";
export { hasClientName } from "./client-names.ts";
export type { LumberjackClientEvent } from "./host-link.ts";
export { encodeAck, type EncodedWindow, encodeEvents, encodeWindow } from "./encoder.ts";
export { errors, LumberjackError, type LumberjackErrorCode } from "./errors.ts";
export { type Frame, FrameDecoder } from "./frame-decoder.ts";
export { type Host, parseHost } from "./host.ts";
export { type DecoderLimits, defaultLimits, defaultPort } from "./protocol.ts";
export {
  createLumberjackServer,
  type LumberjackServer,
  type LumberjackServerEvent,
  type LumberjackServerOptions,
  type LumberjackServerStatus,
  serverDefaults,
} from "./server.ts";
export {
  createLumberjackSink,
  createLumberjackWindowSink,
  type LumberjackConnection,
  type LumberjackSink,
  type LumberjackWindowSink,
} from "./sink.ts";
export { createLumberjackSource, type LumberjackSource } from "./source.ts";
export type { LumberjackClientTls, LumberjackServerTls, TlsMaterial, TlsVersion } from "./tls.ts";
export type { OnBatch, Peer } from "./window-batch.ts";
