import { installMissing } from "@gatelog/bench";
import {
  mariadbPackages,
  startElasticsearch,
  startKafka,
  startMariadb,
  startPostgres,
  type Server,
  type ServerOptions,
} from "@gatelog/testkit";

/** One real server that development may need: how it starts from packages, and how from an image. */
export interface Service {
  readonly port: number;
  /** What to write into a configuration to use it. */
  readonly hint: string;
  start(options: ServerOptions): Promise<Server>;
  readonly image: string;
  /** Environment and arguments of the container; its data lies at `dataPath`. */
  readonly container: { readonly env: Readonly<Record<string, string>>; readonly dataPath: string; readonly port: number };
}

/** The servers by name, in the order in which data flows through them. */
export const services: Readonly<Record<string, Service>> = {
  kafka: {
    port: 9092,
    hint: "processor.yaml, db-sink.yaml: topic.kafka.brokers: [127.0.0.1:9092]",
    start: startKafka,
    image: "apache/kafka:4.1.0",
    container: {
      port: 9092,
      dataPath: "/var/lib/kafka/data",
      env: {
        KAFKA_NODE_ID: "1",
        KAFKA_PROCESS_ROLES: "broker,controller",
        KAFKA_LISTENERS: "PLAINTEXT://:9092,CONTROLLER://:9093",
        KAFKA_ADVERTISED_LISTENERS: "PLAINTEXT://127.0.0.1:9092",
        KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        KAFKA_CONTROLLER_QUORUM_VOTERS: "1@localhost:9093",
        KAFKA_LOG_DIRS: "/var/lib/kafka/data",
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1",
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1",
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1",
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: "0",
      },
    },
  },
  elasticsearch: {
    port: 9200,
    hint: "processor.yaml: outputs: - { elasticsearch: { nodes: [http://127.0.0.1:9200], index: gatelog } }",
    start: startElasticsearch,
    image: "docker.elastic.co/elasticsearch/elasticsearch:9.2.0",
    container: {
      port: 9200,
      dataPath: "/usr/share/elasticsearch/data",
      env: { "discovery.type": "single-node", "xpack.security.enabled": "false", ES_JAVA_OPTS: "-Xms512m -Xmx512m" },
    },
  },
  postgres: {
    port: 5432,
    hint: "db-sink.yaml, console.yaml: url: postgresql://postgres@127.0.0.1:5432/gatelog",
    start: startPostgres,
    image: "postgres:18",
    container: { port: 5432, dataPath: "/var/lib/postgresql", env: { POSTGRES_HOST_AUTH_METHOD: "trust", POSTGRES_DB: "gatelog" } },
  },
  mariadb: {
    port: 3306,
    hint: "db-sink.yaml, console.yaml: url: mysql://root@127.0.0.1:3306/gatelog",
    start: (options) => {
      installMissing([mariadbPackages], (text) => void process.stdout.write(`${text}\n`));
      return startMariadb(options);
    },
    image: "mariadb:11.8",
    container: {
      port: 3306,
      dataPath: "/var/lib/mysql",
      env: { MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: "1", MARIADB_ROOT_HOST: "%", MARIADB_DATABASE: "gatelog" },
    },
  },
};
