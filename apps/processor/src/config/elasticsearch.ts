import { clientTls, exactlyOne, Secret } from "@gatelog/service-kit";
import { Type } from "typebox";
import { KiB, MiB } from "./units.ts";

/** `outputs[].elasticsearch`. */
export const elasticsearch = Type.Object(
  {
    nodes: Type.Array(Type.String({ pattern: "^https?://[^@\\s]+$", expected: "a URL like https://host:9200, without a login" }), {
      minItems: 1,
      description: "URLs of Elasticsearch 7 to 9 or OpenSearch; requests go to them in turn, and not to one that does not answer.",
    }),
    index: Type.String({
      default: "gatelog",
      pattern: "^[a-z0-9][a-z0-9._-]*$",
      description: "Prefix of the indices; each day of records has its own, <index>-YYYY.MM.DD.",
    }),
    dataStream: Type.Optional(
      Type.String({
        pattern: "^[a-z0-9][a-z0-9._-]*$",
        maxLength: 255,
        description:
          "A data stream, e.g. logs-gatelog-default, in the place of daily indices; an event that is sent again after a rollover is then there twice.",
      }),
    ),
    auth: Type.Optional(
      exactlyOne(
        {
          apiKey: Secret({ minLength: 1, description: "API key, as the cluster encodes it." }),
          basic: Type.Object({
            username: Type.String({ minLength: 1, description: "User name." }),
            password: Secret({ description: "Password." }),
          }),
        },
        {},
        {
          description:
            "Credentials; the user needs monitor, manage_index_templates, create_index and create, with retentionDays also manage_ilm.",
        },
      ),
    ),
    tls: Type.Optional(clientTls()),
    compressionLevel: Type.Integer({
      default: 1,
      minimum: 0,
      maximum: 9,
      description: "gzip of requests: 0 sends them as they are, 1 is fast, 9 compresses most.",
    }),
    bulkBytes: Type.Integer({
      default: MiB,
      minimum: 16 * KiB,
      maximum: 64 * MiB,
      unit: "bytes",
      description:
        "Size of a bulk request that is aimed for, before gzip, so that a batch is several of them; limits.bulkBytesMax is the most.",
    }),
    requestsInFlightMax: Type.Integer({
      default: 4,
      minimum: 1,
      maximum: 64,
      description: "Bulk requests at the same time, at most; how many there are follows what the cluster can do.",
    }),
    requestTimeoutMs: Type.Integer({
      default: 60_000,
      minimum: 1000,
      maximum: 600_000,
      unit: "ms",
      description: "How long a node may take for one request; then the next node is asked.",
    }),
    manageTemplate: Type.Boolean({
      default: true,
      description: "Installs the index template at start, and in the place of an older one; false leaves it to whoever runs the cluster.",
    }),
    dynamicMapping: Type.Boolean({
      default: false,
      description:
        "Makes fields searchable that the template does not have, as Logstash's does; false stores them, and no sender can make the mapping grow.",
    }),
    retentionDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 36_500,
        unit: "days",
        description: "The cluster deletes an index so long after it was made (ILM, ISM); by default it deletes none.",
      }),
    ),
  },
  { description: "Elasticsearch or OpenSearch." },
);
