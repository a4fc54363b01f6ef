import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { Sink, Source } from "@gatelog/pipeline";
import { inspect, nodeFileSystem, openCursor, type FileSystem, type LogFile } from "@gatelog/segment-log";
import { checkSink, checkSource, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeMessage } from "./embedded-message.ts";
import { createEmbeddedConsumer, createEmbeddedProducer } from "./embedded.ts";
import type { ConsumedMessage, EmbeddedTopicConfig, TopicEvent, TopicMessage } from "./topic.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let topics = 0;

beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

const newTopic = (): EmbeddedTopicConfig => ({
  embedded: { dir: directory.path, groups: ["contract", "look"] },
  name: `contract-${(topics += 1)}`,
});
const messageOf = (key: string): TopicMessage => ({ key, value: Buffer.from(`line ${key}`), headers: { "gatelog-id": key } });
const logOf = (topic: EmbeddedTopicConfig) => join(topic.embedded.dir, topic.name);

/** A disk whose fsyncs of records fail while `broken` is set. */
function breakableDisk(): { fileSystem: FileSystem; broken: boolean } {
  const disk = { fileSystem: nodeFileSystem, broken: false };
  const breakable = (file: LogFile): LogFile => ({
    read: (buffer, position) => file.read(buffer, position),
    write: (buffer, position) => file.write(buffer, position),
    sync: () => (disk.broken ? Promise.reject(new Error("EIO: the disk does not answer")) : file.sync()),
    truncate: (size) => file.truncate(size),
    size: () => file.size(),
    close: () => file.close(),
  });
  disk.fileSystem = { ...nodeFileSystem, open: async (path, mode) => breakable(await nodeFileSystem.open(path, mode)) };
  return disk;
}

/** Everything in the topic, read by a cursor of its own. */
async function keysIn(topic: EmbeddedTopicConfig): Promise<string[]> {
  const cursor = await openCursor({ dir: logOf(topic), name: "look" });
  const keys: string[] = [];
  for (;;) {
    const { records } = await cursor.read({ recordsMax: 1_000, bytesMax: 1_000_000, waitMsMax: 0 });
    if (records.length === 0) break;
    keys.push(...records.map((record) => decodeMessage(record.payload)?.key ?? "unreadable"));
  }
  await cursor.close();
  return keys;
}

/** The keys behind the committed offset. */
async function committedKeys(topic: EmbeddedTopicConfig): Promise<string[]> {
  const { cursors } = await inspect({ dir: logOf(topic) });
  const committed = cursors.find((cursor) => cursor.name === "contract")?.committed ?? 0;
  return (await keysIn(topic)).slice(0, committed);
}

function sourceOf(topic: EmbeddedTopicConfig): Source<ConsumedMessage> {
  const consumer = createEmbeddedConsumer({ ...topic, group: "contract" });
  return { start: (deliver) => consumer.start(({ messages }) => deliver(messages)), stop: () => consumer.stop() };
}

describe("a topic in a directory", () => {
  it("has a producer that is a sink and keeps the delivery law, also while the disk fails", { timeout: 120_000 }, async () => {
    const reports = await checkSink<TopicMessage>({
      items: Array.from({ length: 60 }, (_, index) => messageOf(`item-${index}`)),
      keyOf: ({ key }) => key,
      ordered: true,
      makeSink: async () => {
        const topic = newTopic();
        const disk = breakableDisk();
        const producer = createEmbeddedProducer(topic, {}, { fileSystem: disk.fileSystem });
        const sink: Sink<TopicMessage> = {
          start: () => producer.start(),
          write: (batch, signal) => producer.send(batch, signal),
          stop: () => producer.stop(),
        };
        const breakStore = async () => {
          disk.broken = true;
          return async () => {
            disk.broken = false;
          };
        };
        return { sink, stored: () => keysIn(topic), breakStore };
      },
    });
    expect(reports.map(({ generated }) => generated)).toEqual([60, 60, 60, 60]);
  });

  it("has a consumer that is a source and keeps the delivery law", { timeout: 120_000 }, async () => {
    const reports = await checkSource<ConsumedMessage>({
      keyOf: ({ key }) => key,
      makeSource: async () => {
        const topic = newTopic();
        const producer = createEmbeddedProducer(topic);
        await producer.start();
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

  it("is opened again after a failed fsync: refused as transient meanwhile, not ready and with the reason, then durable", async () => {
    const topic = newTopic();
    const disk = breakableDisk();
    const events: TopicEvent[] = [];
    const producer = createEmbeddedProducer(topic, { onEvent: (event) => events.push(event) }, { fileSystem: disk.fileSystem });
    await producer.start();
    await producer.send([messageOf("before")]);
    disk.broken = true;
    await expect(producer.send([messageOf("refused")])).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_POISONED", permanent: false });
    await expect(producer.send([messageOf("refused")])).rejects.toMatchObject({ permanent: false });
    expect(producer.status()).toMatchObject({ ready: false });
    expect(producer.status().reason).toMatch(/fsync|does not answer/);
    disk.broken = false;
    await waitFor(() => producer.status().ready);
    await producer.send([messageOf("after")]);
    expect(await keysIn(topic)).toEqual(["before", "after"]);
    expect(events.map((event) => event.code)).toContain("GATELOG_TOPIC_EMBEDDED_LOG");
    await producer.stop();
  });
});
