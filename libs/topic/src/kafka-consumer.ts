import { type BackOff, type Clock, DeliveryError, backOff, systemClock } from "@gatelog/pipeline";
import { FetchSize } from "./fetch-size.ts";
import { groupLags } from "./kafka-admin.ts";
import { BatchRunner } from "./kafka-batch.ts";
import { clientRetry, createKafkaClient } from "./kafka-client.ts";
import { describeKafkaError, toKafkaDeliveryError } from "./kafka-errors.ts";
import { describeOutOfRange, isSameSurvey, type OutOfRangePlace, outOfRangeError, surveyTopics, type TopicSurvey } from "./kafka-ranges.ts";
import { quietly } from "./kafka-session.ts";
import type { Admin, Consumer } from "./kafkajs.ts";
import { MemberLife } from "./member-life.ts";
import { sleepUnless } from "./sleep-unless.ts";
import type { ConsumedBatch, ConsumerConfig, KafkaTopicConfig, PartitionLag, TopicConsumer, TopicHooks, TopicStatus } from "./topic.ts";
import { within } from "./within.ts";

/** Short, because a member that was killed holds its partitions, and its successor waits, until its session ends. */
const sessionTimeoutMsDefault = 10_000;
const connectTimeoutMs = 60_000;
const lagTimeoutMs = 30_000;
/** How long a fetch waits at the broker for something new. */
const fetchWaitMs = 500;
/** A consumer that has not fetched for this long, though no handler is running, has died in silence. An idle one fetches twice a second. */
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

/** How often a member that leaves a topic out looks whether it still has to. */
const surveyIntervalMs = 5_000;

/** What does not pass by itself. */
const needsDecision = ["GATELOG_TOPIC_OUT_OF_RANGE", "GATELOG_TOPIC_BATCH_TOO_LARGE"] as const;

type KafkaConsumerConfig = ConsumerConfig & KafkaTopicConfig;

/**
 * A member of a consumer group on Kafka topics, read from the beginning where the group has no offset.
 *
 * **Guarantee**: as TopicConsumer. Offsets are committed only after the handler resolved. A member that crashed, was thrown
 * out or fell silent is replaced by a new one, with back-off, for ever. Two handlers never run at the same time.
 */
export function createKafkaConsumer(config: KafkaConsumerConfig, hooks: TopicHooks, clock: Clock = systemClock): TopicConsumer {
  return new KafkaConsumer(config, hooks, clock);
}

class KafkaConsumer implements TopicConsumer {
  readonly #config: KafkaConsumerConfig;
  readonly #hooks: TopicHooks;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #restartDelay: BackOff;
  readonly #fetchSize: FetchSize;
  #batches: BatchRunner | undefined;
  #reason: string | undefined = "not started";
  /** Those of the topics that exist, as far as is known. */
  #present: readonly string[] | undefined;
  /** Why some of the topics are not read, though the others are. */
  #heldReason: string | undefined;
  #running: Promise<void> | undefined;
  #admin: Promise<Admin> | undefined;

  constructor(config: KafkaConsumerConfig, hooks: TopicHooks, clock: Clock) {
    this.#config = config;
    this.#hooks = hooks;
    this.#clock = clock;
    this.#fetchSize = new FetchSize(config.kafka.fetchBytesMax, hooks);
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
    const reason = this.#reason ?? this.#heldReason;
    return reason === undefined ? { ready: true } : { ready: false, reason };
  }

  async lag(): Promise<number> {
    return (await this.lags()).reduce((sum, { messages }) => sum + messages, 0);
  }

  async lags(): Promise<readonly PartitionLag[]> {
    const connecting = (this.#admin ??= this.#connectAdmin());
    try {
      const admin = await within(connecting, { timeoutMs: lagTimeoutMs, what: "connecting to Kafka" });
      return await within(groupLags(admin, this.#present ?? this.#topics, this.#config.group), {
        timeoutMs: lagTimeoutMs,
        what: "asking Kafka for the lag",
      });
    } catch (error) {
      if (this.#admin === connecting) this.#admin = undefined;
      void connecting.then((admin) => quietly(admin.disconnect())).catch(() => undefined);
      throw toKafkaDeliveryError(error);
    }
  }

  get #topics(): readonly string[] {
    return this.#config.names ?? [this.#config.name];
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

  /** One life of a kafkajs consumer: ends by stop (resolves), by crash, by silence, or because other topics can be read (rejects). */
  async #runMember(batches: BatchRunner): Promise<void> {
    const survey = await this.#survey();
    this.#present = survey.present;
    const held = this.#holdBack(survey);
    const life = new MemberLife(this.#clock);
    const consumer = this.#createConsumer(life);
    consumer.on(consumer.events.CRASH, ({ payload }) => life.end(payload.error));
    // Neither heartbeats nor joins are signs of life: a member that only joins again and again reads nothing.
    consumer.on(consumer.events.FETCH, () => life.sign());
    consumer.on(consumer.events.FETCH, () => this.#becomeReady());
    consumer.on(consumer.events.FETCH_START, () => this.#fetchSize.begin(life));
    let outside = topicsOf(survey.outOfRange);
    let assigned: Readonly<Record<string, readonly number[]>> = {};
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      assigned = payload.memberAssignment;
      batches.joined();
      // Between joining and the first fetch nothing else runs.
      if (outside.length > 0) consumer.pause(outside.map((topic) => ({ topic })));
    });
    try {
      const bounds = { timeoutMs: connectTimeoutMs, signal: this.#stopping.signal, what: "joining the Kafka group" };
      await within(consumer.connect(), bounds);
      await within(consumer.subscribe({ topics: [...survey.present], fromBeginning: true }), bounds);
      await within(consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: batches.forMember(life.over) }), bounds);
      const mine = survey.outOfRange.filter(({ topic, partition }) => assigned[topic]?.includes(partition));
      if (!held && outside.length > 0) await this.#reset(consumer, mine, outside);
      // Whenever the group shares anew, only what still waits for a decision is left alone again.
      if (!held) outside = [];
      await this.#watch(life, batches, survey);
    } finally {
      life.end(undefined);
      await this.#leave(consumer, batches);
    }
  }

  /** Says within seconds what a member, who tries for longer, would say only at the end; and what it would never say. */
  async #survey(): Promise<TopicSurvey> {
    const admin = createKafkaClient(this.#config, this.#hooks).admin({ retry: clientRetry });
    try {
      const bounds = { timeoutMs: connectTimeoutMs, signal: this.#stopping.signal, what: "asking Kafka for the topic" };
      await within(admin.connect(), bounds);
      return await within(surveyTopics(admin, { topics: this.#topics, group: this.#config.group }), bounds);
    } finally {
      await quietly(admin.disconnect());
    }
  }

  /**
   * True where topics out of range are left alone. Throws where no other topic is left: Kafka's tools set the offsets only of a group
   * without members.
   */
  #holdBack({ present, missing, outOfRange }: TopicSurvey): boolean {
    const waits = (this.#config.outOfRange ?? "wait") === "wait" && outOfRange.length > 0;
    const held = waits ? topicsOf(outOfRange) : [];
    const error = waits ? outOfRangeError(this.#config.group, outOfRange) : undefined;
    if (error !== undefined && held.length === present.length) throw error;
    const lacking = missing.length === 0 ? undefined : `the topic ${missing.join(", ")} does not exist yet`;
    const reason = [error?.message, lacking].filter((part) => part !== undefined).join("; ");
    if (reason !== "" && reason !== this.#heldReason) {
      const event = waits
        ? ({ code: "GATELOG_TOPIC_OUT_OF_RANGE", level: "error" } as const)
        : ({ code: "GATELOG_TOPIC_MISSING", level: "warn" } as const);
      this.#hooks.onEvent?.({ ...event, message: reason });
    }
    this.#heldReason = reason === "" ? undefined : reason;
    return waits;
  }

  /** Commits where reading is to go on, before anything is read: were it done after the first batch, a crash would look again for the end. */
  async #reset(consumer: Consumer, places: readonly OutOfRangePlace[], topics: readonly string[]): Promise<void> {
    const toLatest = this.#config.outOfRange === "latest";
    await within(
      consumer.commitOffsets(places.map(({ topic, partition, low, high }) => ({ topic, partition, offset: toLatest ? high : low }))),
      { timeoutMs: connectTimeoutMs, signal: this.#stopping.signal, what: "committing where reading goes on" },
    );
    for (const place of places) {
      const message = `the group ${this.#config.group} stood outside of the log (${describeOutOfRange(place)}); by outOfRange it goes on at ${toLatest ? `the end, ${place.high}` : `the oldest message, ${place.low}`}`;
      this.#hooks.onEvent?.({ code: "GATELOG_TOPIC_OUT_OF_RANGE_RESET", level: "error", message });
    }
    consumer.resume(topics.map((topic) => ({ topic })));
  }

  async #watch(life: MemberLife, batches: BatchRunner, survey: TopicSurvey): Promise<void> {
    let surveyedMs = this.#clock.monotonicMs();
    while (!this.#stopping.signal.aborted) {
      if (life.over.aborted) throw life.error();
      if (batches.handling) life.sign();
      if (life.silentMs() > answerMsMax) this.#becomeUnready(new Error("the brokers do not answer"));
      if (life.silentMs() > silentMsMax) throw new Error(`the consumer has been silent for ${Math.round(life.silentMs() / 1000)} s`);
      if (this.#heldReason !== undefined && this.#clock.monotonicMs() - surveyedMs > surveyIntervalMs) {
        const again = await this.#survey().catch(() => survey);
        if (!isSameSurvey(survey, again)) throw new Error("topics that could not be read have changed");
        surveyedMs = this.#clock.monotonicMs();
      }
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

  #createConsumer(life: MemberLife): Consumer {
    const sessionTimeout = this.#config.kafka.sessionTimeoutMs ?? sessionTimeoutMsDefault;
    const onOffsetReset = ({ topic, partition }: { readonly topic: string; readonly partition: number }): never => {
      const error = new Error(`the broker does not have the next offset of ${topic}/${partition}`);
      life.end(error);
      throw error;
    };
    return createKafkaClient(this.#config, this.#hooks, { retry: memberRetry, onOffsetReset }).consumer({
      groupId: this.#config.group,
      sessionTimeout,
      heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeout / 4)),
      maxWaitTimeInMs: fetchWaitMs,
      maxBytes: this.#fetchSize.bytes,
      maxBytesPerPartition: this.#fetchSize.bytes,
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
      message: `reading the Kafka topic ${this.#topics.join(", ")} as a member of the group ${this.#config.group}`,
    });
  }

  #becomeUnready(error: unknown): void {
    const reason = `Kafka at ${this.#config.kafka.brokers.join(", ")}, topic ${this.#topics.join(", ")}: ${describeKafkaError(error)}`;
    if (reason === this.#reason) return;
    this.#reason = reason;
    const decision = needsDecision.find((code) => error instanceof DeliveryError && error.code === code);
    this.#hooks.onEvent?.({
      code: decision ?? "GATELOG_TOPIC_KAFKA_UNREACHABLE",
      level: decision === undefined ? "warn" : "error",
      message: reason,
      error,
    });
  }
}

function topicsOf(places: readonly OutOfRangePlace[]): readonly string[] {
  return [...new Set(places.map(({ topic }) => topic))];
}
