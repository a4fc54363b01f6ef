import { Type, type Static, type TSchema } from "typebox";
import { captureLevels } from "./capture-rule.ts";

const mebibyte = 1_048_576;

/** A header name, or `*` for all. */
const headerNames = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { default: ["*"], maxItems: 1000, description });

/** What a routes file may set anew; `of` adds the default. */
function ruleKeys(of: <T extends TSchema>(schema: T, byDefault: unknown) => T) {
  return {
    level: of(
      Type.Unsafe<(typeof captureLevels)[number]>(
        Type.Enum([...captureLevels], {
          description: "bodies: headers and bodies. headers: without bodies. off: neither. Every call is a record, whatever is kept of it.",
        }),
      ),
      "bodies",
    ),
    bodyBytesMax: of(
      Type.Integer({
        minimum: 0,
        maximum: 16 * mebibyte,
        unit: "bytes",
        description: "How much of each body is kept; sizes are always counted. 0 keeps none.",
      }),
      65_536,
    ),
    sample: of(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: "Share of the successful calls whose headers and bodies are kept; of failures they always are.",
      }),
      1,
    ),
    slowerThanMs: of(
      Type.Integer({
        minimum: 0,
        maximum: 86_400_000,
        unit: "ms",
        description: "Headers and bodies only of calls that took at least so long, and of failures. 0: of all.",
      }),
      0,
    ),
    statuses: of(
      Type.Array(Type.String({ pattern: "^[1-5](xx|[0-9][0-9])$", expected: "a status such as 404 or a class such as 5xx" }), {
        maxItems: 100,
        description: "Headers and bodies only of answers with these statuses (404, 5xx). Empty: of all.",
      }),
      [],
    ),
    contentTypes: of(
      Type.Array(
        Type.String({
          pattern: "^[a-z0-9.+*\\-]+/[a-z0-9.+*\\-]+$",
          maxLength: 128,
          expected: "a media type in lower case such as application/json, text/* or */*+xml",
        }),
        { maxItems: 100, description: "Bodies only of these media types; * stands for anything. Empty: of all." },
      ),
      [],
    ),
    binary: of(
      Type.Unsafe<"omitted" | "base64">(
        Type.Enum(["omitted", "base64"], {
          description:
            "Bodies that are no text (multipart, images, archives …): left out, or kept as base64. In base64 nothing is masked; a strict masking profile leaves them out.",
        }),
      ),
      "omitted",
    ),
  };
}

/** What of a call is kept: the gateway's own, for every route that says nothing else. */
export const captureSchema = Type.Object(
  {
    ...ruleKeys((schema, byDefault) => ({ ...schema, default: byDefault })),
    requestHeaders: headerNames("Request headers that are kept, without regard to case; * is all."),
    responseHeaders: headerNames("Answer headers that are kept, without regard to case; * is all."),
    memoryBytesMax: Type.Integer({
      default: 64 * mebibyte,
      minimum: mebibyte,
      unit: "bytes",
      description: "Memory for the bodies of all calls in flight; when it is used up, less is kept of further bodies, and counted.",
    }),
  },
  { description: "What of a call is kept." },
);

/** What a route keeps otherwise. */
export const routeCaptureSchema = Type.Object(
  ruleKeys((schema) => Type.Optional(schema) as never),
  {
    description: "What of a call is kept; what is not named is as in gateway.yaml.",
  },
);

/** The gateway's own rule and bounds. */
export type CaptureConfig = Static<typeof captureSchema>;
/** What a route sets anew. */
export type RouteCapture = Static<typeof routeCaptureSchema>;
