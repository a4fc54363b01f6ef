import { commonConfig, Path, type ConfigCheck } from "@gatelog/service-kit";
import { isTimeZone } from "@gatelog/log-record";
import { Type, type Static } from "typebox";
import { isAddressRange } from "./client-address.ts";

/** The two line formats. */
export const logFormats = ["v1", "seed"] as const;

const mebibyte = 1_048_576;
/** What of a line is not bodies, at most. */
const lineOverheadBytes = 65_536;
/** A byte of a body takes at most six in JSON (`\u0001`). */
const escapedBytesMax = 6;

const listen = Type.Object(
  {
    host: Type.String({
      default: "0.0.0.0",
      minLength: 1,
      description: "Address that clients connect to; 127.0.0.1 takes calls of this machine only.",
    }),
    port: Type.Integer({ default: 9000, minimum: 0, maximum: 65_535, description: "Port that clients connect to; 0 takes any free one." }),
  },
  { description: "Where calls arrive." },
);

const log = Type.Object(
  {
    dir: Path({ default: "./data/logs", description: "Directory of the log files; created where missing." }),
    format: Type.Unsafe<(typeof logFormats)[number]>(
      Type.Enum([...logFormats], {
        default: "v1",
        description: "v1: the whole record. seed: the seven fields of the original, without marks.",
      }),
    ),
    seedTimeZone: Type.String({ default: "", description: "IANA zone of the times in format seed; empty: the zone of the machine." }),
    rotateBytesMax: Type.Integer({
      default: 100 * mebibyte,
      minimum: 4096,
      unit: "bytes",
      description: "A file of this size is followed by the next one.",
    }),
    lineBytesMax: Type.Integer({
      default: 921_600,
      minimum: 4096,
      maximum: 64 * mebibyte,
      unit: "bytes",
      description: "Longest line; bodies are cut further to fit. Keep it below the topic's largest message.",
    }),
    pendingBytesMax: Type.Integer({
      default: 64 * mebibyte,
      minimum: mebibyte,
      unit: "bytes",
      description:
        "Records that may wait for the disk. From half of it bodies are left out, from three quarters calls are refused with 503.",
    }),
    markIntervalMs: Type.Integer({
      default: 5000,
      minimum: 100,
      maximum: 3_600_000,
      unit: "ms",
      description: "How often a mark is written while there is traffic.",
    }),
    audit: Type.Boolean({ default: false, description: "Answers wait until their record is on disk. Not available in this version." }),
  },
  { description: "The log files." },
);

const capture = Type.Object(
  {
    bodyBytesMax: Type.Integer({
      default: 65_536,
      minimum: 0,
      maximum: 16 * mebibyte,
      unit: "bytes",
      description: "How much of each body is kept; sizes are always counted. 0 keeps none.",
    }),
  },
  { description: "What of a call is kept." },
);

const names = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { default: [], maxItems: 1000, description });

const masking = Type.Object(
  {
    profile: Type.Unsafe<"default">(Type.Enum(["default"], { default: "default", description: "The set of rules." })),
    headers: names("Further header names whose values are masked."),
    keys: names("Further names of parameters, JSON keys, form fields and XML elements whose values are masked."),
  },
  { description: "What never reaches the disk." },
);

const limits = Type.Object(
  {
    connectionsMax: Type.Integer({ default: 10_000, minimum: 1, description: "Connections of clients; further ones are closed at once." }),
    inFlightMax: Type.Integer({ default: 4096, minimum: 1, description: "Calls in flight; further ones are refused with 503." }),
    headerBytesMax: Type.Integer({
      default: 32_768,
      minimum: 1024,
      maximum: mebibyte,
      unit: "bytes",
      description: "Headers of one request.",
    }),
    requestBodyBytesMax: Type.Union([Type.Integer({ minimum: 0, unit: "bytes" }), Type.Null()], {
      default: null,
      description: "A larger request body is refused with 413; null: no limit, for bodies are streamed.",
    }),
    upstreamConnectionsMax: Type.Integer({ default: 256, minimum: 1, description: "Connections to each upstream server." }),
  },
  { description: "Bounds." },
);

const milliseconds = (byDefault: number, description: string) =>
  Type.Integer({ default: byDefault, minimum: 1, maximum: 86_400_000, unit: "ms", description });

const timeouts = Type.Object(
  {
    requestHeadersMs: milliseconds(30_000, "For a request's headers to arrive."),
    requestMs: milliseconds(300_000, "For a whole request to arrive, body included."),
    clientIdleMs: milliseconds(180_000, "Without a byte in either direction while a call is in flight. Longer than upstreamAnswerMs."),
    keepAliveMs: milliseconds(65_000, "An idle connection is kept for the next call."),
    upstreamConnectMs: milliseconds(5000, "For a connection to an upstream server."),
    upstreamAnswerMs: milliseconds(60_000, "From the request until the upstream's answer begins."),
    upstreamIdleMs: milliseconds(60_000, "Between two parts of the upstream's answer."),
  },
  { description: "Time-outs." },
);

/** Configuration of the gateway. */
export const configSchema = Type.Object({
  ...commonConfig({ adminPort: 9100 }),
  name: Type.String({
    default: "gw-1",
    pattern: "^[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}$",
    expected: "1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit",
    description:
      "Name of this instance: in every record and in the names of its files. Two gateways that write into one directory need two names.",
  }),
  listen,
  log,
  capture,
  masking,
  routesDir: Path({ default: "./routes.d", description: "Directory of the routes files (*.yaml), each read again alone when it changes." }),
  routesPollMs: Type.Integer({
    default: 1000,
    minimum: 50,
    maximum: 3_600_000,
    unit: "ms",
    description: "How often routesDir is looked at.",
  }),
  trustedProxies: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    maxItems: 1000,
    description: "Addresses or networks (10.0.0.0/8) whose X-Forwarded-For, -Proto and -Host are believed.",
  }),
  limits,
  timeouts,
});

/** The loaded configuration. */
export type Config = Static<typeof configSchema>;

/** Relations between values that the schema cannot say. */
export const checkConfig: ConfigCheck<Config> = (config) => {
  const problems = [];
  if (config.log.audit)
    problems.push({ path: ["log", "audit"], message: "audit mode is not available in this version; set it to false or leave it out" });
  if (config.timeouts.clientIdleMs <= config.timeouts.upstreamAnswerMs)
    problems.push({
      path: ["timeouts", "clientIdleMs"],
      message: `expected more than timeouts.upstreamAnswerMs (${config.timeouts.upstreamAnswerMs} ms), for a client is idle while it waits for the answer, found ${config.timeouts.clientIdleMs}`,
    });
  if (config.log.seedTimeZone !== "" && !isTimeZone(config.log.seedTimeZone))
    problems.push({
      path: ["log", "seedTimeZone"],
      message: `expected an IANA time zone such as Asia/Shanghai, found "${config.log.seedTimeZone}"`,
    });
  const seedLineBytes = 2 * escapedBytesMax * config.capture.bodyBytesMax + lineOverheadBytes;
  if (config.log.format === "seed" && seedLineBytes > config.log.lineBytesMax)
    problems.push({
      path: ["capture", "bodyBytesMax"],
      message: `two bodies of ${config.capture.bodyBytesMax} bytes may need a line of ${seedLineBytes} bytes in format seed, more than log.lineBytesMax (${config.log.lineBytesMax}): lower the one or raise the other`,
    });
  for (const [index, range] of config.trustedProxies.entries())
    if (!isAddressRange(range))
      problems.push({ path: ["trustedProxies", index], message: `expected an address or a network such as 10.0.0.0/8, found "${range}"` });
  return problems;
};
