import { clientTls, exactlyOne, Secret } from "@gatelog/service-kit";
import { Type } from "typebox";
import { KiB, MiB } from "./units.ts";

/** `outputs[].http`. */
export const httpOutput = Type.Object(
  {
    url: Type.String({
      pattern: "^https?://[^@\\s]+$",
      expected: "a URL like https://host/path, without a login",
      description: "Where events are POSTed.",
    }),
    format: Type.Unsafe<"ndjson" | "json">(
      Type.Enum(["ndjson", "json"], {
        default: "ndjson",
        description: "A body is one event a line (application/x-ndjson), or a list of events (application/json).",
      }),
    ),
    headers: Type.Record(Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$" }), Secret(), {
      default: {},
      description: "Further headers of a request, name: value.",
    }),
    auth: Type.Optional(
      exactlyOne(
        {
          bearer: Secret({ minLength: 1, description: "Token of Authorization: Bearer." }),
          basic: Type.Object({
            username: Type.String({ minLength: 1, description: "User name." }),
            password: Secret({ description: "Password." }),
          }),
        },
        {},
        { description: "Credentials." },
      ),
    ),
    tls: Type.Optional(clientTls()),
    compressionLevel: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 9,
      description: "gzip of requests: 0 sends them as they are, 1 is fast, 9 compresses most.",
    }),
    requestEventsMax: Type.Integer({ default: 1000, minimum: 1, maximum: 100_000, description: "Events of one request." }),
    requestBytesMax: Type.Integer({
      default: MiB,
      minimum: KiB,
      maximum: 64 * MiB,
      unit: "bytes",
      description: "Size of one request, before gzip; an event that is larger goes alone. Halved where the server answers 413.",
    }),
    requestTimeoutMs: Type.Integer({
      default: 30_000,
      minimum: 100,
      maximum: 600_000,
      unit: "ms",
      description: "How long a server may take for one request; then it is sent again.",
    }),
  },
  { description: "Any HTTP server; 2xx is delivered. An event may come twice, with the same id." },
);
