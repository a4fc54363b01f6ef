import type { Deliver, Source } from "@gatelog/pipeline";
import { createLumberjackServer, type LumberjackServer, type LumberjackServerOptions, type LumberjackServerStatus } from "./server.ts";

/** A Lumberjack server as a source: every window becomes a delivery of the JSON objects in it. */
export interface LumberjackSource extends Source<Uint8Array> {
  /** The port that it listens on; 0 before `start` resolved. */
  readonly port: number;
  /** Asks `tls.material` again, for connections to come. **Errors**: GATELOG_LUMBERJACK_TLS; then what was in use stays in use. */
  reloadTls(): Promise<void>;
  status(): LumberjackServerStatus;
}

/** **Guarantee**: the peer's ACK leaves after `deliver` resolved; a delivery that rejects closes the connection unacknowledged. */
export function createLumberjackSource(options: Omit<LumberjackServerOptions, "onBatch">): LumberjackSource {
  let server: LumberjackServer | undefined;
  let port = 0;
  return {
    get port() {
      return port;
    },
    async start(deliver: Deliver<Uint8Array>): Promise<void> {
      server = createLumberjackServer({ ...options, onBatch: (events) => deliver(events) });
      ({ port } = await server.start());
    },
    async stop(): Promise<void> {
      await server?.stop();
    },
    async reloadTls(): Promise<void> {
      await server?.reloadTls();
    },
    status: () => server?.status() ?? notStarted,
  };
}

const notStarted: LumberjackServerStatus = { listening: false, connections: 0, handshaking: 0, inFlightBytes: 0, waiting: 0 };
