import { createMasker } from "@gatelog/masking";
import { commonConfig, Path, type ConfigCheck, type ConfigProblem } from "@gatelog/service-kit";
import { Type, type Static } from "typebox";
import { captureSchema } from "./capture-config.ts";
import { isAddressRange } from "./client-address.ts";
import { callerSchema, checkCaller } from "./meaning/caller-schema.ts";
import { checkLogConfig, logSchema } from "./log-config.ts";
import { checkMaskingConfig, maskingSchema } from "./masking-config.ts";

const mebibyte = 1_048_576;

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
  { description: "Bounds, of each worker." },
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
  workers: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description:
      "Processes that serve listen.port, each with log files of its own; one for each core that the gateway may use. Limits, time-outs and budgets hold for each of them.",
  }),
  listen,
  log: logSchema,
  capture: captureSchema,
  masking: maskingSchema,
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
  caller: callerSchema,
  limits,
  timeouts,
});

/** The loaded configuration. */
export type Config = Static<typeof configSchema>;

/** Relations between values that the schema cannot say. */
export const checkConfig: ConfigCheck<Config> = (config) => {
  const problems = [...checkLogConfig(config), ...checkMaskingConfig(config.masking)];
  if (config.timeouts.clientIdleMs <= config.timeouts.upstreamAnswerMs)
    problems.push({
      path: ["timeouts", "clientIdleMs"],
      message: `expected more than timeouts.upstreamAnswerMs (${config.timeouts.upstreamAnswerMs} ms), for a client is idle while it waits for the answer, found ${config.timeouts.clientIdleMs}`,
    });
  for (const [index, range] of config.trustedProxies.entries())
    if (!isAddressRange(range))
      problems.push({ path: ["trustedProxies", index], message: `expected an address or a network such as 10.0.0.0/8, found "${range}"` });
  problems.push(...checkCaller(config.caller, config.trustedProxies.length > 0));
  if (problems.length === 0) problems.push(...secretCallers(config));
  return problems;
};

/** A header that is masked would stand in `caller` as it is. */
function secretCallers({ caller, masking }: Config): ConfigProblem[] {
  const masker = createMasker(masking);
  return caller.flatMap((source, index) =>
    "header" in source && masker.isSecretHeader(source.header)
      ? [
          {
            path: ["caller", index, "header"],
            message: `the header "${source.header}" is masked, for it may hold a secret: name keys by their hashes under apiKey, or take another header`,
          },
        ]
      : [],
  );
}
