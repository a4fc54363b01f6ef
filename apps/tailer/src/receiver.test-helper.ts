import { createLumberjackServer, type LumberjackServer, type LumberjackServerTls } from "@gatelog/lumberjack";
import { freePort, waitFor } from "@gatelog/testkit";

/** An event as a receiver sees it. */
export interface ReceivedEvent {
  readonly message: string;
  readonly "@timestamp": string;
  readonly gatelog: { readonly id: string; readonly time: string };
  readonly log: { readonly file: { readonly path: string }; readonly offset: number; readonly flags?: readonly string[] };
  readonly fields: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** What the receiver keeps of one id. */
export interface Received {
  readonly message: string;
  readonly event: ReceivedEvent;
  count: number;
}

/** A receiver that counts, and can be told to be slow, to refuse or to be away. */
export interface Receiver {
  readonly port: number;
  readonly byId: Map<string, Received>;
  /** Connections that were made so far. */
  connections: number;
  /** How long a connection may be idle, from the next start on. */
  inactivityTimeoutMs: number;
  /** Called before events are taken. */
  onBatch: (count: number) => Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  messages(): Set<string>;
  /** All that was taken, in the order of its first arrival. */
  events(): ReceivedEvent[];
  arrived(count: number, deadlineMs?: number): Promise<unknown>;
}

export async function createReceiver(tls?: LumberjackServerTls): Promise<Receiver> {
  const port = await freePort();
  let server: LumberjackServer | undefined;
  const receiver: Receiver = {
    port,
    byId: new Map(),
    connections: 0,
    inactivityTimeoutMs: 60_000,
    onBatch: () => Promise.resolve(),
    async start() {
      server = createLumberjackServer({
        host: "127.0.0.1",
        port,
        keepAliveMs: 200,
        inactivityTimeoutMs: receiver.inactivityTimeoutMs,
        onBatch: async (events) => {
          await receiver.onBatch(events.length);
          for (const event of events) take(receiver.byId, event);
        },
        onEvent: ({ type }) => (receiver.connections += Number(type === "connected")),
        ...(tls === undefined ? {} : { tls }),
      });
      await server.start();
    },
    async stop() {
      await server?.stop();
      server = undefined;
    },
    messages: () => new Set([...receiver.byId.values()].map(({ message }) => message)),
    events: () => [...receiver.byId.values()].map(({ event }) => event),
    arrived: (count, deadlineMs = 30_000) => waitFor(() => receiver.byId.size >= count, { what: `${count} events`, deadlineMs }),
  };
  return receiver;
}

function take(byId: Map<string, Received>, bytes: Uint8Array): void {
  const event = JSON.parse(Buffer.from(bytes).toString()) as ReceivedEvent;
  const { gatelog, message } = event;
  const known = byId.get(gatelog.id);
  if (known === undefined) byId.set(gatelog.id, { message, event, count: 1 });
  else if (known.message === message) known.count += 1;
  else throw new Error(`one id, two lines: ${known.message} and ${message}`);
}
