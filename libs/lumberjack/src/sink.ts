import type { Sink } from "@gatelog/pipeline";
import { createLumberjackClient, type LumberjackClientOptions, type LumberjackClientStatus } from "./client.ts";

/** A Lumberjack client as a sink of JSON objects, each given as its bytes. */
export interface LumberjackSink extends Sink<Uint8Array> {
  /** Connects where not connected, so that `status` tells whether the receiver can be reached. **Errors**: as `write`. */
  connect(): Promise<void>;
  status(): LumberjackClientStatus;
}

/** **Guarantee**: `write` resolves when the receiver acknowledged every event; all its errors are transient. */
export function createLumberjackSink(options: LumberjackClientOptions): LumberjackSink {
  const client = createLumberjackClient(options);
  return {
    // An unreachable receiver is no reason not to start: the first write finds it or says why not.
    start: () => Promise.resolve(),
    connect: () => client.connect(),
    write: (batch) => client.send(batch),
    stop() {
      client.close();
      return Promise.resolve();
    },
    status: () => client.status(),
  };
}
