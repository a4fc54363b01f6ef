// Registers the snappy codec with kafkajs: the messages are read with a consumer of the oracle's own.
import "@gatelog/topic";
import { waitFor } from "@gatelog/testkit";
import { type Batch, type Consumer, Kafka, logLevel } from "kafkajs";

/** What is looked at of a message. */
export type TopicMessage = Pick<Batch["messages"][number], "key" | "value" | "headers">;

const deadlineMs = 600_000;

/** Reads a topic of one partition from its first message to the one that is the last now, each once. */
export async function readTopic(brokers: readonly string[], topic: string, note: (message: TopicMessage) => void): Promise<void> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: `oracle-${process.pid}-${performance.now()}` });
  try {
    await consume(consumer, { topic, end: Number(ends[0]?.high ?? 0), note });
  } finally {
    await consumer.disconnect();
  }
}

async function consume(consumer: Consumer, what: { topic: string; end: number; note: (message: TopicMessage) => void }): Promise<void> {
  let next = 0;
  let crash: Error | undefined;
  // The consumer may begin anew when its coordinator moves: what was noted is not noted again.
  const take = (message: Batch["messages"][number]) => {
    if (Number(message.offset) < next) return;
    next = Number(message.offset) + 1;
    what.note(message);
  };
  await consumer.connect();
  await consumer.subscribe({ topic: what.topic, fromBeginning: true });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) crash = payload.error;
  });
  await consumer.run({
    eachBatch: ({ batch }) => {
      for (const message of batch.messages) take(message);
      return Promise.resolve();
    },
  });
  await waitFor(() => crash !== undefined || next >= what.end, { deadlineMs, intervalMs: 100, what: "the whole topic" });
  if (crash !== undefined) throw crash;
}
