import type { RejectedItem } from "@gatelog/pipeline";
import type { TopicMessage, TopicProducer } from "@gatelog/topic";
import type { SinkItem } from "./read-message.ts";

/** Characters of a reason: a database may quote a whole value. */
const reasonLengthMax = 1000;

/**
 * The topic of messages that the database refused for good.
 *
 * **Shape**: key and value as they were; the headers as they were, with `gatelog-id` and `gatelog-time` as they were fixed, and
 * `gatelog-dlt-topic`, `-partition`, `-offset`, `-code`, `-reason`, `-at`.
 * **Guarantee**: `keep` resolves when the message is durable there. The topic is opened with the first one.
 */
export class DeadLetters {
  readonly #createProducer: () => TopicProducer;
  #producer: Promise<TopicProducer> | undefined;

  constructor(createProducer: () => TopicProducer) {
    this.#createProducer = createProducer;
  }

  /** **Errors**: DeliveryError, or whatever keeps the topic from being opened; to be tried again. */
  async keep(rejected: RejectedItem<SinkItem>, nowMs: number): Promise<void> {
    const producer = await this.#open();
    await producer.send([toDeadLetter(rejected, nowMs)]);
  }

  async stop(): Promise<void> {
    const producer = await this.#producer?.catch(() => undefined);
    await producer?.stop();
  }

  #open(): Promise<TopicProducer> {
    this.#producer ??= this.#start();
    return this.#producer;
  }

  async #start(): Promise<TopicProducer> {
    try {
      const producer = this.#createProducer();
      await producer.start();
      return producer;
    } catch (error) {
      this.#producer = undefined;
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
