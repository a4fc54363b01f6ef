import type { ConsumedBatch, PartitionLag, TopicConsumer, TopicStatus } from "./topic.ts";

/**
 * Several topics in one directory, read as one: a cursor for each.
 *
 * **Guarantee**: as TopicConsumer. Two handlers never run at the same time, as on Kafka; topics take turns.
 */
export class EmbeddedConsumers implements TopicConsumer {
  readonly #consumers: readonly TopicConsumer[];
  #last: Promise<void> = Promise.resolve();

  constructor(consumers: readonly TopicConsumer[]) {
    this.#consumers = consumers;
  }

  async start(handle: (batch: ConsumedBatch) => Promise<void>): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.start((batch) => this.#inTurn(() => handle(batch)))));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
  }

  async lag(): Promise<number> {
    return (await this.lags()).reduce((sum, { messages }) => sum + messages, 0);
  }

  async lags(): Promise<readonly PartitionLag[]> {
    return (await Promise.all(this.#consumers.map((consumer) => consumer.lags()))).flat();
  }

  status(): TopicStatus {
    const reasons = this.#consumers.flatMap((consumer) => consumer.status().reason ?? []);
    return reasons.length === 0 ? { ready: true } : { ready: false, reason: reasons.join("; ") };
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
