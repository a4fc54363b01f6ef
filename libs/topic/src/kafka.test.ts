import { Buffer } from "node:buffer";
import { type DeliveryError, PartialDeliveryError } from "@gatelog/pipeline";
import { freePort, type KafkaServer, startKafka, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createKafkaConsumer } from "./kafka-consumer.ts";
import { createKafkaProducer } from "./kafka-producer.ts";
import { recordsOfMessages, Scratch } from "./kafka-records.ts";
import { compressSnappy } from "./snappy-codec.ts";
import type {
  ConsumedBatch,
  ConsumedMessage,
  KafkaTopicConfig,
  TopicConsumer,
  TopicEvent,
  TopicMessage,
  TopicProducer,
  TopicRecords,
} from "./topic.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let kafka: KafkaServer;
let topics = 0;
const opened: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  kafka = await startKafka();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((part) => part.stop()));
});

afterAll(async () => {
  await kafka.stop();
});

function config(overrides: Partial<KafkaTopicConfig["kafka"]> = {}, name = `topic-${++topics}`): KafkaTopicConfig {
  return { kafka: { brokers: kafka.brokers, sessionTimeoutMs: 6_000, ...overrides }, name };
}

async function openProducer(topic: KafkaTopicConfig, events: TopicEvent[] = []): Promise<TopicProducer> {
  const producer = createKafkaProducer(topic, { onEvent: (event) => events.push(event) });
  opened.push(producer);
  await producer.start();
  return producer;
}

async function openConsumer(
  topic: KafkaTopicConfig,
  handle: (batch: ConsumedBatch) => Promise<void>,
  group = "group",
): Promise<TopicConsumer> {
  const consumer = createKafkaConsumer({ ...topic, group }, {});
  opened.push(consumer);
  await consumer.start(handle);
  return consumer;
}

/** A consumer that keeps whatever it reads. */
async function collect(topic: KafkaTopicConfig, group = "group"): Promise<{ messages: ConsumedMessage[]; consumer: TopicConsumer }> {
  const messages: ConsumedMessage[] = [];
  const consumer = await openConsumer(topic, async (batch) => void messages.push(...batch.messages), group);
  return { messages, consumer };
}

function message(id: string, value: string | Buffer = `line ${id}`): TopicMessage {
  return {
    key: id,
    value: Buffer.from(value),
    headers: { "gatelog-id": id, "gatelog-time": "2026-11-23T08:00:00.000Z", "gatelog-type": "record" },
  };
}

/** Made in one piece, each message in the partition of its key. */
function recordsOf(messages: readonly TopicMessage[], partitions: number, isCompressed = false): TopicRecords {
  const groups = recordsOfMessages({ messages, bytes: 100_000 }, new Scratch())(partitions, "");
  const compressed = groups.map((group) => ({ ...group, bytes: compressSnappy(group.bytes) }));
  return { count: messages.length, partitions, bytesMax: 100_000, isCompressed, groups: isCompressed ? compressed : groups };
}

function bound(producer: TopicProducer) {
  const { records } = producer;
  if (records === undefined) throw new Error("a producer for Kafka sends records");
  return { records, send: producer.send.bind(producer) };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => message(String(from + index)));
const keysOf = (messages: readonly TopicMessage[]) => messages.map(({ key }) => key);
const ready = (part: { status(): { ready: boolean } }) => waitFor(() => part.status().ready, { deadlineMs: 30_000, what: "ready" });

describe("a topic on Kafka", () => {
  it("creates the topic and carries key, value and headers unchanged", async () => {
    const events: TopicEvent[] = [];
    const topic = config({ partitions: 3 });
    const producer = await openProducer(topic, events);
    const sent = [message("单号-1", "日志平台 \u0000 \u{1F600}"), message("b", Buffer.from([0xff, 0xfe, 0x00])), message("c", "")];
    await producer.send(sent);
    expect(events.map(({ code }) => code)).toContain("GATELOG_TOPIC_CREATED");
    const { messages } = await collect(topic);
    await waitFor(() => messages.length === 3);
    for (const original of sent) {
      const got = messages.find(({ key }) => key === original.key);
      expect(Buffer.from(got?.value ?? []).equals(Buffer.from(original.value))).toBe(true);
      expect(got?.headers).toEqual(original.headers);
    }
  });

  it.each(["none", "gzip", "snappy"] as const)("reads back what was compressed with %s", async (compression) => {
    const topic: KafkaTopicConfig = { ...config(), compression };
    await (await openProducer(topic)).send(range(0, 200));
    const { messages } = await collect(topic);
    await waitFor(() => messages.length === 200);
    expect(keysOf(messages)).toEqual(keysOf(range(0, 200)));
  });

  it("sends records that were made elsewhere, once it knows how many partitions there are, and refuses those for another number", async () => {
    const topic = config({ partitions: 2 });
    const { records, send } = bound(await openProducer(topic));
    expect(records.partitions()).toBeUndefined();
    await send([message("first")]);
    expect(records.partitions()).toBe(2);
    const wrong = recordsOf(range(0, 10), 1);
    await expect(records.send(wrong)).rejects.toMatchObject({ code: "GATELOG_TOPIC_KAFKA_FAILED", permanent: false });
    expect(records.partitions()).toBeUndefined();
    await send([message("second")]);
    // Neither is taken for the other.
    await Promise.all([records.send(recordsOf(range(0, 10), 2)), records.send(recordsOf(range(10, 20), 2, true))]);
    const { messages } = await collect(topic);
    await waitFor(() => messages.length === 22);
    expect(new Set(keysOf(messages))).toEqual(new Set(["first", "second", ...keysOf(range(0, 20))]));
    const [one, other] = [message("7"), messages.find(({ key }) => key === "7")];
    expect({ ...other, value: Buffer.from(other?.value ?? []) }).toMatchObject({ value: one.value, headers: one.headers });
  });

  it("splits a batch that is larger than a request, in order", async () => {
    const topic = config({ requestBytesMax: 20_000 });
    const sent = Array.from({ length: 100 }, (_, index) => message(String(index), "x".repeat(1500)));
    await (await openProducer(topic)).send(sent);
    const { messages } = await collect(topic);
    await waitFor(() => messages.length === 100);
    expect(keysOf(messages)).toEqual(keysOf(sent));
  });

  it("says for good that a message is too large, and sends the next one", async () => {
    const topic = config();
    const producer = await openProducer({ ...topic, compression: "none" });
    const huge = message("huge", "x".repeat(2_000_000));
    await expect(producer.send([huge])).rejects.toMatchObject({ code: "GATELOG_TOPIC_MESSAGE_REFUSED", permanent: true });
    await producer.send([message("next")]);
    const { messages } = await collect(topic);
    await waitFor(() => messages.length === 1);
    expect(keysOf(messages)).toEqual(["next"]);
  });

  it("tells which messages of a batch are durable when a later request fails", async () => {
    const topic = config({ requestBytesMax: 10_000 });
    const producer = await openProducer({ ...topic, compression: "none" });
    const good = range(0, 10);
    const huge = message("huge", "x".repeat(2_000_000));
    const error = await producer.send([...good, huge]).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PartialDeliveryError);
    expect((error as PartialDeliveryError<TopicMessage>).undelivered).toEqual([huge]);
    const { messages } = await collect(topic);
    await waitFor(() => messages.length >= 10);
    expect(keysOf(messages)).toEqual(keysOf(good));
  });
});

describe("a Kafka consumer", () => {
  it("hands a rejected batch over again and commits only what its handler resolved", async () => {
    const topic = config();
    await (await openProducer(topic)).send(range(0, 50));
    let calls = 0;
    const lags: number[] = [];
    const seen: string[][] = [];
    const consumer: TopicConsumer = await openConsumer(topic, async (batch) => {
      calls++;
      seen.push(keysOf(batch.messages));
      lags.push(await consumer.lag());
      if (calls < 3) throw new Error("the database is away");
    });
    await waitFor(async () => (await consumer.lag()) === 0, { deadlineMs: 30_000 });
    expect(calls).toBe(3);
    expect(seen[0]).toEqual(keysOf(range(0, 50)));
    expect(seen[2]).toEqual(seen[0]);
    expect(lags).toEqual([50, 50, 50]);
  });

  it("goes on after the last commit when it is started again", async () => {
    const topic = config();
    const producer = await openProducer(topic);
    await producer.send(range(0, 10));
    const first = await collect(topic);
    await waitFor(() => first.messages.length === 10);
    await first.consumer.stop();
    await producer.send(range(10, 20));
    const second = await collect(topic);
    await waitFor(() => second.messages.length === 10);
    expect(keysOf(second.messages)).toEqual(keysOf(range(10, 20)));
  });

  it("finishes and commits the batch in hand when it is stopped", async () => {
    const topic = config();
    await (await openProducer(topic)).send(range(0, 10));
    let finish: (() => void) | undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let entered = false;
    let handled = 0;
    const consumer = await openConsumer(topic, async (batch) => {
      entered = true;
      await finished;
      handled += batch.messages.length;
    });
    await waitFor(() => entered);
    const probe = createKafkaConsumer({ ...topic, group: "group" }, {});
    opened.push(probe);
    expect(await probe.lag()).toBe(10);
    const stopped = consumer.stop();
    finish?.();
    await stopped;
    expect(handled).toBe(10);
    expect(await probe.lag()).toBe(0);
  });

  it("commits nothing for a handler that was told that its batch is stale", async () => {
    const topic = config();
    await (await openProducer(topic)).send(range(0, 10));
    let inHand: ConsumedBatch | undefined;
    const consumer = await openConsumer(topic, async (batch) => {
      inHand = batch;
      await waitFor(() => batch.isStale(), { deadlineMs: 20_000 });
    });
    await waitFor(() => inHand !== undefined);
    await consumer.stop();
    const again = await collect(topic);
    await waitFor(() => again.messages.length === 10);
  });

  it("keeps its membership while a handler works for longer than the session", async () => {
    const topic = config({ sessionTimeoutMs: 2_000 });
    await (await openProducer(topic)).send(range(0, 10));
    let handled = 0;
    const consumer = await openConsumer(topic, async (batch) => {
      const startMs = performance.now();
      await waitFor(() => performance.now() - startMs > 5_000, { deadlineMs: 10_000 });
      expect(batch.isStale()).toBe(false);
      handled += batch.messages.length;
    });
    await waitFor(async () => (await consumer.lag()) === 0, { deadlineMs: 30_000, intervalMs: 200 });
    expect(handled).toBe(10);
  });

  it("shares the partitions with a second member and misses nothing", async () => {
    const topic = config({ partitions: 4 });
    const producer = await openProducer(topic);
    await producer.send(range(0, 100));
    const first = await collect(topic);
    await waitFor(() => first.messages.length === 100);
    const second = await collect(topic);
    await ready(second.consumer);
    for (let round = 1; round <= 10; round++) await producer.send(range(round * 100, round * 100 + 100));
    await waitFor(() => new Set([...keysOf(first.messages), ...keysOf(second.messages)]).size === 1100, { deadlineMs: 30_000 });
    expect(second.messages.length).toBeGreaterThan(0);
  });
});

describe("when the brokers are away", () => {
  it("starts without them, says so, and works when they come", async () => {
    const port = await freePort();
    const topic: KafkaTopicConfig = { kafka: { brokers: [`127.0.0.1:${port}`], sessionTimeoutMs: 6_000 }, name: "late" };
    const producer = await openProducer(topic);
    const { messages, consumer } = await collect(topic);
    await waitFor(() => /ECONNREFUSED/.test(producer.status().reason ?? "") && /ECONNREFUSED/.test(consumer.status().reason ?? ""), {
      deadlineMs: 30_000,
    });
    const late = await startKafka({ port });
    try {
      await ready(producer);
      await producer.send(range(0, 5));
      await waitFor(() => messages.length === 5, { deadlineMs: 30_000 });
      expect(consumer.status()).toEqual({ ready: true });
      await Promise.all([producer.stop(), consumer.stop()]);
    } finally {
      await late.stop();
    }
  });

  it("loses nothing when a broker is killed and started again in between", async () => {
    const topic = config({ requestTimeoutMs: 5_000 });
    const producer = await openProducer(topic);
    const { messages, consumer } = await collect(topic);
    await producer.send(range(0, 100));
    await waitFor(() => messages.length === 100);
    await kafka.kill();
    const outage = await sendUntilTaken(producer, range(100, 200), async () => {
      expect(producer.status().ready).toBe(false);
      await kafka.restart();
    });
    expect(outage.failures).toBeGreaterThan(0);
    expect(outage.permanent).toBe(false);
    await waitFor(() => new Set(keysOf(messages)).size === 200, { deadlineMs: 60_000 });
    await waitFor(async () => (await consumer.lag()) === 0, { deadlineMs: 30_000 });
    await ready(consumer);
  });

  it("gives up on a frozen broker, and does not lose the next batch of the same size to the numbers of the one whose answer never came", async () => {
    const topic = config({ requestTimeoutMs: 1_000 });
    const producer = await openProducer(topic);
    await producer.send([message("before")]);
    kafka.pause();
    try {
      const startedMs = performance.now();
      await expect(producer.send([message("unanswered")])).rejects.toMatchObject({ permanent: false });
      expect(performance.now() - startedMs).toBeLessThan(20_000);
    } finally {
      kafka.resume();
    }
    await sendUntilTaken(producer, [message("next")], async () => undefined);
    const { messages } = await collect(topic);
    await waitFor(() => keysOf(messages).includes("next"), { deadlineMs: 30_000 });
    expect(keysOf(messages)).toContain("before");
  });

  it("gives a send up at once when it is told to", async () => {
    const producer = await openProducer({ kafka: { brokers: [`127.0.0.1:${await freePort()}`] }, name: "nowhere" });
    const giveUp = new AbortController();
    const sending = producer.send(range(0, 1), giveUp.signal);
    giveUp.abort();
    await expect(sending).rejects.toMatchObject({ permanent: false });
    await producer.stop();
    expect(producer.status().ready).toBe(false);
  });
});

/** Sends until it is taken, as deliverAll does; `afterFailure` runs once after the first failure. */
async function sendUntilTaken(producer: TopicProducer, messages: readonly TopicMessage[], afterFailure: () => Promise<void>) {
  let failures = 0;
  let permanent = false;
  await waitFor(
    async () => {
      try {
        await producer.send(messages);
        return true;
      } catch (error) {
        permanent ||= (error as DeliveryError).permanent;
        if (failures++ === 0) await afterFailure();
        return false;
      }
    },
    { deadlineMs: 90_000, what: "a send that is taken" },
  );
  return { failures, permanent };
}
