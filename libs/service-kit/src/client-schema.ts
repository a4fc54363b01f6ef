import { type Static, Type } from "typebox";
import { Path, Secret } from "./schema.ts";
import type { ConfigProblem } from "./start-error.ts";

/** TLS of connections to somebody else's server. */
export function clientTls() {
  return Type.Object(
    {
      ca: Type.Optional(
        Type.Array(Path(), { minItems: 1, description: "PEM files of whom to trust; else the authorities that Node brings along." }),
      ),
      cert: Type.Optional(
        Path({ description: "PEM file of our own certificate and the intermediate ones, where the receiver wants one." }),
      ),
      key: Type.Optional(Path({ description: "PEM file of its key." })),
      passphrase: Type.Optional(Secret({ minLength: 1, description: "Of the key, where it is encrypted." })),
      verification: Type.Unsafe<"full" | "certificate" | "none">(
        Type.Enum(["full", "certificate", "none"], {
          default: "full",
          description: "certificate verifies who issued the receiver's certificate but not its name; none verifies nothing.",
        }),
      ),
      serverName: Type.Optional(Type.String({ minLength: 1, description: "The name to ask for and verify, where it is not the host's." })),
      minVersion: Type.Unsafe<"TLSv1.2" | "TLSv1.3">(
        Type.Enum(["TLSv1.2", "TLSv1.3"], { default: "TLSv1.2", description: "Oldest version of TLS that is spoken." }),
      ),
    },
    { description: "TLS. Changed files are used for the next connection." },
  );
}

/** The loaded value of `clientTls`. */
export type ClientTls = Static<ReturnType<typeof clientTls>>;

/** What the schema cannot say of TLS at a place of the configuration. */
export function clientTlsProblems(tls: ClientTls | undefined, path: ConfigProblem["path"]): ConfigProblem[] {
  if ((tls?.cert === undefined) === (tls?.key === undefined)) return [];
  return [{ path, message: "cert and key go together: give both or neither" }];
}

/** How a client of Kafka logs in, and with which TLS: two keys to spread. */
function kafkaSecurity() {
  return {
    sasl: Type.Optional(
      Type.Object(
        {
          mechanism: Type.Unsafe<"plain" | "scram-sha-256" | "scram-sha-512">(
            Type.Enum(["plain", "scram-sha-256", "scram-sha-512"], {
              default: "scram-sha-512",
              description: "How the password is shown; plain sends it as it is, so only with TLS.",
            }),
          ),
          username: Type.String({ minLength: 1, description: "User name." }),
          password: Secret({ description: "Password." }),
        },
        { description: "Login at the brokers; none by default." },
      ),
    ),
    tls: Type.Optional(clientTls()),
  };
}

/** How a client of Kafka finds the brokers and logs in: keys to spread. */
export function kafkaClient(clientId: string) {
  return {
    brokers: Type.Array(Type.String({ pattern: "^.+:[0-9]+$", expected: "host:port" }), {
      minItems: 1,
      description: "Brokers to begin with, as host:port.",
    }),
    ...kafkaSecurity(),
    clientId: Type.String({ default: clientId, minLength: 1, description: "Name in the brokers' logs and quotas." }),
  };
}

/** The same of one that writes. */
export function kafkaProducer(clientId: string) {
  return {
    ...kafkaClient(clientId),
    idempotent: Type.Unsafe<"auto" | "on" | "off">(
      Type.Enum(["auto", "on", "off"], {
        default: "auto",
        description: "Idempotent writes; auto falls back with a warning where the brokers are older than 0.11.",
      }),
    ),
    partitions: Type.Integer({ default: 1, minimum: 1, description: "Partitions of the topic where it has to be created." }),
    replicationFactor: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 32_767,
        description: "Copies of the topic where it has to be created; else the brokers' default.",
      }),
    ),
  };
}
