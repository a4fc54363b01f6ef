import { type BackOff, type Clock, backOff, systemClock } from "@gatelog/pipeline";
import { groupLag } from "./kafka-admin.ts";
import { BatchRunner } from "./kafka-batch.ts";
import { clientRetry, createKafkaClient } from "./kafka-client.ts";
import { describeKafkaError, toKafkaDeliveryError } from "./kafka-errors.ts";
import { quietly } from "./kafka-session.ts";
import type { Admin, Consumer } from "./kafkajs.ts";
import { sleepUnless } from "./sleep-unless.ts";
import type { ConsumedBatch, KafkaTopicConfig, TopicConsumer, TopicHooks, TopicStatus } from "./topic.ts";
import { within } from "./within.ts";

/** Short, because a member that was killed holds its partitions, and its successor waits, until its session ends. */
const sessionTimeoutMsDefault = 10_000;
const fetchBytesMaxDefault = 4 * 1024 * 1024;
const connectTimeoutMs = 60_000;
const lagTimeoutMs = 30_000;
/** How long a fetch waits at the broker for something new. */
const fetchWaitMs = 500;
/** A consumer that has neither fetched nor sent a heartbeat for this long, though no handler is running, has died in silence. */
const silentMsMax = 90_000;
const watchIntervalMs = 1_000;
/** Without an answer for this long the consumer is not ready; a fetch is answered after half a second at the latest. */
const answerMsMax = 5_000;
/**
 * kafkajs tries for about half a minute by itself: a broker that comes back meanwhile still knows this member, while a new one
 * would have to wait for the old one's session to end.
 */
const memberRetry = { ...clientRetry, maxRetryTime: 2_000, retries: 20 };
/** Time for the handler in hand at stop; what it does not finish is read again by whoever comes next. */
const stopTimeoutMs = 60_000;

/**
 * A member of a consumer group on one Kafka topic, read from the beginning where the group has no offset.
 *
 * **Guarantee**: as TopicConsumer. Offsets are committed only after the handler resolved. A member that crashed, was thrown
 * out or fell silent is replaced by a new one, with back-off, for ever. Two handlers never run at the same time.
 */
export function createKafkaConsumer(
  config: KafkaTopicConfig & { readonly group: string },
  hooks: TopicHooks,
  clock: Clock = systemClock,
): TopicConsumer {
  return new KafkaConsumer(config, hooks, clock);
}

class KafkaConsumer implements TopicConsumer {
  readonly #config: KafkaTopicConfig & { readonly group: string };
  readonly #hooks: TopicHooks;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #restartDelay: BackOff;
  #batches: BatchRunner | undefined;
  #reason: string | undefined = "not started";
  #running: Promise<void> | undefined;
  #admin: Promise<Admin> | undefined;

  constructor(config: KafkaTopicConfig & { readonly group: string }, hooks: TopicHooks, clock: Clock) {
    this.#config = config;
    this.#hooks = hooks;
    this.#clock = clock;
    this.#restartDelay = backOff({ minMs: 200, maxMs: 5_000 });
  }

  async start(handle: (batch: ConsumedBatch) => Promise<void>): Promise<void> {
    this.#config.kafka.tls?.material?.();
    this.#reason = `connecting to Kafka at ${this.#config.kafka.brokers.join(", ")}`;
    this.#batches = new BatchRunner({ handle, clock: this.#clock, stopping: this.#stopping.signal, hooks: this.#hooks });
    this.#running ??= this.#keepMember(this.#batches);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const admin = await this.#admin?.catch(() => undefined);
    if (admin !== undefined) await quietly(admin.disconnect());
    this.#admin = undefined;
    this.#reason = "stopped";
  }

  status(): TopicStatus {
    return this.#reason === undefined ? { ready: true } : { ready: false, reason: this.#reason };
  }

  async lag(): Promise<number> {
    const connecting = (this.#admin ??= this.#connectAdmin());
    try {
      const admin = await within(connecting, { timeoutMs: lagTimeoutMs, what: "connecting to Kafka" });
      return await within(groupLag(admin, this.#config.name, this.#config.group), {
        timeoutMs: lagTimeoutMs,
        what: "asking Kafka for the lag",
      });
    } catch (error) {
      if (this.#admin === connecting) this.#admin = undefined;
      void connecting.then((admin) => quietly(admin.disconnect())).catch(() => undefined);
      throw toKafkaDeliveryError(error);
    }
  }

  async #connectAdmin(): Promise<Admin> {
    const admin = createKafkaClient(this.#config, this.#hooks).admin({ retry: clientRetry });
    await admin.connect();
    return admin;
  }

  async #keepMember(batches: BatchRunner): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#runMember(batches);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#becomeUnready(error);
        await this.#clock.sleep(this.#restartDelay.next(), this.#stopping.signal);
      }
    }
  }

  /** One life of a kafkajs consumer: ends by stop (resolves), by crash or by silence (rejects). */
  async #runMember(batches: BatchRunner): Promise<void> {
    await this.#checkBrokers();
    const consumer = this.#createConsumer();
    const life = new Life(this.#clock);
    consumer.on(consumer.events.CRASH, ({ payload }) => life.end(payload.error));
    for (const sign of [consumer.events.GROUP_JOIN, consumer.events.FETCH, consumer.events.HEARTBEAT] as const) {
      consumer.on(sign as typeof consumer.events.FETCH, () => life.sign());
    }
    consumer.on(consumer.events.FETCH, () => this.#becomeReady());
    try {
      const bounds = { timeoutMs: connectTimeoutMs, signal: this.#stopping.signal, what: "joining the Kafka group" };
      await within(consumer.connect(), bounds);
      await within(consumer.subscribe({ topics: [this.#config.name], fromBeginning: true }), bounds);
      await within(consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: batches.forMember(life.over) }), bounds);
      await this.#watch(life, batches);
    } finally {
      life.end(undefined);
      await this.#leave(consumer, batches);
    }
  }

  /** Says within a second what a member, who tries for longer, would say only at the end. */
  async #checkBrokers(): Promise<void> {
    const admin = createKafkaClient(this.#config, this.#hooks).admin({ retry: clientRetry });
    try {
      const bounds = { timeoutMs: connectTimeoutMs, signal: this.#stopping.signal, what: "asking Kafka for the topic" };
      await within(admin.connect(), bounds);
      await within(admin.fetchTopicMetadata({ topics: [this.#config.name] }), bounds);
    } finally {
      await quietly(admin.disconnect());
    }
  }

  async #watch(life: Life, batches: BatchRunner): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (life.over.aborted) throw life.error();
      if (batches.handling) life.sign();
      if (life.silentMs() > answerMsMax) this.#becomeUnready(new Error("the brokers do not answer"));
      if (life.silentMs() > silentMsMax) throw new Error(`the consumer has been silent for ${Math.round(life.silentMs() / 1000)} s`);
      await sleepUnless(this.#clock, watchIntervalMs, [this.#stopping.signal, life.over]);
    }
  }

  /**
   * Waits for the handler in hand and its commit; whatever it cannot commit is delivered again. A handler that hangs must not keep the
   * process, and neither must a goodbye to brokers that are away. The next member never hands out batches beside an old handler.
   */
  async #leave(consumer: Consumer, batches: BatchRunner): Promise<void> {
    const goodbye = consumer.disconnect();
    if (this.#stopping.signal.aborted) await Promise.race([batches.idle(), this.#clock.sleep(stopTimeoutMs)]);
    else await batches.idle();
    await quietly(goodbye);
  }

  #createConsumer(): Consumer {
    const sessionTimeout = this.#config.kafka.sessionTimeoutMs ?? sessionTimeoutMsDefault;
    const fetchBytesMax = this.#config.kafka.fetchBytesMax ?? fetchBytesMaxDefault;
    return createKafkaClient(this.#config, this.#hooks, memberRetry).consumer({
      groupId: this.#config.group,
      sessionTimeout,
      heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeout / 4)),
      maxWaitTimeInMs: fetchWaitMs,
      maxBytes: fetchBytesMax,
      maxBytesPerPartition: fetchBytesMax,
      allowAutoTopicCreation: false,
      // kafkajs' own restart keeps its old state, and can end for good without a word: a new member is made here instead.
      retry: { ...memberRetry, restartOnFailure: async () => false },
    });
  }

  #becomeReady(): void {
    if (this.#stopping.signal.aborted) return;
    this.#restartDelay.reset();
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    this.#hooks.onEvent?.({
      code: "GATELOG_TOPIC_KAFKA_CONNECTED",
      level: "info",
      message: `reading the Kafka topic ${this.#config.name} as a member of the group ${this.#config.group}`,
    });
  }

  #becomeUnready(error: unknown): void {
    const reason = `Kafka at ${this.#config.kafka.brokers.join(", ")}, topic ${this.#config.name}: ${describeKafkaError(error)}`;
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#hooks.onEvent?.({ code: "GATELOG_TOPIC_KAFKA_UNREACHABLE", level: "warn", message: reason, error });
  }
}

/** Signs of life of one kafkajs consumer. */
class Life {
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #error: unknown;
  #lastSignMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastSignMs = clock.monotonicMs();
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  sign(): void {
    this.#lastSignMs = this.#clock.monotonicMs();
  }

  silentMs(): number {
    return this.#clock.monotonicMs() - this.#lastSignMs;
  }

  end(error: unknown): void {
    this.#error ??= error;
    this.#over.abort();
  }

  error(): Error {
    return this.#error instanceof Error ? this.#error : new Error("the consumer ended");
  }
}
