import { exactlyOne, type ConfigProblem } from "@gatelog/service-kit";
import { Type, type Static } from "typebox";

const headerName = (description: string) =>
  Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~\\-]{1,128}$", expected: "the name of a header", description });

const keyHash = Type.String({
  pattern: "^[0-9A-Fa-f]{64}$",
  description: "SHA-256 of this name's key.",
  expected: "the SHA-256 of the key, 64 hexadecimal digits (printf %s KEY | sha256sum)",
  // Who puts the key itself here must not find it in a log.
  secret: true,
});

/** Names of API keys that one source knows. */
const apiKeyNamesMax = 4096;

const apiKey = Type.Object(
  {
    header: Type.Optional(headerName("Header that carries the key.")),
    query: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: "Parameter of the query that carries it, where the header does not." }),
    ),
    names: Type.Record(Type.String({ pattern: "^\\S(?:.{0,254}\\S)?$" }), keyHash, {
      maxProperties: apiKeyNamesMax,
      description: "Who has which key: name to the SHA-256 of the key in hexadecimal digits. Never the key itself.",
    }),
  },
  { description: "By an API key; one that is not listed names nobody." },
);

const certificate = Type.Object(
  {
    header: headerName(
      "Header with the subject of the client certificate that a proxy of trustedProxies verified, RFC 2253 or /C=…/CN=…; its CN counts.",
    ),
  },
  { description: "By a client certificate that a proxy in front verified." },
);

/** Where the caller's name comes from; the first source that names somebody wins. */
export const callerSchema = Type.Array(
  exactlyOne({ apiKey, certificate, header: headerName("Header with the name, as the client claims it.") }),
  { default: [], maxItems: 16, description: "Who called, in the record: sources in order, the first that names somebody wins." },
);

/** Sources as configured. */
export type CallerSources = Static<typeof callerSchema>;

/** What is wrong with the sources beyond what the schema says. */
export function checkCaller(sources: CallerSources, hasTrustedProxies: boolean): readonly ConfigProblem[] {
  return sources.flatMap((source, index) => {
    if ("apiKey" in source && source.apiKey.header === undefined && source.apiKey.query === undefined)
      return [{ path: ["caller", index, "apiKey"], message: "expected a key header, query or both: where the key is" }];
    if ("certificate" in source && !hasTrustedProxies)
      return [
        {
          path: ["caller", index, "certificate"],
          message: "is believed only from a proxy, and trustedProxies lists none: list the proxy there, or leave this out",
        },
      ];
    return [];
  });
}
