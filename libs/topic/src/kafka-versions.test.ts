import { Buffer } from "node:buffer";
import { type KafkaServer, type KafkaVersion, startKafka, waitFor } from "@gatelog/testkit";
import kafkajs from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createConsumer, createProducer } from "./create-topic.ts";
import type { ConsumedMessage, KafkaTopicConfig, TopicEvent, TopicMessage, TopicProducer } from "./topic.ts";

// Real servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let kafka: KafkaServer;
let topics = 0;
const opened: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((part) => part.stop()));
});

function startBroker(version: KafkaVersion): void {
  beforeAll(async () => {
    kafka = await startKafka({ version });
  });
  afterAll(() => kafka.stop());
}

const newTopic = (compression: KafkaTopicConfig["compression"] = "snappy"): KafkaTopicConfig => ({
  kafka: { brokers: kafka.brokers, sessionTimeoutMs: 6_000 },
  name: `topic-${++topics}`,
  compression,
});

const messages = (count: number, topic?: string): TopicMessage[] =>
  Array.from({ length: count }, (_, index) => ({
    ...(topic === undefined ? {} : { topic }),
    key: `key-${index}`,
    value: Buffer.from(`日志 ${index}`),
    headers: { "gatelog-id": String(index) },
  }));

async function openProducer(topic: KafkaTopicConfig, events: TopicEvent[] = []): Promise<TopicProducer> {
  const producer = createProducer(topic, { onEvent: (event) => events.push(event) });
  opened.push(producer);
  await producer.start();
  return producer;
}

async function read(topic: KafkaTopicConfig, count: number): Promise<ConsumedMessage[]> {
  const found: ConsumedMessage[] = [];
  const consumer = createConsumer({ ...topic, group: `group-${topic.name}` });
  opened.push(consumer);
  await consumer.start(async (batch) => void found.push(...batch.messages));
  await waitFor(() => found.length >= count, { deadlineMs: 60_000, what: `${count} messages` });
  return found;
}

const textOf = ({ value }: TopicMessage) => Buffer.from(value).toString();

describe("brokers of version 0.10.2", () => {
  startBroker("0.10");

  it.each(["none", "gzip", "snappy"] as const)("take and give messages, not idempotently and without headers (%s)", async (compression) => {
    const events: TopicEvent[] = [];
    const topic = newTopic(compression);
    const producer = await openProducer(topic, events);
    await producer.send(messages(50));
    const found = await read(topic, 50);
    expect(found.map(textOf)).toEqual(messages(50).map(textOf));
    expect(found.map(({ key }) => key)).toEqual(messages(50).map(({ key }) => key));
    expect(found[0]?.headers).toEqual({});
    expect(events.map(({ code }) => code)).toContain("GATELOG_TOPIC_NOT_IDEMPOTENT");
    expect(producer.status()).toEqual({ ready: true });
  });

  it("lose nothing when they are killed and started again in between", async () => {
    const topic = newTopic();
    const producer = await openProducer(topic);
    await producer.send(messages(10));
    await kafka.kill();
    await expect(producer.send(messages(10))).rejects.toMatchObject({ permanent: false });
    await kafka.restart();
    await waitFor(() => producer.send(messages(20).slice(10)).then(...taken), { deadlineMs: 60_000, what: "a send that is taken" });
    const found = await read(topic, 20);
    expect(new Set(found.map(({ key }) => key)).size).toBe(20);
  });
});

describe("brokers of version 3.9", () => {
  startBroker("3.9");

  it.each(["none", "gzip", "snappy"] as const)("take messages idempotently, with their headers (%s)", async (compression) => {
    const events: TopicEvent[] = [];
    const topic = newTopic(compression);
    await (await openProducer(topic, events)).send(messages(50));
    const found = await read(topic, 50);
    expect(found.map(textOf)).toEqual(messages(50).map(textOf));
    expect(found[7]?.headers).toEqual({ "gatelog-id": "7" });
    expect(events.map(({ code }) => code)).not.toContain("GATELOG_TOPIC_NOT_IDEMPOTENT");
  });

  it("give what they compressed with zstd, whatever Node reads it", async () => {
    const topic = newTopic();
    const admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const configEntries = [{ name: "compression.type", value: "zstd" }];
    await admin.createTopics({ topics: [{ topic: topic.name, numPartitions: 1, replicationFactor: 1, configEntries }] });
    await admin.disconnect();
    await (await openProducer(topic)).send(messages(500));
    expect((await read(topic, 500)).map(textOf)).toEqual(messages(500).map(textOf));
  });

  it("get messages in the topics that these name, which are made where they are missing", async () => {
    const topic = newTopic();
    const other = newTopic();
    const producer = await openProducer(topic);
    await producer.send([...messages(5), ...messages(7, other.name), ...messages(5)]);
    expect((await read(topic, 10)).map(({ key }) => key)).toEqual([...messages(5), ...messages(5)].map(({ key }) => key));
    expect((await read(other, 7)).map(({ key }) => key)).toEqual(messages(7).map(({ key }) => key));
  });
});

/** For `then`: whether a send was taken. */
const taken = [() => true, () => false] as const;
