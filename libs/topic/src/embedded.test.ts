import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect, openCursor, openSegmentLog } from "@gatelog/segment-log";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmbeddedConsumer, createEmbeddedProducer } from "./embedded.ts";
import type { ConsumedBatch, TopicEvent, TopicMessage } from "./topic.ts";

const group = "gatelog-db-sink";
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  for (const stop of stops.toReversed()) await stop();
  stops = [];
  await directory.remove();
});

const config = () => ({ embedded: { dir: directory.path, groups: [group] }, name: "kerry" });

function messages(from: number, to: number): TopicMessage[] {
  return Array.from({ length: to - from }, (_, index) => {
    const id = String(from + index);
    return { key: id, value: Buffer.from(`line ${id} 日志`), headers: { "gatelog-id": id, "gatelog-type": "record" } };
  });
}

async function startProducer(options = config()) {
  const producer = createEmbeddedProducer(options);
  await producer.start();
  stops.push(() => producer.stop());
  return producer;
}

async function startConsumer(handle: (batch: ConsumedBatch) => Promise<void>, events: TopicEvent[] = []) {
  const consumer = createEmbeddedConsumer({ ...config(), group }, { onEvent: (event) => events.push(event) });
  await consumer.start(handle);
  stops.push(() => consumer.stop());
  return consumer;
}

/** A handler that keeps what it was given. */
function collector() {
  const keys: string[] = [];
  const batches: ConsumedBatch[] = [];
  return {
    keys,
    batches,
    handle: async (batch: ConsumedBatch) => {
      batches.push(batch);
      keys.push(...batch.messages.map((message) => message.key));
    },
  };
}

const keysOf = (list: readonly TopicMessage[]) => list.map((message) => message.key);

describe("an embedded topic", () => {
  it("carries key, value and headers, in order, to the group", async () => {
    const producer = await startProducer();
    await producer.send(messages(0, 3));
    const seen = collector();
    await startConsumer(seen.handle);
    await waitFor(() => seen.keys.length === 3);
    const [batch] = seen.batches;
    expect(batch).toMatchObject({ topic: "kerry", partition: 0 });
    expect(batch?.messages[1]).toMatchObject({ key: "1", offset: "1", headers: { "gatelog-id": "1", "gatelog-type": "record" } });
    expect(Buffer.from(batch?.messages[1]?.value ?? []).toString()).toBe("line 1 日志");
  });

  it("commits after the handler resolved, so that a new consumer goes on behind it", async () => {
    const producer = await startProducer();
    await producer.send(messages(0, 5));
    const first = collector();
    const consumer = await startConsumer(first.handle);
    await waitFor(async () => first.keys.length === 5 && (await consumer.lag()) === 0);
    await consumer.stop();
    await producer.send(messages(5, 8));
    const second = collector();
    await startConsumer(second.handle);
    await waitFor(() => second.keys.length === 3);
    expect(second.keys).toEqual(["5", "6", "7"]);
  });

  it("hands a batch over again until it is handled, is not ready meanwhile, and commits nothing of it", async () => {
    const producer = await startProducer();
    await producer.send(messages(0, 2));
    let failures = 0;
    const handled: string[] = [];
    const consumer = await startConsumer(async (batch) => {
      if (failures < 3) {
        failures += 1;
        throw new Error("database is away");
      }
      handled.push(...batch.messages.map((message) => message.key));
    });
    await waitFor(() => failures > 0 && !consumer.status().ready);
    expect(consumer.status().reason).toContain("database is away");
    expect(await consumer.lag()).toBe(2);
    await waitFor(async () => handled.length === 2 && (await consumer.lag()) === 0);
    expect(handled).toEqual(["0", "1"]);
    expect(consumer.status()).toEqual({ ready: true });
  });

  it("does not commit what was in the handler when it was stopped and failed", async () => {
    const producer = await startProducer();
    await producer.send(messages(0, 2));
    const begun: ConsumedBatch[] = [];
    const consumer = await startConsumer(async (batch) => {
      begun.push(batch);
      await waitFor(() => batch.isStale());
      throw new Error("gave up");
    });
    const batch = await waitFor(() => begun[0]);
    expect(batch.isStale()).toBe(false);
    await batch.keepAlive();
    await consumer.stop();
    const again = collector();
    await startConsumer(again.handle);
    await waitFor(() => again.keys.length === 2);
  });

  it("waits for a topic that does not exist yet, not ready and with the reason", async () => {
    const seen = collector();
    const events: TopicEvent[] = [];
    const consumer = await startConsumer(seen.handle, events);
    await waitFor(() => consumer.status().reason?.includes("no log in this directory yet"));
    const producer = await startProducer();
    await producer.send(messages(0, 2));
    await waitFor(() => seen.keys.length === 2);
    expect(consumer.status()).toEqual({ ready: true });
    expect(events.map((event) => event.code)).toEqual(["GATELOG_TOPIC_EMBEDDED_NOT_OPEN"]);
  });

  it("tells a consumer whose group the producer does not list", async () => {
    await startProducer({ embedded: { dir: directory.path, groups: ["other"] }, name: "kerry" });
    const consumer = await startConsumer(collector().handle);
    await waitFor(() => consumer.status().reason?.includes("no cursor of this name"));
  });

  it("keeps a second consumer of the group, and a second producer, waiting for the lock", async () => {
    const producer = await startProducer();
    const first = collector();
    const holder = await startConsumer(first.handle);
    await waitFor(() => holder.status().ready);
    const second = collector();
    const waiting = await startConsumer(second.handle);
    await waitFor(() => waiting.status().reason?.includes("has a reader already"));
    const other = await startProducer();
    expect(other.status()).toMatchObject({ ready: false });
    await expect(other.send(messages(0, 1))).rejects.toMatchObject({ code: "GATELOG_TOPIC_EMBEDDED_NOT_OPEN", permanent: false });

    await producer.stop();
    await waitFor(() => other.status().ready);
    await holder.stop();
    await waitFor(() => waiting.status().ready);
    await other.send(messages(0, 1));
    await waitFor(() => second.keys.length === 1);
    expect(first.keys).toEqual([]);
  });

  it("holds the producer back while a group is behind, loses nothing, and then goes on", async () => {
    const options = { embedded: { dir: directory.path, groups: [group], bytesMax: 64 * 1024 }, name: "kerry" };
    const producer = await startProducer(options);
    const sent = Array.from({ length: 40 }, (_, index) => ({ key: String(index), value: Buffer.alloc(4096), headers: {} }));
    const sending = Promise.all(sent.map((message) => producer.send([message])));
    await waitFor(() => producer.status().reason?.includes("is full"));
    const seen = collector();
    await startConsumer(seen.handle);
    await sending;
    await waitFor(() => seen.keys.length === sent.length);
    expect(seen.keys).toEqual(keysOf(sent));
    await waitFor(() => producer.status().ready);
  });

  it("hands over a record that is no message as a value, and says so", async () => {
    const log = await openSegmentLog({ dir: join(directory.path, "kerry"), cursors: [group] });
    await log.append([Buffer.from("{not ours}")]);
    await log.close();
    const seen = collector();
    const events: TopicEvent[] = [];
    await startConsumer(seen.handle, events);
    await waitFor(() => seen.keys.length === 1);
    expect(Buffer.from(seen.batches[0]?.messages[0]?.value ?? []).toString()).toBe("{not ours}");
    expect(events.map((event) => event.code)).toContain("GATELOG_TOPIC_EMBEDDED_UNREADABLE");
  });

  it("registers the default group when none is listed", async () => {
    const producer = createEmbeddedProducer({ embedded: { dir: directory.path }, name: "kerry" });
    await producer.start();
    stops.push(() => producer.stop());
    const report = await inspect({ dir: join(directory.path, "kerry") });
    expect(report.cursors.map((cursor) => cursor.name)).toEqual(["gatelog-db-sink"]);
    const cursor = await openCursor({ dir: join(directory.path, "kerry"), name: group });
    await cursor.close();
  });

  it("refuses a name that leaves the directory, and a directory that is a file, at start", async () => {
    const escaping = createEmbeddedProducer({ embedded: { dir: directory.path }, name: "../elsewhere" });
    await expect(escaping.start()).rejects.toMatchObject({ code: "GATELOG_TOPIC_EMBEDDED_NAME" });
    mkdirSync(join(directory.path, "sub"));
    writeFileSync(join(directory.path, "sub", "kerry"), "");
    const onFile = createEmbeddedProducer({ embedded: { dir: join(directory.path, "sub") }, name: "kerry" });
    await expect(onFile.start()).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_NO_ACCESS" });
  });

  it("sends nothing of a message that is too large, for good", async () => {
    const producer = await startProducer();
    const large = { key: "large", value: Buffer.alloc(17 * 1024 * 1024), headers: {} };
    await expect(producer.send([large])).rejects.toMatchObject({ permanent: true });
    await producer.send(messages(0, 1));
    const seen = collector();
    await startConsumer(seen.handle);
    await waitFor(() => seen.keys.length === 1);
    expect(seen.keys).toEqual(["0"]);
  });
});
