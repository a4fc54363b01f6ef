import { exactlyOne, Secret } from "@gatelog/service-kit";
import { Type } from "typebox";
import { codecSchema } from "./codec.ts";
import { serverTls } from "./server-tls.ts";
import { KiB, MiB } from "./units.ts";

/** `inputs[].http`. */
export const httpInput = Type.Object(
  {
    host: Type.String({ default: "127.0.0.1", minLength: 1, description: "Address to listen on." }),
    port: Type.Integer({ default: 8088, minimum: 0, maximum: 65_535, description: "Port; 0 takes any free port." }),
    path: Type.String({ default: "/", pattern: "^/[^?#]*$", description: "Path that events are posted to." }),
    codec: codecSchema("auto"),
    tls: Type.Optional(serverTls),
    auth: Type.Optional(
      exactlyOne(
        {
          basic: Type.Object({
            username: Type.String({ minLength: 1, pattern: "^[^:]*$", description: "User name, without a colon." }),
            password: Secret({ minLength: 1, description: "Password." }),
          }),
          bearer: Type.Object({ token: Secret({ minLength: 1, description: "Token." }) }),
        },
        {},
        { description: "What a sender has to show; else it gets 401." },
      ),
    ),
    bodyBytesMax: Type.Integer({
      default: 10 * MiB,
      minimum: KiB,
      maximum: 15 * MiB,
      unit: "bytes",
      description: "Body of one request, inflated; a sender of a larger one gets 413.",
    }),
    inFlightBytesMax: Type.Integer({
      default: 64 * MiB,
      minimum: MiB,
      unit: "bytes",
      description: "Bodies in memory over all requests; beyond it senders get 429 with Retry-After.",
    }),
    connectionsMax: Type.Integer({ default: 1024, minimum: 1, description: "Connections at the same time; more are refused." }),
    requestTimeoutMs: Type.Integer({
      default: 60_000,
      minimum: 100,
      unit: "ms",
      description: "How long a request may take to arrive; then the sender gets 408.",
    }),
    ackTimeoutMs: Type.Integer({
      default: 30_000,
      minimum: 100,
      unit: "ms",
      description: "How long a sender waits for events to be on disk while the buffer has no room; then it gets 503 with Retry-After.",
    }),
  },
  { description: "HTTP: one event a line (NDJSON), or JSON: an object or an array of them; gzip or plain." },
);
