import { randomBytes } from "node:crypto";
import { idFromKafka } from "@gatelog/log-record";
import { type KafkaServer, startKafka, waitFor } from "@gatelog/testkit";
import { createProducer, type TopicMessage, type TopicProducer } from "@gatelog/topic";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { Bench, recordLine, type RunningProcessor } from "../processor.test-helper.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let kafka: KafkaServer;
let bench: Bench;
let producers: TopicProducer[] = [];

beforeAll(async () => {
  kafka = await startKafka();
});

afterAll(async () => {
  await kafka.stop();
});

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await Promise.all(producers.splice(0).map((producer) => producer.stop()));
  await bench.close();
});

const textOf = ({ value }: { value: Uint8Array }) => Buffer.from(value).toString();
const message = (text: string, headers: Record<string, string> = {}): TopicMessage => ({ key: "a key", value: Buffer.from(text), headers });
const inputs = (topic: string, more: Readonly<Record<string, unknown>> = {}) => ({
  inputs: [{ kafka: { brokers: kafka.brokers, topic, sessionTimeoutMs: 3000, ...more } }],
});

async function producerOf(name: string, partitions = 1): Promise<TopicProducer> {
  const producer = createProducer({ kafka: { brokers: kafka.brokers, partitions }, name });
  producers.push(producer);
  await producer.start();
  await waitFor(() => producer.status().ready, { deadlineMs: 60_000 });
  return producer;
}

const isReady = async (processor: RunningProcessor) => (await processor.readiness()).status === 200;

it("gives messages the identity that they carry, else the record's own, else the one of their place", async () => {
  const producer = await producerOf("identities");
  const carried = { "gatelog-id": "01890a5d-ac96-8b7a-bb5e-6a1f2c3d4e5f", "gatelog-time": "2026-01-02T03:04:05.678Z" };
  const beat = JSON.stringify({ "@timestamp": "2026-11-23T08:00:00.000Z", message: "of a Beat", host: { name: "web" } });
  await producer.send([message("x", carried), message(recordLine(7)), message("foreign"), message(beat), message("")]);
  const processor = await bench.start({ ...inputs("identities"), outputs: [{ topic: { ...bench.topic, value: "event" } }] });
  const messages = await bench.collect();
  await waitFor(() => messages.length === 5, { deadlineMs: 60_000 });
  const events = messages.map((received) => JSON.parse(textOf(received)) as Record<string, unknown>);
  expect(messages.map(({ key }) => key)).toEqual([
    carried["gatelog-id"],
    "0199a1b2-c3d4-7000-8000-000000000007",
    idFromKafka("identities", 0, "2"),
    idFromKafka("identities", 0, "3"),
    idFromKafka("identities", 0, "4"),
  ]);
  expect(messages[0]?.headers["gatelog-time"]).toBe("2026-01-02T03:04:05.678Z");
  expect(events.map((event) => event["message"])).toEqual(["x", recordLine(7), "foreign", "of a Beat", ""]);
  expect(events[2]).toMatchObject({ kafka: { topic: "identities", partition: 0, offset: "2", key: "a key" } });
  expect(events[3]).toMatchObject({ host: { name: "web" } });
  await waitFor(() => isReady(processor), { deadlineMs: 30_000 });
  expect(await processor.metric("events_received_total", 'input="kafka"')).toBe(5);
});

it("loses nothing when it is killed, and gives what it reads again the same ids", async () => {
  const producer = await producerOf("killed");
  const total = 3000;
  const lines = Array.from({ length: total }, (_, index) => (index % 2 === 0 ? recordLine(index) : `foreign ${index}`));
  const messages = await bench.collect();
  const sending = (async () => {
    for (let from = 0; from < total; from += 100) await producer.send(lines.slice(from, from + 100).map((line) => message(line)));
  })();
  for (let round = 0; round < 3; round++) {
    const processor = await bench.start(inputs("killed"));
    const before = messages.length;
    await waitFor(() => messages.length > before || messages.length >= total, { deadlineMs: 60_000, intervalMs: 1 });
    await processor.process.kill();
  }
  await sending;
  await bench.start(inputs("killed"));
  const idsOf = () => {
    const ids = new Map<string, Set<string>>();
    for (const received of messages) {
      const line = textOf(received);
      ids.set(line, (ids.get(line) ?? new Set()).add(received.key));
    }
    return ids;
  };
  await waitFor(() => idsOf().size === total, { deadlineMs: 60_000 });
  expect([...idsOf().values()].filter(({ size }) => size !== 1)).toEqual([]);
});

it("shares the partitions with a second processor of its group", async () => {
  const producer = await producerOf("shared", 4);
  const second = await Bench.create();
  try {
    const processors = await Promise.all([bench.start(inputs("shared")), second.start(inputs("shared"))]);
    const received = () => Promise.all(processors.map((processor) => processor.metric("events_received_total")));
    let sent = 0;
    await waitFor(
      async () => {
        const from = sent;
        sent += 100;
        await producer.send(Array.from({ length: 100 }, (_, index) => ({ ...message("shared"), key: `key-${from + index}` })));
        return (await received()).every((count) => count > 0);
      },
      { deadlineMs: 60_000, what: "events at both processors" },
    );
    await waitFor(async () => (await received()).reduce((sum, count) => sum + count, 0) >= sent, { deadlineMs: 60_000 });
  } finally {
    await second.close();
  }
});

it("holds the topic back while the buffer is full, without losing its partitions, and goes on when there is room", async () => {
  const producer = await producerOf("held");
  const total = 45;
  // What compresses to nothing would be fetched all at once, which a consumer refuses for its memory.
  const filler = () => randomBytes(450_000).toString("hex");
  for (let index = 0; index < total; index++) await producer.send([message(recordLine(index, { requestContent: filler() }))]);
  const processor = await bench.start({
    ...inputs("held"),
    buffer: { dir: "./buffer", bytesMax: 16 * 1024 * 1024 },
    outputs: [{ topic: { ...bench.topic, embedded: { ...bench.topic.embedded, bytesMax: 8 * 1024 * 1024 } } }],
  });
  await waitFor(async () => /buffer: it is full/.test((await processor.readiness()).text), { deadlineMs: 60_000 });
  const fullAtMs = performance.now();
  // Longer than a session lasts without a sign of life.
  await waitFor(() => performance.now() - fullAtMs > 5000);
  expect((await processor.readiness()).text).not.toMatch(/input kafka/);
  const messages = await bench.collect();
  await waitFor(() => new Set(messages.map(({ key }) => key)).size === total, { deadlineMs: 60_000 });
  expect(processor.process.output()).not.toMatch(/GATELOG_TOPIC_KAFKA_UNREACHABLE|REDELIVERED/);
});

it("reads a topic in a directory by the same rules", async () => {
  const embedded = { dir: `${bench.dir}/foreign`, topic: "source" };
  const producer = createProducer({ embedded: { dir: embedded.dir, groups: ["gatelog-processor"] }, name: "source" });
  producers.push(producer);
  await producer.start();
  await producer.send([message(recordLine(1)), message("foreign")]);
  const processor = await bench.start({ inputs: [{ embedded }] });
  const messages = await bench.collect();
  await waitFor(() => messages.length === 2);
  expect(messages.map(textOf)).toEqual([recordLine(1), "foreign"]);
  expect(messages[1]?.key).toBe(idFromKafka("source", 0, "1"));
  expect((await processor.process.stop()).code).toBe(0);
});
