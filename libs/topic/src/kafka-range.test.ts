import { Buffer } from "node:buffer";
import { type KafkaServer, startKafka, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createConsumer, createProducer } from "./create-topic.ts";
import { type Admin, Kafka, logLevel } from "./kafkajs.ts";
import type { ConsumedBatch, ConsumerConfig, KafkaTopicConfig, TopicConsumer, TopicEvent, TopicMessage } from "./topic.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let kafka: KafkaServer;
let admin: Admin;
let topics = 0;
const opened: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  kafka = await startKafka();
  admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((part) => part.stop()));
});
afterAll(async () => {
  await admin.disconnect();
  await kafka.stop();
});

const group = "readers";
const newTopic = (): KafkaTopicConfig => ({ kafka: { brokers: kafka.brokers, sessionTimeoutMs: 6_000 }, name: `ranged-${++topics}` });
const messagesOf = (from: number, to: number): TopicMessage[] =>
  Array.from({ length: to - from }, (_, index) => ({ key: `${from + index}`, value: Buffer.from(`line ${from + index}`), headers: {} }));
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index));

async function produce(topic: KafkaTopicConfig, from: number, to: number): Promise<void> {
  const producer = createProducer(topic);
  opened.push(producer);
  await producer.start();
  await waitFor(() => producer.status().ready, { what: "the producer" });
  await producer.send(messagesOf(from, to));
}

async function consume(config: ConsumerConfig, handle: (batch: ConsumedBatch) => Promise<void> = async () => {}) {
  const keys: string[] = [];
  const events: TopicEvent[] = [];
  const consumer: TopicConsumer = createConsumer(config, { onEvent: (event) => events.push(event) });
  opened.push(consumer);
  await consumer.start(async (batch) => {
    await handle(batch);
    keys.push(...batch.messages.map(({ key }) => key));
  });
  const until = (probe: () => boolean | Promise<boolean>, what: string) => waitFor(probe, { deadlineMs: 60_000, what });
  return { consumer, keys, events, until, reason: () => consumer.status().reason ?? "" };
}

async function committed(topic: string): Promise<string | undefined> {
  return (await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0]?.partitions[0]?.offset;
}

/** As Kafka's tools do, whose group must have no members. */
async function commit(topic: string, offset: string, groupId = group): Promise<void> {
  const kafkaClient = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
  const consumer = kafkaClient.consumer({ groupId, maxWaitTimeInMs: 50, allowAutoTopicCreation: false });
  // Were it to fetch, it would find the offset out of range.
  consumer.on(consumer.events.GROUP_JOIN, () => consumer.pause([{ topic }]));
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ autoCommit: false, eachMessage: async () => {} });
  await consumer.commitOffsets([{ topic, partition: 0, offset }]);
  await consumer.disconnect();
}

/** As retention does. The client knows only the leaders of topics that it was asked about. */
const removeBefore = (topic: string, offset: string) =>
  waitFor(
    async () => {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
      return true;
    },
    { deadlineMs: 30_000, what: "records removed" },
  );

describe("several topics in one consumer", () => {
  it("reads them all, says how far it is behind in each, and does not wait for one that is missing", async () => {
    const [one, two, missing] = [newTopic(), newTopic(), newTopic()];
    await produce(one, 0, 3);
    await produce(two, 3, 5);
    const names = [one.name, two.name, missing.name];
    const { consumer, keys, events, until, reason } = await consume({ ...one, names, group: "several" });
    await until(() => keys.length === 5, "both topics");
    expect(keys.toSorted()).toEqual(numbers(0, 5));
    expect(reason()).toContain(`the topic ${missing.name} does not exist yet`);
    expect(events.map(({ code }) => code)).toContain("GATELOG_TOPIC_MISSING");
    await until(async () => (await consumer.lag().catch(() => -1)) === 0, "no lag");
    expect((await consumer.lags()).map(({ topic }) => topic)).toEqual(expect.arrayContaining([one.name, two.name]));
    await produce(missing, 5, 6);
    await until(() => keys.length === 6 && consumer.status().ready, "the topic that was missing");
  });
});

describe("a group that stands outside of the log", () => {
  it("behind the end: not ready with topic, offset and range, reads nothing, and goes on by itself after Kafka's tools", async () => {
    const topic = newTopic();
    await produce(topic, 0, 10);
    await commit(topic.name, "500");
    const { consumer, keys, events, until, reason } = await consume({ ...topic, group });
    await until(() => reason().includes(`${topic.name}/0: committed 500, the log has 0 to 10`), "the reason");
    expect(events.filter(({ code, level }) => code === "GATELOG_TOPIC_OUT_OF_RANGE" && level === "error")).toHaveLength(1);
    expect(keys).toEqual([]);
    await commit(topic.name, "7");
    await until(() => keys.length === 3 && consumer.status().ready, "the rest");
    expect(keys).toEqual(numbers(7, 10));
  });

  it("found out while it reads: nothing is read and the commit stays as it was", async () => {
    const topic = newTopic();
    await produce(topic, 0, 10);
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let isHandling = false;
    const { keys, until, reason } = await consume({ ...topic, group }, () => {
      isHandling = true;
      return released;
    });
    await until(() => isHandling, "the first batch");
    await produce(topic, 10, 20);
    await removeBefore(topic.name, "15");
    release();
    await until(() => reason().includes("committed 10, the log has 15 to 20"), "the reason");
    expect(keys).toEqual(numbers(0, 10));
    expect(await committed(topic.name)).toBe("10");
  });

  it("earliest goes on at the oldest message, says what was skipped, and commits that at once", async () => {
    const topic = newTopic();
    await produce(topic, 0, 20);
    await commit(topic.name, "5");
    await removeBefore(topic.name, "15");
    const { keys, events, until } = await consume({ ...topic, group, outOfRange: "earliest" });
    await until(() => keys.length === 5, "what is kept");
    expect(keys).toEqual(numbers(15, 20));
    const told = events.find(({ code }) => code === "GATELOG_TOPIC_OUT_OF_RANGE_RESET");
    expect(told?.message).toContain(`${topic.name}/0: committed 5, the log has 15 to 20`);
  });

  it("earliest reads on when the group is shared anew", async () => {
    const topic = newTopic();
    await produce(topic, 0, 10);
    await commit(topic.name, "500");
    const { keys, until } = await consume({ ...topic, group, outOfRange: "earliest" });
    await until(() => keys.length === 10, "what is kept");
    const other = await consume({ ...topic, group, outOfRange: "earliest" });
    await other.until(() => other.consumer.status().ready, "another member");
    await other.consumer.stop();
    await produce(topic, 10, 13);
    await until(() => keys.length + other.keys.length === 13, "the new messages");
  });

  it("latest goes on at the end, where also a member that dies before its first message begins again", async () => {
    const topic = newTopic();
    await produce(topic, 0, 10);
    await commit(topic.name, "500");
    const { consumer, keys, until } = await consume({ ...topic, group, outOfRange: "latest" });
    await until(async () => (await committed(topic.name)) === "10", "the new offset");
    await consumer.stop();
    await produce(topic, 10, 13);
    const next = await consume({ ...topic, group, outOfRange: "latest" });
    await next.until(() => next.keys.length === 3, "the new messages");
    expect([keys, next.keys]).toEqual([[], numbers(10, 13)]);
  });

  it("one of several topics: the others are read, and that one is not", async () => {
    const [good, bad] = [newTopic(), newTopic()];
    await produce(good, 0, 5);
    await produce(bad, 5, 10);
    await commit(bad.name, "500", "mixed");
    const { consumer, keys, until } = await consume({ ...good, names: [good.name, bad.name], group: "mixed" });
    await until(() => keys.length === 5 && (consumer.status().reason?.includes(`${bad.name}/0: committed 500`) ?? false), "the good topic");
    expect(keys.toSorted()).toEqual(numbers(0, 5));
  });

  it("a group without any offset begins at the oldest message", async () => {
    const topic = newTopic();
    await produce(topic, 0, 10);
    await removeBefore(topic.name, "4");
    const { keys, until } = await consume({ ...topic, group: "fresh" });
    await until(() => keys.length === 6, "what is kept");
  });
});
