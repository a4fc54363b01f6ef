export { type Certificate, type CertificateAuthority, type CertificateOptions, certificateAuthority, selfSigned } from "./certificates.ts";
export { checkSink, type SinkCheck, type SinkUnderTest } from "./contract-checker-sink.ts";
export { checkSource, type SourceCheck, type SourceUnderTest } from "./contract-checker-source.ts";
export {
  ContractViolation,
  createFaultInjector,
  outcomes,
  withFaults,
  type ContractReport,
  type FaultDecision,
  type FaultInjector,
  type Outcome,
} from "./contract-checker.ts";
export { freePort } from "./free-port.ts";
export { startFlakyProxy, type FlakyProxy } from "./flaky-proxy.ts";
export { ManagedProcess, type Exit, type ProcessOptions } from "./managed-process.ts";
export { manualClock, type ManualClock } from "./manual-clock.ts";
export { infraDirectory, repositoryRoot } from "./repository.ts";
export { seededRandom, seedOfRun, type SeededRandom } from "./seeded-random.ts";
export {
  searchServers,
  startElasticsearch,
  type ElasticsearchOptions,
  type ElasticsearchServer,
  type SearchServerName,
} from "./servers/elasticsearch.ts";
export { fetchJars } from "./servers/jars.ts";
export { findJdk, type Jdk } from "./servers/java.ts";
export { kafkaVersions, startKafka, type KafkaOptions, type KafkaServer, type KafkaVersion } from "./servers/kafka.ts";
export type { KafkaSecurity } from "./servers/kafka-security.ts";
export { mariadbPackages, startMariadb, type MariadbServer } from "./servers/mariadb.ts";
export { buildMavenProject } from "./servers/maven-project.ts";
export { startPostgres, type PostgresServer } from "./servers/postgres.ts";
export { queryMariadb, queryPostgres } from "./servers/query.ts";
export type { Server, ServerOptions } from "./servers/server.ts";
export { temporaryDirectory } from "./temporary-directory.ts";
export { waitFor, type WaitOptions } from "./wait-for.ts";
