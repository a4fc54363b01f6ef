import { DeliveryError } from "@gatelog/pipeline";
import type { TopicMessage, TopicProducer, TopicRecords } from "@gatelog/topic";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TopicOutputConfig } from "./config.ts";
import type { EventSink } from "./event-sink.ts";
import { eventOf } from "./filters/filters.test-helper.ts";
import { bundleRecordWorker } from "./processor.test-helper.ts";
import { createTopicSink } from "./topic-sink.ts";

const raw: TopicOutputConfig = {
  kafka: { brokers: ["127.0.0.1:9"], clientId: "test", idempotent: "auto", partitions: 1, requestTimeoutMs: 1000, sendTimeoutMs: 1000 },
  name: "kerry",
  value: "raw",
  compression: "snappy",
  key: "id",
  headers: {},
};
const idOf = (index: number) => `0199a1b2-c3d4-7000-8000-${index.toString(16).padStart(12, "0")}`;
const eventsOf = (count: number) => Array.from({ length: count }, (_, index) => eventOf(`line ${index}`, {}, idOf(index)));

let sent: (number | "records")[];
let partitions: number | undefined;
/** Asked before each request. */
let fate: (request: number) => void;
let threads: string[];
let sink: EventSink;
let bytesMax: number;

/** What a sink asks of Kafka. */
function producer(): TopicProducer {
  const take = (what: number | "records") => {
    fate(sent.length);
    sent.push(what);
    return Promise.resolve();
  };
  return {
    records: {
      partitions: () => partitions,
      bytesMax: () => bytesMax,
      compression: "snappy",
      send: (_records: TopicRecords) => take("records"),
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    status: () => ({ ready: true }),
    send: (messages: readonly TopicMessage[]) => take(messages.length),
  };
}

async function open(config: TopicOutputConfig, threadFile?: string): Promise<void> {
  const options = { seedTimeZone: "UTC", requestBytesMax: 1_000_000, onEvent: () => undefined };
  const file = threadFile ?? (await bundleRecordWorker());
  sink = createTopicSink(config, { ...options, threadFile: file, onThreadEnded: ({ message }) => threads.push(message) }, producer());
}

beforeEach(() => {
  sent = [];
  threads = [];
  partitions = 1;
  bytesMax = 1_000_000;
  fate = () => undefined;
});

afterEach(async () => {
  await sink.stop();
});

it("a batch that was announced goes as records that a thread made, another one as messages", async () => {
  await open(raw);
  const [first, second, small] = [eventsOf(200), eventsOf(300), eventsOf(5)];
  for (const batch of [first, small]) sink.announce?.(batch);
  for (const batch of [first, second, small]) await sink.write(batch);
  expect(sent).toEqual(["records", 300, 5]);
  partitions = undefined;
  sink.announce?.(second);
  await sink.write(second);
  expect(sent.at(-1)).toBe(300);
});

it("a batch that is written again goes as messages, and one of which a request failed says which events are left", async () => {
  bytesMax = 40_000;
  await open(raw);
  const batch = eventsOf(500);
  fate = (request) => {
    if (request === 1) throw new DeliveryError("TEST_DOWN", "the broker is away", { permanent: false });
  };
  sink.announce?.(batch);
  const error = await Promise.resolve(sink.write(batch)).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: "PartialDeliveryError", code: "TEST_DOWN", rejected: [] });
  const { undelivered } = error as { undelivered: readonly { id: string }[] };
  expect(undelivered.length).toBeLessThan(500);
  expect(undelivered.map(({ id }) => id)).toEqual(batch.slice(-undelivered.length).map(({ id }) => id));
  fate = () => undefined;
  await sink.write(batch);
  expect(sent).toEqual(["records", 500]);
});

it("where the thread cannot begin, everything goes as messages, and it is said once", async () => {
  await open(raw, "/nowhere/record-worker.mjs");
  for (let round = 0; round < 3; round += 1) {
    const batch = eventsOf(100);
    sink.announce?.(batch);
    await sink.write(batch);
  }
  expect(sent).toEqual([100, 100, 100]);
  expect(threads).toEqual([expect.stringMatching(/Cannot find module/)]);
});

it.each([
  { ...raw, value: "event" as const },
  { ...raw, key: "fields.team" },
  { ...raw, headers: { team: "fields.team" } },
])("messages with more than a line and an identity are made where filters run: $value, $key, $headers", async (config) => {
  await open(config);
  const batch = eventsOf(100);
  sink.announce?.(batch);
  await sink.write(batch);
  expect(sent).toEqual([100]);
});
