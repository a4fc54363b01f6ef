import { createKafkaClient, clientRetry } from "./kafka-client.ts";
import { ensureTopic } from "./kafka-admin.ts";
import { isIdempotenceUnsupported } from "./kafka-errors.ts";
import { fastPartitioner, Scratch } from "./kafka-records.ts";
import type { Admin, Producer } from "./kafkajs.ts";
import type { KafkaTopicConfig, TopicHooks } from "./topic.ts";
import { within } from "./within.ts";

const connectTimeoutMs = 60_000;
const closeTimeoutMs = 5_000;

/** One connected kafkajs producer and the admin client beside it; used until the first failure, then thrown away. */
export interface KafkaSession {
  readonly producer: Producer;
  readonly idempotent: boolean;
  /** Of its sends, of which there is one at a time: a session whose send failed is thrown away. */
  readonly scratch: Scratch;
  /** Of the configured topic, as a send found out. */
  partitions: number | undefined;
  /** Makes a topic that is missing; asks the brokers only once. */
  ensureTopic(name: string): Promise<void>;
  /** Rejects when the brokers do not answer for the topic. */
  probe(signal: AbortSignal): Promise<void>;
  /** Never rejects and never hangs; may be called again. */
  close(): Promise<void>;
}

/** Connects, makes the topic where it is missing, and falls back to a plain producer where the brokers are too old for an idempotent one. */
export async function openKafkaSession(
  config: KafkaTopicConfig,
  hooks: TopicHooks,
  options: { readonly idempotent: boolean; readonly signal: AbortSignal },
): Promise<KafkaSession> {
  const admin = createKafkaClient(config, hooks).admin({ retry: clientRetry });
  const bounds = { timeoutMs: connectTimeoutMs, signal: options.signal, what: `connecting to Kafka` };
  try {
    await within(admin.connect(), bounds);
    await within(ensureTopic(admin, config, hooks), bounds);
    const { producer, idempotent } = await connectProducer(config, hooks, options);
    return {
      producer,
      idempotent,
      scratch: new Scratch(),
      partitions: undefined,
      ensureTopic: topicEnsurer(admin, config, hooks),
      probe: (signal) => probe(admin, config.name, signal),
      close: () => closeBoth(producer, admin),
    };
  } catch (error) {
    await quietly(admin.disconnect());
    throw error;
  }
}

function topicEnsurer(admin: Admin, config: KafkaTopicConfig, hooks: TopicHooks): (name: string) => Promise<void> {
  const known = new Set([config.name]);
  return async (name) => {
    if (known.has(name)) return;
    await ensureTopic(admin, { ...config, name }, hooks);
    known.add(name);
  };
}

async function connectProducer(
  config: KafkaTopicConfig,
  hooks: TopicHooks,
  options: { readonly idempotent: boolean; readonly signal: AbortSignal },
): Promise<{ producer: Producer; idempotent: boolean }> {
  const mode = config.kafka.idempotent ?? "auto";
  const idempotent = mode === "on" || (mode === "auto" && options.idempotent);
  try {
    return { producer: await connect(config, hooks, { idempotent, signal: options.signal }), idempotent };
  } catch (error) {
    if (!idempotent || mode === "on" || !isIdempotenceUnsupported(error)) throw error;
    hooks.onEvent?.({
      code: "GATELOG_TOPIC_NOT_IDEMPOTENT",
      level: "warn",
      message:
        "the Kafka brokers do not offer idempotent writes to this client: a repeat after an error may be stored twice, with the same id",
      error,
    });
    return { producer: await connect(config, hooks, { idempotent: false, signal: options.signal }), idempotent: false };
  }
}

async function connect(
  config: KafkaTopicConfig,
  hooks: TopicHooks,
  options: { readonly idempotent: boolean; readonly signal: AbortSignal },
): Promise<Producer> {
  const producer = createKafkaClient(config, hooks).producer({
    idempotent: options.idempotent,
    allowAutoTopicCreation: false,
    createPartitioner: fastPartitioner,
    retry: clientRetry,
  });
  try {
    await within(producer.connect(), { timeoutMs: connectTimeoutMs, signal: options.signal, what: "connecting to Kafka" });
    return producer;
  } catch (error) {
    await quietly(producer.disconnect());
    throw error;
  }
}

async function probe(admin: Admin, topic: string, signal: AbortSignal): Promise<void> {
  await within(admin.fetchTopicMetadata({ topics: [topic] }), { timeoutMs: connectTimeoutMs, signal, what: "asking Kafka for the topic" });
}

async function closeBoth(producer: Producer, admin: Admin): Promise<void> {
  await Promise.all([quietly(producer.disconnect()), quietly(admin.disconnect())]);
}

/** Waits for a goodbye that may fail or never come. */
export async function quietly(goodbye: Promise<unknown>): Promise<void> {
  try {
    await within(goodbye, { timeoutMs: closeTimeoutMs, what: "disconnecting from Kafka" });
  } catch {
    // A connection that cannot even say goodbye is gone already.
  }
}
