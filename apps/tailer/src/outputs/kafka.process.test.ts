import { type KafkaServer, startKafka, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { bundleTailer, createStage, numbered, type Stage } from "../process.test-helper.ts";
import { collect } from "../topic.test-helper.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let kafka: KafkaServer;
let stage: Stage;
beforeAll(async () => {
  await bundleTailer();
  kafka = await startKafka();
});
afterAll(() => kafka.stop());
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.remove());

const topicOf = (name: string) => ({ name, kafka: { brokers: kafka.brokers } });

test("killed in the middle: every line arrives, and a repeat has the key that it had", async () => {
  const topic = topicOf("killed");
  await stage.configure({ output: { topic }, registryFlushMs: 60_000, batch: { linesMax: 100 } });
  await stage.append(...numbered(1, 3000));
  const { messages, stop } = await collect(topic);
  const tailer = await stage.start();
  await waitFor(() => messages.length >= 500, { deadlineMs: 60_000 });
  await tailer.kill();
  await stage.append(...numbered(3001, 3100));
  await stage.start();
  const keysOf = new Map<string, Set<string>>();
  await waitFor(
    () => {
      for (const { text, key } of messages) keysOf.set(text, (keysOf.get(text) ?? new Set()).add(key));
      return keysOf.size >= 3100;
    },
    { deadlineMs: 60_000, what: "every line" },
  );
  await stop();
  expect([...keysOf.keys()].sort()).toEqual(numbered(1, 3100).sort());
  expect([...keysOf.values()].filter((keys) => keys.size > 1)).toEqual([]);
  expect(messages.length).toBeGreaterThan(3100);
});

test("what the brokers refuse for good is kept as a dead letter, and the rest goes on", async () => {
  const topic = { ...topicOf("refused"), compression: "none" };
  // Above the brokers' message.max.bytes.
  const kafkaConfig = { ...topic.kafka, requestBytesMax: 4_000_000 };
  await stage.configure({
    output: { topic: { ...topic, kafka: kafkaConfig } },
    limits: { lineBytesMax: 3_000_000 },
    batch: { bytesMax: 3_500_000 },
  });
  await stage.append("before", "x".repeat(2_000_000), "after");
  const { messages, stop } = await collect(topicOf("refused"));
  const tailer = await stage.start();
  await waitFor(() => messages.length >= 2, { deadlineMs: 60_000 });
  await waitFor(async () => (await stage.metric("gatelog_tailer_dead_letters_total")) === 1, { deadlineMs: 60_000 });
  expect((await tailer.stop()).code).toBe(0);
  await stop();
  expect(messages.map(({ text }) => text).sort()).toEqual(["after", "before"]);
});

test("without brokers it is up and not ready, with the reason; when they come back it goes on", async () => {
  const topic = topicOf("away");
  await stage.configure({ output: { topic } });
  await kafka.kill();
  await stage.append(...numbered(1, 10));
  const tailer = await stage.start();
  const red = await waitFor(async () => {
    const answer = await stage.ready();
    return JSON.stringify(answer.body).includes("ECONNREFUSED") ? answer : undefined;
  });
  expect(red.status).toBe(503);
  await kafka.restart();
  const { messages, stop } = await collect(topic);
  await waitFor(() => messages.length >= 10, { deadlineMs: 60_000 });
  await waitFor(async () => (await stage.ready()).status === 200);
  expect((await tailer.stop()).code).toBe(0);
  await stop();
});
