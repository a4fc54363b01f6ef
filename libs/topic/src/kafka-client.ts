import { CompressionCodecs, CompressionTypes, Kafka, logLevel, type LogEntry, type RetryOptions, type SASLOptions } from "./kafkajs.ts";
import { gzipCodec } from "./gzip-codec.ts";
import { snappyCodec } from "./snappy-codec.ts";
import { tlsOptions } from "./kafka-tls.ts";
import type { KafkaLogin, KafkaTopicConfig, TopicHooks } from "./topic.ts";
import { zstdCodec } from "./zstd-codec.ts";

CompressionCodecs[CompressionTypes.GZIP] = () => gzipCodec;
CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec;
CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;

/**
 * kafkajs retries a little by itself, so that a leader election stays unnoticed; whatever lasts longer is retried by whoever
 * called, who can also be stopped. All values are given because kafkajs has other defaults under NODE_ENV=test.
 */
export const clientRetry = { initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 3 } as const;

/** Milliseconds for one request when the configuration says nothing: a frozen broker is noticed after this. */
export const requestTimeoutMsDefault = 30_000;

/** What only consumers want of their client. */
export interface KafkaClientOptions {
  readonly retry?: RetryOptions;
  /**
   * Called when kafkajs is about to go to the oldest message because a broker does not have the group's offset. It commits that at once,
   * without asking, and the only thing that it does before is to log it: what this throws prevents both.
   */
  readonly onOffsetReset?: (place: { readonly topic: string; readonly partition: number }) => never;
}

/**
 * A fresh kafkajs client. Every reconnect takes a new one: kafkajs keeps committed offsets and broker pools in the client,
 * and a consumer made from an old one would start from offsets that are no longer true.
 */
export function createKafkaClient(
  config: KafkaTopicConfig,
  hooks: TopicHooks,
  { retry = clientRetry, onOffsetReset }: KafkaClientOptions = {},
): InstanceType<typeof Kafka> {
  const { brokers, sasl, tls } = config.kafka;
  return new Kafka({
    brokers: [...brokers],
    ...(sasl === undefined ? {} : { sasl: loginOf(sasl) }),
    ...(tls === undefined ? {} : { ssl: tlsOptions(tls) }),
    clientId: config.kafka.clientId ?? "gatelog",
    connectionTimeout: 5_000,
    requestTimeout: config.kafka.requestTimeoutMs ?? requestTimeoutMsDefault,
    enforceRequestTimeout: true,
    retry,
    logLevel: logLevel.WARN,
    logCreator: () => {
      const forward = createLogForwarder(hooks);
      return (entry) => {
        if (onOffsetReset !== undefined && entry.log.message.startsWith(offsetResetWords)) onOffsetReset(placeOf(entry));
        forward(entry);
      };
    },
  });
}

/** How kafkajs 2.2.4 announces it, before it asks the coordinator for anything. */
const offsetResetWords = "Offset out of range, resetting";

function placeOf({ log }: LogEntry): { readonly topic: string; readonly partition: number } {
  return { topic: String(log["topic"]), partition: Number(log["partition"]) };
}

/** For kafkajs each mechanism is a type of its own. */
function loginOf({ mechanism, username, password }: KafkaLogin): SASLOptions {
  return { mechanism, username, password };
}

/** Milliseconds within which the same words of kafkajs are told once: it repeats them on every retry. */
const sameMessageMs = 60_000;
/** Different messages remembered; kafkajs has a few dozen. */
const rememberedMax = 100;

/** What each owner of topics was told lately, and when; it outlives the clients, of which every reconnect makes new ones. */
const toldAtMsOf = new WeakMap<TopicHooks, Map<string, number>>();

/** kafkajs' own warnings and errors are news for an operator, but it retries every one of them: none is an error of ours. */
function createLogForwarder(hooks: TopicHooks): (entry: LogEntry) => void {
  const toldAtMs = toldAtMsOf.get(hooks) ?? new Map<string, number>();
  toldAtMsOf.set(hooks, toldAtMs);
  return (entry) => {
    const { message, error, broker } = entry.log;
    // That we know: a producer is thrown away after it gave up, and takes its sequence numbers with it.
    if (message.startsWith("Limiting retries for the idempotent producer")) return;
    const text = [`kafkajs ${entry.namespace}: ${message}`, error, broker].filter((part) => typeof part === "string").join(", ");
    const nowMs = performance.now();
    if (nowMs - (toldAtMs.get(text) ?? -Infinity) < sameMessageMs) return;
    if (toldAtMs.size >= rememberedMax) toldAtMs.clear();
    toldAtMs.set(text, nowMs);
    hooks.onEvent?.({ code: "GATELOG_TOPIC_KAFKA_CLIENT", level: entry.level <= logLevel.WARN ? "warn" : "info", message: text });
  };
}
