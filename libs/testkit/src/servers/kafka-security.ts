import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Certificate } from "../certificates.ts";

/** Who a broker is, and whom it lets in. */
export interface KafkaSecurity {
  /** The broker's own certificate. */
  readonly server: Certificate;
  /** Who vouches for clients, as PEM. */
  readonly clientAuthority: string;
  /** User names and their passwords, for SASL PLAIN and SCRAM alike. */
  readonly users: Readonly<Record<string, string>>;
}

/** Ports of the listeners. */
export interface KafkaPorts {
  readonly port: number;
  readonly controller: number;
  readonly login: number;
  readonly certificate: number;
}

/** The lines of server.properties that secure the listeners LOGIN and CERTIFICATE. */
export function securityProperties({ server, clientAuthority, users }: KafkaSecurity, directory: string): string[] {
  const keyStore = join(directory, "server.pem");
  const trustStore = join(directory, "clients.pem");
  writeFileSync(keyStore, `${server.key}${server.certificate}`, { mode: 0o600 });
  writeFileSync(trustStore, clientAuthority);
  const plainUsers = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  const loginModule = "org.apache.kafka.common.security";
  return [
    "ssl.keystore.type=PEM",
    `ssl.keystore.location=${keyStore}`,
    "ssl.truststore.type=PEM",
    `ssl.truststore.location=${trustStore}`,
    "listener.name.certificate.ssl.client.auth=required",
    "listener.name.login.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    `listener.name.login.plain.sasl.jaas.config=${loginModule}.plain.PlainLoginModule required ${plainUsers.join(" ")};`,
    ...["scram-sha-256", "scram-sha-512"].map(
      (mechanism) => `listener.name.login.${mechanism}.sasl.jaas.config=${loginModule}.scram.ScramLoginModule required;`,
    ),
  ];
}

/** The users as StorageTool's `--add-scram` wants them. */
export function scramCredentials(security: KafkaSecurity | undefined): string[] {
  const users = Object.entries(security?.users ?? {});
  return users.flatMap(([name, password]) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].map((mechanism) => `${mechanism}=[name=${name},password=${password}]`),
  );
}
