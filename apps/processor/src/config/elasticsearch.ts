import { exactlyOne, Secret } from "@gatelog/service-kit";
import { Type } from "typebox";

/** `outputs[].elasticsearch`. */
export const elasticsearch = Type.Object(
  {
    nodes: Type.Array(Type.String({ pattern: "^https?://" }), { minItems: 1, description: "URLs of Elasticsearch 7 to 9 or OpenSearch." }),
    index: Type.String({
      default: "gatelog",
      pattern: "^[a-z0-9][a-z0-9._-]*$",
      description: "Prefix of the indices; each day of records has its own, <index>-YYYY.MM.DD.",
    }),
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
        { description: "Credentials; the user needs manage_index_templates, create_index and create." },
      ),
    ),
    requestTimeoutMs: Type.Integer({ default: 60_000, minimum: 1000, unit: "ms", description: "One request." }),
  },
  { description: "Elasticsearch or OpenSearch." },
);
