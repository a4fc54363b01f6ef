import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { freePort } from "../free-port.ts";
import { ManagedProcess } from "../managed-process.ts";
import { waitFor } from "../wait-for.ts";
import { fetchJars } from "./jars.ts";
import { findJdk } from "./java.ts";
import { dataDirectoryOf, serve, type Server, type ServerOptions } from "./server.ts";

/** A real single-node Kafka 4 (KRaft, combined mode) on loopback. */
export interface KafkaServer extends Server {
  readonly brokers: string[];
}

/** Starts Kafka; the jars are fetched by Maven where they are missing. Ready in 3 to 6 s. */
export async function startKafka(options: ServerOptions = {}): Promise<KafkaServer> {
  const jars = await fetchJars("kafka");
  const port = options.port ?? (await freePort());
  const directory = await dataDirectoryOf(options, "kafka");
  const logFile = join(directory.path, "server.log");
  const java = join(findJdk(17).home, "bin/java");
  const classPath = join(jars, "lib/*");
  const properties = join(directory.path, "server.properties");
  const formatted = existsSync(join(directory.path, "data/meta.properties"));
  writeFileSync(properties, propertiesOf({ port, controllerPort: await freePort(), dataDirectory: join(directory.path, "data") }));
  if (!formatted) {
    const format = new ManagedProcess({
      command: java,
      arguments: ["-cp", classPath, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAQACAAAAAAAAAAA", "-c", properties],
      logFile,
    });
    const exit = await format.exited;
    if (exit.code !== 0) throw new Error(`Kafka's storage could not be formatted: ${format.output().slice(-1000)}`);
  }
  const launch = async () => {
    const server = new ManagedProcess({
      command: java,
      arguments: ["-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-cp", classPath, "kafka.Kafka", properties],
      logFile,
      detached: options.detached ?? false,
    });
    await answers(server, port);
    return server;
  };
  const server = await serve({ port, directory, logFile, launch });
  return Object.defineProperties({ brokers: [`127.0.0.1:${port}`] }, Object.getOwnPropertyDescriptors(server)) as KafkaServer;
}

async function answers(server: ManagedProcess, port: number): Promise<void> {
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

function propertiesOf(at: { port: number; controllerPort: number; dataDirectory: string }): string {
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${at.controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${at.port},CONTROLLER://127.0.0.1:${at.controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${at.port}`,
    "controller.listener.names=CONTROLLER",
    "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
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
    "",
  ].join("\n");
}
