import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What `npm start` was asked for. */
export interface StartOptions {
  /** Absolute. All data, logs and generated configurations lie below it. */
  readonly data: string;
  readonly gatewayPort: number;
  readonly consolePort: number;
  readonly beatsPort: number;
  /** The service behind the gateway; the demo API when absent. */
  readonly upstream?: string;
  /** Kafka instead of the embedded topic. */
  readonly kafka?: { readonly broker: string; readonly topic: string };
  /** PostgreSQL instead of SQLite. */
  readonly database?: string;
  readonly elasticsearch?: string;
  /** Whether to open the console in a browser. */
  readonly open: boolean;
}

export const usage = `usage: npm start -- [--upstream http://127.0.0.1:8080] [--data DIR] [--gateway-port N] [--console-port N]
                    [--beats-port N] [--kafka host:9092/topic] [--database URL] [--elasticsearch URL] [--no-open]`;

/** Reads the command line. Errors: one sentence that names the option. */
export function parseOptions(argv: readonly string[], cwd: string): StartOptions {
  const { values } = parseArgs({
    args: [...argv],
    allowNegative: true,
    options: {
      upstream: { type: "string" },
      data: { type: "string", default: "data" },
      "gateway-port": { type: "string", default: "9000" },
      "console-port": { type: "string", default: "5601" },
      "beats-port": { type: "string", default: "5044" },
      kafka: { type: "string" },
      database: { type: "string" },
      elasticsearch: { type: "string" },
      open: { type: "boolean", default: true },
    },
  });
  return {
    data: resolve(cwd, values.data),
    gatewayPort: port(values["gateway-port"], "--gateway-port"),
    consolePort: port(values["console-port"], "--console-port"),
    beatsPort: port(values["beats-port"], "--beats-port"),
    open: values.open,
    ...(values.upstream === undefined ? {} : { upstream: url(values.upstream, "--upstream", ["http:", "https:"]) }),
    ...(values.kafka === undefined ? {} : { kafka: kafka(values.kafka) }),
    ...(values.database === undefined
      ? {}
      : { database: url(values.database, "--database", ["postgresql:", "postgres:", "mysql:", "mariadb:", "file:"]) }),
    ...(values.elasticsearch === undefined ? {} : { elasticsearch: url(values.elasticsearch, "--elasticsearch", ["http:", "https:"]) }),
  };
}

function port(text: string, option: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new Error(`${option} ${text}: a port is a whole number from 1 to 65535`);
}

function url(text: string, option: string, protocols: readonly string[]): string {
  if (!URL.canParse(text)) throw new Error(`${option} ${text}: not a URL; it begins with ${protocols.map((p) => `${p}//`).join(" or ")}`);
  const { protocol } = new URL(text);
  if (!protocols.includes(protocol))
    throw new Error(`${option} ${text}: ${protocol}// cannot be used here; use ${protocols.join(" or ")}//`);
  return text;
}

function kafka(text: string): { broker: string; topic: string } {
  const match = /^(?<broker>[^/\s]+:\d+)\/(?<topic>[\w.-]{1,249})$/.exec(text);
  if (!match?.groups) throw new Error(`--kafka ${text}: expected host:port/topic, e.g. 127.0.0.1:9092/kerry`);
  return { broker: match.groups["broker"] as string, topic: match.groups["topic"] as string };
}
