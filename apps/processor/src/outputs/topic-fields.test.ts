import { Buffer } from "node:buffer";
import { join } from "node:path";
import { certificateAuthority, type KafkaServer, startKafka, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { type ConsumedMessage, createConsumer, type TopicConfig } from "@gatelog/topic";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { TopicOutputConfig } from "../config.ts";
import { eventOf, runFilters } from "../filters/filters.test-helper.ts";
import { recordLine } from "../processor.test-helper.ts";
import { createTopicSink } from "../topic-sink.ts";
import type { WorkEvent } from "../work-event.ts";

// Real servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const authority = certificateAuthority("brokers");
let kafka: KafkaServer;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const opened: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory();
  kafka = await startKafka({
    security: { server: authority.issue("broker"), clientAuthority: authority.certificate, users: { gatelog: "secret" } },
  });
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((part) => part.stop()));
});

afterAll(async () => {
  await kafka.stop();
  await directory.remove();
});

const idOf = (index: number) => `0199a1b2-c3d4-7000-8000-${index.toString(16).padStart(12, "0")}`;

/** An event whose record and fields name a user and a team. */
function eventFor(index: number, team: unknown, userName?: string): WorkEvent {
  const line = recordLine(index, userName === undefined ? {} : { user: userName });
  const { events } = runFilters(["parseRecord"], [eventOf(line, team === undefined ? {} : { fields: { team } }, idOf(index))]);
  return events[0] as WorkEvent;
}

async function write(topic: TopicOutputConfig, events: readonly WorkEvent[]) {
  const refused: string[] = [];
  const sink = createTopicSink(topic, {
    seedTimeZone: "UTC",
    requestBytesMax: 1_000_000,
    tls: { verification: "full", minVersion: "TLSv1.2", material: () => ({ ca: authority.certificate }) },
    onEvent: () => undefined,
    onNameRefused: (reason) => refused.push(reason),
  });
  opened.push(sink);
  await sink.start();
  await sink.write(events);
  return { refused, needs: sink.needs };
}

async function read(topic: TopicConfig, count: number): Promise<ConsumedMessage[]> {
  const found: ConsumedMessage[] = [];
  const consumer = createConsumer({ ...topic, group: "kafka" in topic ? `of-${topic.name}` : "test" });
  opened.push(consumer);
  await consumer.start(
    async ({ messages }) => void found.push(...messages.map((message) => ({ ...message, value: Buffer.from(message.value) }))),
  );
  await waitFor(() => found.length >= count, { deadlineMs: 60_000, what: `${count} messages` });
  return found;
}

const rest = { value: "raw", compression: "snappy", key: "id", headers: {} } as const;

it("a message has its key and further headers from the event's fields; what an event does not have is the id, or left out", async () => {
  const embedded = { dir: join(directory.path, "topic"), groups: ["test"], bytesMax: 8 * 1024 * 1024 };
  const topic = { ...rest, embedded, name: "kerry", key: "record.user", headers: { team: "fields.team", state: "record.status" } };
  const { needs } = await write(topic, [eventFor(0, "日志", "张三"), eventFor(1, { a: 1 })]);
  expect(needs).toEqual(["fields", "parsed"]);
  const messages = await read({ embedded, name: "kerry" }, 2);
  expect(messages.map(({ key }) => key)).toEqual(["张三", idOf(1)]);
  expect(messages[0]?.headers).toMatchObject({ "gatelog-id": idOf(0), team: "日志", state: "200" });
  expect(messages[1]?.headers).toMatchObject({ "gatelog-id": idOf(1), team: '{"a":1}' });
  expect(messages[1]?.value.toString()).toBe(recordLine(1));
});

it("the raw value alone needs nothing of an event", async () => {
  const embedded = { dir: join(directory.path, "raw"), groups: ["test"], bytesMax: 8 * 1024 * 1024 };
  const { needs } = await write({ ...rest, embedded, name: "kerry", headers: { at: "time" } }, [eventFor(0, "a")]);
  expect(needs).toEqual([]);
  expect((await read({ embedded, name: "kerry" }, 1))[0]?.headers["at"]).toBe("2026-11-23T08:00:00.123Z");
});

it("an event's fields choose its topic, over TLS and with a login, among so many names of an allowed form", async () => {
  const login = { brokers: kafka.loginBrokers, sasl: { mechanism: "scram-sha-512", username: "gatelog", password: "secret" } } as const;
  const client = {
    ...login,
    clientId: "test",
    idempotent: "auto",
    partitions: 1,
    requestTimeoutMs: 10_000,
    sendTimeoutMs: 30_000,
    tls: { verification: "full", minVersion: "TLSv1.2" },
  } as const;
  const nameBy = { template: "logs-%{fields.team}", allowed: "logs-[a-z]+", topicsMax: 2 };
  const topic = { ...rest, kafka: client, name: "others", nameBy };
  const teams = ["a", "b", "a", undefined, "B/../x", "c", "a"];
  const { refused } = await write(
    topic,
    teams.map((team, index) => eventFor(index, team)),
  );
  expect(refused).toEqual(['"logs-B/../x" is no name of a topic', '"logs-c" would be more than nameBy.topicsMax, 2 topics']);
  const plain = { kafka: { brokers: kafka.brokers } };
  const keysOf = async (name: string, count: number) => (await read({ ...plain, name }, count)).map(({ key }) => key);
  expect(await keysOf("logs-a", 3)).toEqual([idOf(0), idOf(2), idOf(6)]);
  expect(await keysOf("logs-b", 1)).toEqual([idOf(1)]);
  expect(await keysOf("others", 3)).toEqual([idOf(3), idOf(4), idOf(5)]);
});
