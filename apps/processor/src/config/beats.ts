import { Type } from "typebox";
import { serverTls } from "./server-tls.ts";
import { KiB, MiB } from "./units.ts";

/** `inputs[].beats`. */
export const beats = Type.Object(
  {
    host: Type.String({ default: "127.0.0.1", minLength: 1, description: "Address to listen on for Filebeat, the tailer or Logstash." }),
    port: Type.Integer({ default: 5044, minimum: 0, maximum: 65_535, description: "Port; 0 takes any free port." }),
    tls: Type.Optional(serverTls),
    windowEventsMax: Type.Integer({
      default: 65_536,
      minimum: 1,
      maximum: 1_000_000,
      description: "Events of one window; a sender that announces more is disconnected.",
    }),
    jsonBytesMax: Type.Integer({
      default: 10 * MiB,
      minimum: 64 * KiB,
      maximum: 15 * MiB,
      unit: "bytes",
      description: "Size of one event; a sender of a larger one is disconnected.",
    }),
    inflatedBytesMax: Type.Integer({
      default: 512 * MiB,
      minimum: MiB,
      unit: "bytes",
      description: "What one compressed frame may inflate to; it is inflated in pieces.",
    }),
    inFlightBytesMax: Type.Integer({
      default: 64 * MiB,
      minimum: MiB,
      unit: "bytes",
      description: "Events in memory over all connections; beyond it, sockets are not read.",
    }),
    connectionsMax: Type.Integer({ default: 1024, minimum: 1, description: "Connections at the same time; more are refused." }),
    inactivityTimeoutMs: Type.Integer({
      default: 60_000,
      minimum: 100,
      unit: "ms",
      description: "A sender that is silent for so long is disconnected; one that had nothing to send comes again when it has.",
    }),
    keepAliveMs: Type.Integer({
      default: 3000,
      minimum: 100,
      unit: "ms",
      description: "How often a sender that waits for its acknowledgement is told that it is not forgotten.",
    }),
  },
  { description: "Lumberjack versions 1 and 2: Filebeat and other Beats, the gatelog tailer, Logstash's lumberjack output." },
);
