import { Buffer } from "node:buffer";
import type { Sink, Source } from "@gatelog/pipeline";
import { checkSink, checkSource, type KafkaServer, startKafka } from "@gatelog/testkit";
import kafkajs from "kafkajs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createConsumer, createProducer } from "./create-topic.ts";
import type { ConsumedMessage, KafkaTopicConfig, TopicMessage } from "./topic.ts";

let kafka: KafkaServer;
let topics = 0;

beforeAll(async () => {
  kafka = await startKafka();
});

afterAll(async () => {
  await kafka.stop();
});

const newTopic = (): KafkaTopicConfig => ({
  kafka: { brokers: kafka.brokers, sessionTimeoutMs: 6_000, requestTimeoutMs: 5_000 },
  name: `contract-${++topics}`,
});
const messageOf = (key: string): TopicMessage => ({ key, value: Buffer.from(`line ${key}`), headers: { "gatelog-id": key } });

it("a Kafka producer is a sink that keeps the delivery law, also while the broker is killed", { timeout: 240_000 }, async () => {
  const reports = await checkSink<TopicMessage>({
    items: Array.from({ length: 60 }, (_, index) => messageOf(`item-${index}`)),
    keyOf: ({ key }) => key,
    ordered: true,
    makeSink: async (outcome) => {
      const topic = newTopic();
      const producer = createProducer(topic);
      const sink: Sink<TopicMessage> = {
        start: () => producer.start(),
        write: (batch, signal) => producer.send(batch, signal),
        stop: () => producer.stop(),
      };
      const outage = { breakStore: async () => (await kafka.kill(), () => kafka.restart()) };
      return { sink, stored: () => keysIn(topic), ...(outcome === "always" ? outage : {}) };
    },
  });
  expect(reports.map(({ generated }) => generated)).toEqual([60, 60, 60, 60]);
});

it("a Kafka consumer is a source that keeps the delivery law", { timeout: 240_000 }, async () => {
  const reports = await checkSource<ConsumedMessage>({
    keyOf: ({ key }) => key,
    deadlineMs: 60_000,
    makeSource: async () => {
      const topic = newTopic();
      const producer = createProducer(topic);
      await producer.start();
      await producer.send([]);
      return {
        source: sourceOf(topic),
        feed: (keys) => producer.send(keys.map(messageOf)),
        acknowledged: () => committedKeys(topic),
        restart: () => Promise.resolve(sourceOf(topic)),
        close: () => producer.stop(),
      };
    },
  });
  expect(reports.every(({ accepted, deadLettered, generated }) => accepted + deadLettered === generated)).toBe(true);
});

function sourceOf(topic: KafkaTopicConfig): Source<ConsumedMessage> {
  const consumer = createConsumer({ ...topic, group: "contract" });
  return { start: (deliver) => consumer.start(({ messages }) => deliver(messages)), stop: () => consumer.stop() };
}

const client = () => new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING });

/** Everything in the topic, read with kafkajs alone and by a group that leaves no trace. */
async function keysIn({ name }: KafkaTopicConfig): Promise<string[]> {
  const admin = client().admin();
  await admin.connect();
  const end = Number((await admin.fetchTopicOffsets(name))[0]?.offset ?? 0);
  await admin.disconnect();
  const keys: string[] = [];
  if (end === 0) return keys;
  const consumer = client().consumer({ groupId: `look-${Math.random()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [name], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { key: Buffer | null; offset: string } }) => {
      keys.push(message.key?.toString() ?? "");
      if (Number(message.offset) >= end - 1) resolve();
    };
    consumer.run({ autoCommit: false, eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return keys;
}

const readKeys = new Map<string, string[]>();

/** The keys behind the committed offset. */
async function committedKeys(topic: KafkaTopicConfig): Promise<string[]> {
  const admin = client().admin();
  await admin.connect();
  const committed = await admin.fetchOffsets({ groupId: "contract", topics: [topic.name] });
  await admin.disconnect();
  const count = Math.max(0, Number(committed[0]?.partitions[0]?.offset ?? 0));
  // A topic only grows: what was read once need not be read again.
  let keys = readKeys.get(topic.name) ?? [];
  if (keys.length < count) readKeys.set(topic.name, (keys = await keysIn(topic)));
  return keys.slice(0, count);
}
