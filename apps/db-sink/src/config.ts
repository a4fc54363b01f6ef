import { DatabaseError, parseDatabaseUrl } from "@gatelog/database";
import { isTimeZone } from "@gatelog/log-record";
import { clientTlsProblems, commonConfig, type ConfigProblem, exactlyOne, FileUrl, kafkaClient, Path } from "@gatelog/service-kit";
import { outOfRangeModes, topicValues } from "@gatelog/topic";
import { type Static, Type } from "typebox";
import { retentionProblems, retentionSchema } from "./retention-config.ts";
import { limitsProblems, limitsSchema } from "./flow/limits-config.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

const kafka = Type.Object({
  ...kafkaClient("gatelog-db-sink"),
  requestTimeoutMs: Type.Integer({ default: 30_000, minimum: 1000, unit: "ms", description: "One request to a broker." }),
  sessionTimeoutMs: Type.Integer({
    default: 15_000,
    minimum: 1000,
    unit: "ms",
    description:
      "Silence after which the group gives this member's partitions to another: so long they wait after it was killed. Brokers refuse less than 6 s by default.",
  }),
  fetchBytesMax: Type.Integer({
    default: MiB,
    minimum: 64 * KiB,
    unit: "bytes",
    description: "What one fetch asks of a broker, over all partitions, compressed. Decompressed it may become eight times as much.",
  }),
});

const embedded = Type.Object({
  dir: Path({ description: "Directory of the topic; it is on this machine only." }),
});

const topicName = { pattern: "^[A-Za-z0-9._-]{1,245}$", expected: "1 to 245 letters, digits, dots, underscores and dashes" };

const topic = exactlyOne(
  { kafka, embedded },
  {
    name: Type.Optional(Type.String({ ...topicName, description: "Name of the topic; dead letters go to <name>.dlt." })),
    names: Type.Optional(
      Type.Array(Type.String(topicName), {
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
        description: "Several topics instead of one; the dead letters of each go to its own <name>.dlt.",
      }),
    ),
    group: Type.String({
      default: "gatelog-db-sink",
      pattern: "^[A-Za-z0-9._-]{1,200}$",
      expected: "1 to 200 letters, digits, dots, underscores and dashes",
      description:
        "Consumer group. Not the group of another consumer that is to go on: the brokers refuse the second one, or the two share the messages.",
    }),
    value: Type.Unsafe<(typeof topicValues)[number]>(
      Type.Enum([...topicValues], {
        default: "raw",
        description: "What a message is: a line (raw, seed), or an event as JSON with the line in `message` (event).",
      }),
    ),
    outOfRange: Type.Unsafe<(typeof outOfRangeModes)[number]>(
      Type.Enum([...outOfRangeModes], {
        default: "wait",
        description:
          "Where the group's offset is not in the log (the topic was made anew, or retention was faster): wait for a decision, not ready; or go on at the oldest message, or at the end.",
      }),
    ),
  },
  { description: "Kafka topics, or topics in a directory." },
);

const onOrOff = (options: { readonly default?: "on" | "off"; readonly description: string }) =>
  Type.Unsafe<"on" | "off">(Type.Enum(["on", "off"], { default: "on", ...options }));

/** The database sink's configuration: db-sink.yaml. */
export const configSchema = Type.Object({
  ...commonConfig({ adminPort: 9103 }),
  topic,
  seedTimeZone: Type.String({
    default: "UTC",
    minLength: 1,
    description: "Time zone of lines whose times have none, e.g. Asia/Shanghai; the same as the processor's.",
  }),
  database: Type.Object({
    url: FileUrl({
      description:
        "file:<path> for SQLite, postgresql://user:password@host:port/database for PostgreSQL, mysql://… for MySQL and MariaDB, oracle://user:password@host:1521/service.",
    }),
    connectionsMax: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 100,
      description: "Connections to a server; upkeep has one more while it works. SQLite always has one.",
    }),
    statementTimeoutMs: Type.Integer({
      default: 60_000,
      minimum: 1000,
      unit: "ms",
      description: "One statement; a batch that takes longer is rolled back and tried again.",
    }),
    checkIntervalMs: Type.Integer({
      default: 5000,
      minimum: 100,
      unit: "ms",
      description: "How often the database is asked whether it answers, for /readyz.",
    }),
    migrate: onOrOff({
      description:
        "Whether the tables are created and brought up to date by this process. off: they must be there (`db-sink migrate`), else it is not ready.",
    }),
    upkeep: onOrOff({
      description:
        "Whether this process creates partitions and deletes what is older than `retention`. off: `db-sink upkeep` does it, as a job.",
    }),
    textSearch: onOrOff({
      default: "off",
      description:
        "Whether the console's text search has indexes; upkeep builds them while calls are stored, and drops them. PostgreSQL with the extension pg_trgm, MySQL, MariaDB or SQLite; costs inserts most of their speed.",
    }),
    ownTable: Type.Optional(
      Type.Object(
        {
          mapping: Path({ description: "mapping.yaml or mapping.ts: which columns of which table get what." }),
          besides: Type.Boolean({
            default: true,
            description: "Whether our own tables are written as well; if not, there are no roll-ups, and marks of the ledger are skipped.",
          }),
        },
        { description: "A table of the team, written in the same transaction." },
      ),
    ),
  }),
  batch: Type.Object({
    rowsMax: Type.Integer({ default: 1000, minimum: 1, maximum: 100_000, description: "Rows of one transaction." }),
    bytesMax: Type.Integer({ default: 4 * MiB, minimum: KiB, maximum: 256 * MiB, unit: "bytes", description: "Lines of one transaction." }),
    latencyTargetMs: Type.Integer({
      default: 250,
      minimum: 10,
      maximum: 60_000,
      unit: "ms",
      description: "How long a transaction should take: its rows go up and down towards it, between 100 and rowsMax.",
    }),
    waitMsMax: Type.Integer({
      default: 200,
      minimum: 0,
      maximum: 60_000,
      unit: "ms",
      description: "Least time between transactions that are not full, so that a trickle of records does not become a transaction each.",
    }),
  }),
  limits: limitsSchema,
  retry: Type.Object({
    minMs: Type.Integer({ default: 100, minimum: 1, unit: "ms", description: "First pause after the database failed." }),
    maxMs: Type.Integer({ default: 5000, minimum: 1, unit: "ms", description: "Longest pause while the database fails." }),
  }),
  retention: retentionSchema,
  deadLetters: Type.Object({
    consecutiveMax: Type.Integer({
      default: 100,
      minimum: 1,
      description:
        "So many rows refused in a row mean that the database is wrong, not the rows: db-sink pauses, and tries again by itself.",
    }),
  }),
});

/** The loaded configuration. */
export type Config = Static<typeof configSchema>;
export type TopicSourceConfig = Config["topic"];

function textSearchProblems({ url, textSearch }: Config["database"]): ConfigProblem[] {
  if (textSearch === "off" || !/^oracle:/i.test(url)) return [];
  return [
    {
      path: ["database", "textSearch"],
      message: "must be off: an Oracle database is only written, and nobody searches it",
    },
  ];
}

/** Relations between values, which the schema cannot say. */
export function checkConfig(config: Config): ConfigProblem[] {
  const problems = "kafka" in config.topic ? clientTlsProblems(config.topic.kafka.tls, ["topic", "kafka", "tls"]) : [];
  try {
    parseDatabaseUrl(config.database.url);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    problems.push({ path: ["database", "url"], message: error.message });
  }
  if ((config.topic.name === undefined) === (config.topic.names === undefined)) {
    problems.push({ path: ["topic"], message: "expected either `name`, or `names` for several topics" });
  }
  problems.push(...limitsProblems(config.limits));
  if (config.retry.minMs > config.retry.maxMs) problems.push({ path: ["retry", "minMs"], message: "must not be above retry.maxMs" });
  problems.push(...textSearchProblems(config.database), ...retentionProblems(config.retention));
  if (!isTimeZone(config.seedTimeZone)) {
    problems.push({
      path: ["seedTimeZone"],
      message: `expected a time zone such as Asia/Shanghai or UTC, found ${JSON.stringify(config.seedTimeZone)}`,
    });
  }
  return problems;
}
