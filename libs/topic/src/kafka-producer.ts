import { type BackOff, type Clock, DeliveryError, PartialDeliveryError, backOff, systemClock } from "@gatelog/pipeline";
import { describeKafkaError, isUnknownTopic, toKafkaDeliveryError } from "./kafka-errors.ts";
import { KafkaRecords, recordsOfMessages, Scratch, sentOnce, writtenRecords } from "./kafka-records.ts";
import { type KafkaSession, openKafkaSession } from "./kafka-session.ts";
import { CompressionTypes, type Message } from "./kafkajs.ts";
import { type MessageRun, splitByBytes } from "./split-by-bytes.ts";
import { sleepUnless } from "./sleep-unless.ts";
import type {
  KafkaTopicConfig,
  RecordsProducer,
  TopicCompression,
  TopicHooks,
  TopicMessage,
  TopicProducer,
  TopicRecords,
  TopicStatus,
} from "./topic.ts";
import { within } from "./within.ts";

const compressions = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  zstd: CompressionTypes.ZSTD,
} as const;
const sendTimeoutMsDefault = 60_000;
const requestBytesMaxDefault = 1_000_000;
const requestBytesMaxMin = 16_384;
/** Brokers measure what a batch of records has when it is compressed, and log lines become a quarter of what they are, or less. */
const compressedRatio = 4;
/** How long `send` waits for a connection before it says that there is none. */
const connectionWaitMs = 10_000;
/** An idle producer asks the brokers about the topic this often, so that `status` tells the truth without traffic. */
const probeIntervalMs = 5_000;

/**
 * A producer for one Kafka topic, and for those that its messages name: acks from all in-sync replicas, idempotent where the brokers can.
 *
 * **Guarantee**: as TopicProducer. A producer that failed once is thrown away: kafkajs gives a failed batch's sequence numbers
 * to the next one, and a broker that did store the first would take the second for its repeat and drop it in silence.
 * **Errors**: `start`: what the TLS files are wrong in. `send`: DeliveryError, permanent only where the broker refuses the message itself; PartialDeliveryError where the
 * first requests of a batch are durable and a later one failed.
 */
export function createKafkaProducer(config: KafkaTopicConfig, hooks: TopicHooks, clock: Clock = systemClock): TopicProducer {
  return new KafkaProducer(config, hooks, clock);
}

class KafkaProducer implements TopicProducer {
  readonly records: RecordsProducer;
  readonly #config: KafkaTopicConfig;
  readonly #hooks: TopicHooks;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #reconnectDelay: BackOff;
  #session: KafkaSession | undefined;
  #reason: string | undefined = "not started";
  #requestBytesMax: number;
  #idempotenceSupported = true;
  #lastContactMs = 0;
  #running: Promise<void> | undefined;
  /** Aborted, and replaced, whenever there is a session again or the present one is gone: wakes whoever waits for that. */
  #changed = new AbortController();

  constructor(config: KafkaTopicConfig, hooks: TopicHooks, clock: Clock) {
    this.#config = config;
    this.#hooks = hooks;
    this.#clock = clock;
    this.records = {
      partitions: () => this.#session?.partitions,
      bytesMax: () => this.#runBytesMax,
      compression: compressionOf(config),
      send: (records, signal) => this.#sendRecords(records, signal),
    };
    this.#requestBytesMax = config.kafka.requestBytesMax ?? requestBytesMaxDefault;
    this.#reconnectDelay = backOff({ minMs: 200, maxMs: 5_000 });
  }

  async start(): Promise<void> {
    this.#config.kafka.tls?.material?.();
    this.#reason = `connecting to Kafka at ${this.#config.kafka.brokers.join(", ")}`;
    this.#running ??= this.#keepConnected();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#announce();
    await this.#running;
    await this.#session?.close();
    this.#session = undefined;
    this.#reason = "stopped";
  }

  status(): TopicStatus {
    return this.#reason === undefined ? { ready: true } : { ready: false, reason: this.#reason };
  }

  async send(messages: readonly TopicMessage[], signal?: AbortSignal): Promise<void> {
    let delivered = 0;
    const bytesMax = this.#runBytesMax;
    for (const run of splitByBytes(messages, bytesMax)) {
      try {
        await this.#attempt((session) => this.#sendTo(session, byTopic(run, this.#config.name)), signal);
      } catch (error) {
        throw this.#afterFailure(error, { messages, delivered, runLength: run.messages.length, bytesMax });
      }
      delivered += run.messages.length;
    }
  }

  /** Bytes of the messages of one request. A batch that the brokers refuse for its size halves it. */
  get #runBytesMax(): number {
    const isBatch = this.#idempotenceSupported && this.#config.kafka.idempotent !== "off" && compressionOf(this.#config) !== "none";
    return this.#requestBytesMax * (isBatch ? compressedRatio : 1);
  }

  async #sendRecords(records: TopicRecords, signal: AbortSignal | undefined): Promise<void> {
    const { name } = this.#config;
    const written = new KafkaRecords(name, writtenRecords(records), records.isCompressed);
    try {
      await this.#attempt((session) => this.#sendAsRecords(session, new Map([[name, written]])), signal);
    } catch (error) {
      throw this.#afterFailure(error, { messages: [], delivered: 0, runLength: records.count, bytesMax: records.bytesMax });
    }
  }

  /** One request, or one to each of several brokers. */
  async #attempt(send: (session: KafkaSession) => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const session = await this.#connected(signal);
    const sent = send(session);
    try {
      const timeoutMs = this.#config.kafka.sendTimeoutMs ?? sendTimeoutMsDefault;
      await within(sent, { timeoutMs, signal, what: `sending to the Kafka topic ${this.#config.name}` });
      this.#lastContactMs = this.#clock.monotonicMs();
    } catch (error) {
      const failure = toKafkaDeliveryError(error);
      this.#discard(session, sent);
      if (!failure.permanent && signal?.aborted !== true) this.#becomeUnready(failure);
      throw failure;
    }
  }

  async #sendTo(session: KafkaSession, topics: ReadonlyMap<string, MessageRun>): Promise<void> {
    for (const topic of topics.keys()) await session.ensureTopic(topic);
    if (!session.idempotent) {
      const topicMessages = [...topics].map(([topic, { messages }]) => ({ topic, messages: sentOnce(topic, asMessages(messages)) }));
      await session.producer.sendBatch({ ...this.#howToSend, topicMessages });
      return;
    }
    // Brokers that know idempotent writes know batches of records.
    const scratchOf = () => (topics.size === 1 ? session.scratch : new Scratch());
    const records = [...topics].map(([topic, run]) => [topic, new KafkaRecords(topic, recordsOfMessages(run, scratchOf()))] as const);
    await this.#sendAsRecords(session, new Map(records));
  }

  async #sendAsRecords(session: KafkaSession, topics: ReadonlyMap<string, KafkaRecords>): Promise<void> {
    // Records may have been made for the session before.
    if (!session.idempotent)
      throw this.#unreachable("the Kafka brokers take no records any more: messages are sent again, as they know them");
    const topicMessages = Array.from(topics, ([topic, records]) => ({ topic, messages: records.asMessages() }));
    const answers = await session.producer.sendBatch({ ...this.#howToSend, topicMessages });
    for (const records of topics.values()) records.checkAnswered(answers);
    session.partitions = topics.get(this.#config.name)?.count ?? session.partitions;
  }

  get #howToSend() {
    return { acks: -1, compression: compressions[compressionOf(this.#config)] };
  }

  #afterFailure(error: unknown, at: FailedRun): DeliveryError {
    const failure = toKafkaDeliveryError(error);
    // Records that were made before the last time would halve it once more.
    if (failure.permanent && at.runLength > 1 && at.bytesMax === this.#runBytesMax)
      this.#requestBytesMax = Math.max(requestBytesMaxMin, this.#requestBytesMax >> 1);
    if (at.delivered === 0) return failure;
    return new PartialDeliveryError<TopicMessage>(failure.code, failure.message, {
      rejected: [],
      undelivered: at.messages.slice(at.delivered),
    });
  }

  async #connected(signal: AbortSignal | undefined): Promise<KafkaSession> {
    const deadlineMs = this.#clock.monotonicMs() + connectionWaitMs;
    for (;;) {
      if (this.#stopping.signal.aborted || signal?.aborted === true) throw this.#unreachable("the producer is stopped");
      if (this.#session !== undefined) return this.#session;
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      if (leftMs <= 0) throw this.#unreachable(this.#reason ?? "not connected to Kafka");
      await sleepUnless(this.#clock, leftMs, [this.#changed.signal, signal]);
    }
  }

  #unreachable(reason: string): DeliveryError {
    return new DeliveryError("GATELOG_TOPIC_KAFKA_UNREACHABLE", reason, { permanent: false });
  }

  /** A send whose outcome is unknown may still be running: its connection is closed once more after it has ended. */
  #discard(session: KafkaSession, pending: Promise<unknown>): void {
    if (this.#session === session) this.#session = undefined;
    const close = () => void session.close();
    close();
    pending.then(close, close);
    this.#announce();
  }

  #announce(): void {
    const changed = this.#changed;
    this.#changed = new AbortController();
    changed.abort();
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (this.#session === undefined) await this.#connectOnce();
      else await this.#probeWhenIdle(this.#session);
    }
  }

  async #connectOnce(): Promise<void> {
    try {
      const session = await openKafkaSession(this.#config, this.#hooks, {
        idempotent: this.#idempotenceSupported,
        signal: this.#stopping.signal,
      });
      this.#idempotenceSupported = session.idempotent;
      this.#session = session;
      this.#lastContactMs = this.#clock.monotonicMs();
      this.#becomeReady();
      this.#announce();
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#becomeUnready(error);
      await this.#clock.sleep(this.#reconnectDelay.next(), this.#stopping.signal);
    }
  }

  async #probeWhenIdle(session: KafkaSession): Promise<void> {
    const { signal } = this.#stopping;
    await sleepUnless(this.#clock, probeIntervalMs, [signal, this.#changed.signal]);
    if (this.#session !== session || signal.aborted) return;
    if (this.#reason === undefined && this.#clock.monotonicMs() - this.#lastContactMs < probeIntervalMs) return;
    try {
      await session.probe(signal);
      this.#lastContactMs = this.#clock.monotonicMs();
      this.#becomeReady();
    } catch (error) {
      if (this.#session !== session || signal.aborted) return;
      this.#becomeUnready(error);
      // A topic that was deleted is made again by the next session; a send in flight must not be cut for a probe.
      if (isUnknownTopic(error)) this.#discard(session, Promise.resolve());
    }
  }

  #becomeReady(): void {
    this.#reconnectDelay.reset();
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    this.#hooks.onEvent?.({
      code: "GATELOG_TOPIC_KAFKA_CONNECTED",
      level: "info",
      message: `connected to the Kafka topic ${this.#config.name}`,
    });
  }

  #becomeUnready(error: unknown): void {
    const reason = `Kafka at ${this.#config.kafka.brokers.join(", ")}: ${describeKafkaError(error)}`;
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#hooks.onEvent?.({ code: "GATELOG_TOPIC_KAFKA_UNREACHABLE", level: "warn", message: reason, error });
  }
}

function compressionOf({ compression = "snappy" }: KafkaTopicConfig): TopicCompression {
  return compression;
}

/** Where in a batch a request failed, and what it could have. */
interface FailedRun {
  readonly messages: readonly TopicMessage[];
  readonly delivered: number;
  readonly runLength: number;
  readonly bytesMax: number;
}

/** The messages of each topic, in order. */
function byTopic(run: MessageRun, nameDefault: string): ReadonlyMap<string, MessageRun> {
  if (run.messages.every(({ topic = nameDefault }) => topic === nameDefault)) return new Map([[nameDefault, run]]);
  const topics = new Map<string, TopicMessage[]>();
  for (const message of run.messages) {
    const { topic = nameDefault } = message;
    const messages = topics.get(topic);
    if (messages === undefined) topics.set(topic, [message]);
    else messages.push(message);
  }
  return new Map(Array.from(topics, ([topic, messages]) => [topic, { messages, bytes: run.bytes }]));
}

function asMessages(messages: readonly TopicMessage[]): Message[] {
  return messages.map(({ key, value, headers }) => ({ key, value: asBuffer(value), headers }));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
