import { DeliveryError, type RejectedItem } from "@gatelog/pipeline";
import type { TopicMessage, TopicProducer } from "@gatelog/topic";
import type { SinkItem } from "./read-message.ts";

/** Characters of a reason: a database may quote a whole value. */
const reasonLengthMax = 1000;

/**
 * The topics of messages that the database refused for good, one beside each that is read.
 *
 * **Shape**: key and value as they were; the headers as they were, with `gatelog-id` and `gatelog-time` as they were fixed, and
 * `gatelog-dlt-topic`, `-partition`, `-offset`, `-code`, `-reason`, `-at`.
 * **Guarantee**: `keep` resolves when the message is durable there. A topic is opened with its first one.
 */
export class DeadLetters {
  readonly #createProducer: (topic: string) => TopicProducer;
  /** By the topic of the messages; as many as the configuration names. */
  readonly #producers = new Map<string, Promise<TopicProducer>>();
  /** Those to which something is being sent. */
  readonly #sending = new Set<TopicProducer>();

  constructor(createProducer: (topic: string) => TopicProducer) {
    this.#createProducer = createProducer;
  }

  /**
   * Waits for room as long as it takes, unless `signal` takes the message back.
   *
   * **Errors**: DeliveryError, or whatever keeps the topic from being opened; to be tried again.
   */
  async keep(rejected: RejectedItem<SinkItem>, nowMs: number, signal?: AbortSignal): Promise<void> {
    const producer = await this.#open(rejected.item.place.topic);
    this.#sending.add(producer);
    try {
      await producer.send([toDeadLetter(rejected, nowMs)], signal);
    } catch (error) {
      const { reason } = producer.status();
      if (signal?.aborted !== true || reason === undefined) throw error;
      throw new DeliveryError("GATELOG_TOPIC_TIMEOUT", reason, { permanent: false, cause: error });
    } finally {
      this.#sending.delete(producer);
    }
  }

  /** Why what is being kept now waits: a log that is full takes it when there is room, without a failure before. Undefined where nothing waits. */
  get reason(): string | undefined {
    for (const producer of this.#sending) {
      const status = producer.status();
      if (!status.ready) return status.reason;
    }
    return undefined;
  }

  async stop(): Promise<void> {
    for (const opening of this.#producers.values()) await (await opening.catch(() => undefined))?.stop();
  }

  #open(topic: string): Promise<TopicProducer> {
    const opening = this.#producers.get(topic) ?? this.#start(topic);
    this.#producers.set(topic, opening);
    return opening;
  }

  async #start(topic: string): Promise<TopicProducer> {
    try {
      const producer = this.#createProducer(topic);
      await producer.start();
      return producer;
    } catch (error) {
      this.#producers.delete(topic);
      throw error;
    }
  }
}

function toDeadLetter({ item, error }: RejectedItem<SinkItem>, nowMs: number): TopicMessage {
  const { message, place, identity } = item;
  return {
    key: message.key,
    value: message.value,
    headers: {
      ...message.headers,
      "gatelog-id": identity.id,
      "gatelog-time": identity.time,
      "gatelog-dlt-topic": place.topic,
      "gatelog-dlt-partition": String(place.partition),
      "gatelog-dlt-offset": message.offset,
      "gatelog-dlt-code": error.code,
      "gatelog-dlt-reason": error.message.slice(0, reasonLengthMax),
      "gatelog-dlt-at": new Date(nowMs).toISOString(),
    },
  };
}
