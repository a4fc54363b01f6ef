import type { Options } from "./options.ts";
import { convertClientTls } from "./tls.ts";

const mechanisms: Readonly<Record<string, string>> = { PLAIN: "plain", "SCRAM-SHA-256": "scram-sha-256", "SCRAM-SHA-512": "scram-sha-512" };

/** How an input or output of Kafka logs in: `sasl` and `tls` beside `brokers`. */
export function convertKafkaSecurity(options: Options): Readonly<Record<string, unknown>> {
  const protocol = options.text("security_protocol")?.toUpperCase() ?? "PLAINTEXT";
  const tls = convertClientTls(options);
  return { sasl: protocol.startsWith("SASL") ? loginOf(options) : undefined, tls: protocol.endsWith("SSL") ? (tls ?? {}) : undefined };
}

function loginOf(options: Options): Readonly<Record<string, string>> | undefined {
  const mechanism = mechanisms[options.text("sasl_mechanism")?.toUpperCase() ?? "GSSAPI"];
  const jaas = options.text("sasl_jaas_config") ?? "";
  const username = partOf(jaas, "username");
  const password = partOf(jaas, "password");
  if (mechanism !== undefined && username !== undefined && password !== undefined) {
    options.note("sasl_jaas_config", "user and password were taken over as sasl: keep the YAML readable to the processor alone");
    return { mechanism, username, password };
  }
  options.errorAll(
    mechanism === undefined
      ? "logs in by a mechanism that is not there (Kerberos, OAuth): there are PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; write sasl by hand"
      : "logs in with a user who does not stand in sasl_jaas_config: write sasl.username and sasl.password by hand",
  );
  return undefined;
}

function partOf(jaas: string, name: string): string | undefined {
  const match = new RegExp(`${name}\\s*=\\s*\\\\?(["'])(.*?)\\\\?\\1`).exec(jaas);
  return match?.[2];
}

/** `host:port, host:port` as a list. */
export function brokersOf(options: Options): readonly string[] {
  const brokers = options.texts("bootstrap_servers").flatMap((text) => text.split(",").map((broker) => broker.trim()));
  return brokers.length === 0 ? ["localhost:9092"] : brokers.filter((broker) => broker !== "");
}
