import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { ManagedProcess } from "../managed-process.ts";
import { waitFor } from "../wait-for.ts";
import { fetchJars } from "./jars.ts";
import { findJdk, startupArguments } from "./java.ts";
import { type KafkaPorts, type KafkaSecurity, scramCredentials, securityProperties } from "./kafka-security.ts";
import { madeOnce } from "./made-once.ts";
import { dataDirectoryOf, orKill, serve, type Server, type ServerOptions } from "./server.ts";

/** Versions that can be started: the present one, the last with the old protocols, and the article's. */
export const kafkaVersions = ["4.4", "3.9", "0.10"] as const;
export type KafkaVersion = (typeof kafkaVersions)[number];

/** A real single-node Kafka on loopback. */
export interface KafkaServer extends Server {
  readonly brokers: string[];
  /** Where it was started with `security`: TLS with a login. */
  readonly loginBrokers: string[];
  /** Where it was started with `security`: TLS with a client's certificate. */
  readonly certificateBrokers: string[];
}

export interface KafkaOptions extends ServerOptions {
  /** Default 4.4 (KRaft, combined mode). 0.10 has its ZooKeeper in the same process. */
  readonly version?: KafkaVersion;
  /** Opens two more listeners: one with TLS and a login (SASL PLAIN, SCRAM-SHA-256 and -512), one with mutual TLS. Not with 0.10. */
  readonly security?: KafkaSecurity;
}

/** Starts Kafka; the jars are fetched by Maven where they are missing. Ready in 3 to 6 s. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const { version = "4.4", security } = options;
  const jars = await fetchJars({ "4.4": "kafka", "3.9": "kafka-3", "0.10": "kafka-0.10" }[version]);
  const port = options.port ?? (await freePort());
  const ports = { port, controller: await freePort(), login: await freePort(), certificate: await freePort() };
  const directory = await dataDirectoryOf(options, "kafka");
  const logFile = join(directory.path, "server.log");
  const run: KafkaRun = {
    jars,
    java: join(findJdk(17).home, "bin/java"),
    classPath: `${jars}:${join(jars, "lib/*")}`,
    directory: directory.path,
    logFile,
  };
  const main = version === "0.10" ? withZooKeeper(run, ports) : await withKraft(run, ports, security);
  const launch = async () => {
    const server = new ManagedProcess({
      command: run.java,
      arguments: ["-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", ...startupArguments(), "-cp", run.classPath, ...main],
      logFile,
      detached: options.detached ?? false,
    });
    return orKill(server, answers(server, port));
  };
  const server = await serve({ port, directory, logFile, launch });
  const brokers = {
    brokers: [`127.0.0.1:${port}`],
    loginBrokers: [`127.0.0.1:${ports.login}`],
    certificateBrokers: [`127.0.0.1:${ports.certificate}`],
  };
  return Object.defineProperties(brokers, Object.getOwnPropertyDescriptors(server)) as KafkaServer;
}

interface KafkaRun {
  readonly jars: string;
  readonly java: string;
  readonly classPath: string;
  readonly directory: string;
  readonly logFile: string;
}

/** Formats the storage where it is new; the main class and its arguments. */
async function withKraft(run: KafkaRun, ports: KafkaPorts, security: KafkaSecurity | undefined): Promise<string[]> {
  const dataDirectory = join(run.directory, "data");
  const properties = join(run.directory, "server.properties");
  const secured = security === undefined ? [] : securityProperties(security, run.directory);
  writeFileSync(properties, [...propertiesOf({ ...ports, dataDirectory, isSecured: security !== undefined }), ...secured, ""].join("\n"));
  if (!existsSync(join(dataDirectory, "meta.properties"))) await formatStorage(run, { dataDirectory, properties, security });
  return ["kafka.Kafka", properties];
}

/** Formats the storage of a broker. What that makes is the same each time but for logins: it is kept beside the jars, for it takes a JVM of its own. */
async function formatStorage(
  run: KafkaRun,
  { dataDirectory, properties, security }: { dataDirectory: string; properties: string; security: KafkaSecurity | undefined },
): Promise<void> {
  const formatted = join(run.jars, "formatted");
  if (security === undefined && existsSync(formatted)) {
    cpSync(formatted, dataDirectory, { recursive: true });
    return;
  }
  const users = scramCredentials(security).flatMap((credential) => ["--add-scram", credential]);
  const format = new ManagedProcess({
    command: run.java,
    arguments: [
      ...startupArguments(),
      "-cp",
      run.classPath,
      "kafka.tools.StorageTool",
      "format",
      "-t",
      "AAAAAAAAQACAAAAAAAAAAA",
      "-c",
      properties,
      ...users,
    ],
    logFile: run.logFile,
  });
  const exit = await format.exited;
  if (exit.code !== 0) throw new Error(`Kafka's storage could not be formatted: ${format.output().slice(-1000)}`);
  if (security === undefined) await madeOnce(formatted, (work) => cpSync(dataDirectory, work, { recursive: true }));
}

/** The main class and its arguments. */
function withZooKeeper(run: KafkaRun, ports: KafkaPorts): string[] {
  const zooKeeper = join(run.directory, "zookeeper.properties");
  const properties = join(run.directory, "server.properties");
  writeFileSync(
    zooKeeper,
    [`dataDir=${join(run.directory, "zookeeper")}`, `clientPort=${ports.controller}`, "clientPortAddress=127.0.0.1", ""].join("\n"),
  );
  writeFileSync(
    properties,
    [
      "broker.id=1",
      `zookeeper.connect=127.0.0.1:${ports.controller}`,
      `listeners=PLAINTEXT://127.0.0.1:${ports.port}`,
      `log.dirs=${join(run.directory, "data")}`,
      "num.partitions=1",
      "auto.create.topics.enable=false",
      "offsets.topic.replication.factor=1",
      "offsets.topic.num.partitions=4",
      "group.min.session.timeout.ms=500",
      "",
    ].join("\n"),
  );
  return ["KafkaWithZooKeeper", zooKeeper, properties];
}

async function answers(server: ManagedProcess, port: number): Promise<void> {
  // Loaded where a server is started: most tests that use this library start none.
  const { Kafka, logLevel } = await import("kafkajs");
  const admin = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 1000,
  }).admin();
  const probe = waitFor(
    async () => {
      if (server.exit) throw new Error(`Kafka ended: ${server.output().slice(-1000)}`);
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      return brokers.length === 1;
    },
    { deadlineMs: 60_000, intervalMs: 150, what: "Kafka" },
  );
  try {
    await probe;
  } finally {
    await admin.disconnect();
  }
}

function propertiesOf(at: KafkaPorts & { readonly dataDirectory: string; readonly isSecured: boolean }): string[] {
  const plain = `PLAINTEXT://127.0.0.1:${at.port}`;
  const open = at.isSecured ? [plain, `LOGIN://127.0.0.1:${at.login}`, `CERTIFICATE://127.0.0.1:${at.certificate}`] : [plain];
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${at.controller}`,
    `listeners=${[...open, `CONTROLLER://127.0.0.1:${at.controller}`].join(",")}`,
    `advertised.listeners=${open.join(",")}`,
    "controller.listener.names=CONTROLLER",
    "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,CERTIFICATE:SSL",
    `log.dirs=${at.dataDirectory}`,
    "num.partitions=1",
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "transaction.state.log.num.partitions=4",
    "share.coordinator.state.topic.replication.factor=1",
    "share.coordinator.state.topic.min.isr=1",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=500",
  ];
}
