import { waitFor } from "@gatelog/testkit";
import { createProducer, type TopicMessage } from "@gatelog/topic";
import { createCallGenerator } from "./calls.ts";

const partitions = 6;
const batchMessages = 5000;
const readyDeadlineMs = 30_000;

/** Puts so many calls into a new topic, as the processor sends them. Returns the mean length of a value in bytes. */
export async function fillTopic(topic: {
  readonly brokers: readonly string[];
  readonly name: string;
  readonly messages: number;
  readonly now: number;
}): Promise<number> {
  const producer = createProducer({ kafka: { brokers: topic.brokers, partitions }, name: topic.name, compression: "snappy" });
  const next = messagesOf(topic.now);
  let bytes = 0;
  await producer.start();
  try {
    await waitFor(() => producer.status().ready, { deadlineMs: readyDeadlineMs, what: "the producer" });
    for (let sent = 0; sent < topic.messages; sent += batchMessages) {
      const batch = Array.from({ length: Math.min(batchMessages, topic.messages - sent) }, next);
      bytes += batch.reduce((sum, { value }) => sum + value.length, 0);
      await producer.send(batch);
    }
  } finally {
    await producer.stop();
  }
  return bytes / topic.messages;
}

function messagesOf(now: number): () => TopicMessage {
  const nextCall = createCallGenerator(now);
  return () => {
    const { id, time, line } = nextCall();
    return { key: id, value: Buffer.from(line), headers: { "gatelog-id": id, "gatelog-time": time, "gatelog-type": "record" } };
  };
}
