import type { Sink } from "@gatelog/pipeline";
import { createLumberjackClient, type LumberjackClient, type LumberjackClientOptions, type LumberjackClientStatus } from "./client.ts";
import type { EncodedWindow } from "./encoder.ts";

/** What a sink has that is a Lumberjack client. */
export interface LumberjackConnection {
  /** Connects where not connected, so that `status` tells whether the receiver can be reached. **Errors**: as `write`. */
  connect(): Promise<void>;
  status(): LumberjackClientStatus;
}

/** A Lumberjack client as a sink of JSON objects, each given as its bytes. */
export interface LumberjackSink extends Sink<Uint8Array>, LumberjackConnection {}

/** A Lumberjack client as a sink of windows whose frames its user wrote. */
export interface LumberjackWindowSink extends Sink<EncodedWindow>, LumberjackConnection {}

/** **Guarantee**: `write` resolves when the receiver acknowledged every event; all its errors are transient. */
export function createLumberjackSink(options: LumberjackClientOptions): LumberjackSink {
  const client = createLumberjackClient(options);
  return { ...sinkOf(client), write: (events) => client.send(events) };
}

/**
 * **Guarantee**: `write` settles when all its windows are settled, and resolves when the receiver acknowledged every event
 * of them; all its errors are transient. The frames must stay unchanged until then.
 */
export function createLumberjackWindowSink(options: LumberjackClientOptions): LumberjackWindowSink {
  const client = createLumberjackClient(options);
  return {
    ...sinkOf(client),
    async write(windows) {
      const outcomes = await Promise.allSettled(windows.map((window) => client.sendWindow(window)));
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    },
  };
}

function sinkOf(client: LumberjackClient): LumberjackConnection & { start(): Promise<void>; stop(): Promise<void> } {
  return {
    // An unreachable receiver is no reason not to start: the first write finds it or says why not.
    start: () => Promise.resolve(),
    connect: () => client.connect(),
    stop() {
      client.close();
      return Promise.resolve();
    },
    status: () => client.status(),
  };
}
