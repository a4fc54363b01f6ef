import { Buffer } from "node:buffer";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createConsumer, createProducer } from "./create-topic.ts";
import type { ConsumerConfig, TopicEvent } from "./topic.ts";

let directory: { path: string; remove(): Promise<void> };
const opened: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((part) => part.stop()));
  await directory.remove();
});

const topic = (name = "kerry") => ({ embedded: { dir: directory.path }, name });
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index));

async function produce(name: string, from: number, to: number): Promise<void> {
  const producer = createProducer(topic(name));
  await producer.start();
  await waitFor(() => producer.status().ready, { what: "the producer" });
  await producer.send(numbers(from, to).map((key) => ({ key, value: Buffer.from(key), headers: {} })));
  await producer.stop();
}

async function consume(overrides: Partial<ConsumerConfig> = {}) {
  const keys: string[] = [];
  const events: TopicEvent[] = [];
  const config = { ...topic(), group: "gatelog-db-sink", ...overrides } as ConsumerConfig;
  const consumer = createConsumer(config, { onEvent: (event) => events.push(event) });
  opened.push(consumer);
  await consumer.start(async ({ messages }) => void keys.push(...messages.map(({ key }) => key)));
  const until = (probe: () => boolean, what: string) => waitFor(probe, { deadlineMs: 30_000, what });
  return { consumer, keys, events, until };
}

/** Reads ten messages, then makes the log anew with three others. */
async function replaceLog(): Promise<void> {
  await produce("kerry", 0, 10);
  const { consumer, keys, until } = await consume();
  await until(() => keys.length === 10, "the first log");
  await consumer.stop();
  const cursors = join(directory.path, "kerry/cursors");
  await cp(cursors, join(directory.path, "kept"), { recursive: true });
  await rm(join(directory.path, "kerry"), { recursive: true });
  await produce("kerry", 100, 103);
  await cp(join(directory.path, "kept"), cursors, { recursive: true, force: true });
}

test("a cursor behind the end of a log that was replaced is not ready, reads nothing, and says where it stands", async () => {
  await replaceLog();
  const { consumer, keys, events, until } = await consume();
  await until(() => consumer.status().reason?.includes("kerry/0: committed 10, the log has 0 to 3") ?? false, "the reason");
  expect(events.filter(({ code, level }) => code === "GATELOG_TOPIC_OUT_OF_RANGE" && level === "error")).toHaveLength(1);
  expect(keys).toEqual([]);
});

test.each([
  ["earliest", numbers(100, 106)],
  ["latest", numbers(103, 106)],
] as const)("by %s it goes on there, and says so", async (outOfRange, expected) => {
  await replaceLog();
  const { consumer, keys, events, until } = await consume({ outOfRange });
  await until(() => consumer.status().ready, "ready");
  await produce("kerry", 103, 106);
  await until(() => keys.length === expected.length, "the messages");
  expect(keys).toEqual(expected);
  expect(events.map(({ code }) => code)).toContain("GATELOG_TOPIC_OUT_OF_RANGE_RESET");
});

test("several topics have a cursor each, and one that is missing does not hold the others back", async () => {
  await produce("one", 0, 3);
  await produce("two", 3, 6);
  const { consumer, keys, until } = await consume({ names: ["one", "two", "three"] });
  await until(() => keys.length === 6, "two topics");
  expect(consumer.status().ready).toBe(false);
  expect((await consumer.lags()).map(({ topic: name }) => name)).toEqual(["one", "two", "three"]);
  await produce("three", 6, 7);
  await until(() => keys.length === 7 && consumer.status().ready, "the third");
  expect(keys.toSorted()).toEqual(numbers(0, 7));
});
