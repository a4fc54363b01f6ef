import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { systemClock } from "@gatelog/pipeline";
import { type KafkaServer, startKafka, waitFor } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createConsumer, createProducer } from "./create-topic.ts";
import { beginFetch, FetchBudget } from "./fetch-budget.ts";
import { FetchSize } from "./fetch-size.ts";
import { gzipCodec } from "./gzip-codec.ts";
import { MemberLife } from "./member-life.ts";
import { snappyCodec } from "./snappy-codec.ts";
import type { KafkaTopicConfig, TopicEvent } from "./topic.ts";
import { zstdCodec } from "./zstd-codec.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const MiB = 1024 * 1024;

describe("a budget of a fetch", () => {
  const exceeded = () => {
    throw new Error("too large");
  };

  /** As kafkajs does it: in an asynchronous context of its own. */
  const asFetch = (work: () => Promise<void>) => Promise.resolve().then(work);

  it.each([
    ["snappy", (bytes: Buffer) => snappyCodec.compress({ buffer: bytes }), (bytes: Buffer) => snappyCodec.decompress(bytes)],
    ["gzip", (bytes: Buffer) => Promise.resolve(gzipSync(bytes)), (bytes: Buffer) => gzipCodec.decompress(bytes)],
  ] as const)(
    "stops %s before it decompresses what is too much, and counts over all batches of the fetch",
    async (_name, compress, decompress) => {
      const packed = await compress(Buffer.alloc(3 * MiB, "x"));
      await asFetch(async () => {
        beginFetch(new FetchBudget({ bytesMax: 4 * MiB, onExceeded: exceeded }));
        expect((await decompress(packed)).length).toBe(3 * MiB);
        await expect(decompress(packed)).rejects.toThrow("too large");
      });
      await asFetch(async () => {
        beginFetch(new FetchBudget({ bytesMax: 4 * MiB, onExceeded: exceeded }));
        expect((await decompress(packed)).length).toBe(3 * MiB);
      });
    },
  );

  /** Far more than the last member says. */
  const gzipOfManyMembers = Buffer.concat([gzipSync(Buffer.alloc(64 * MiB)), gzipSync("x")]);
  /** A frame (magic, descriptor, window of 128 KiB) of blocks that repeat one byte 128 Ki times: header i24le, the byte. */
  const zstdOfRepeats = Buffer.concat([
    Buffer.from("28b52ffd0038", "hex"),
    ...Array.from({ length: 512 }, (_, index) => Buffer.from([Number(index === 511) | 2, 0, 0x10, 0x78])),
  ]);

  it.each([
    ["gzip", gzipOfManyMembers, gzipCodec],
    ["zstd", zstdOfRepeats, zstdCodec],
  ] as const)("stops %s that becomes far larger than it says", async (_name, packed, codec) => {
    await asFetch(async () => {
      beginFetch(new FetchBudget({ bytesMax: 65 * MiB, onExceeded: exceeded }));
      expect((await codec.decompress(packed)).length).toBeGreaterThanOrEqual(64 * MiB);
    });
    await asFetch(async () => {
      beginFetch(new FetchBudget({ bytesMax: 4 * MiB, onExceeded: exceeded }));
      await expect(codec.decompress(packed)).rejects.toThrow("too large");
    });
  });

  it("says of a single record batch that is larger than memory is for what it waits for, and does not pass it over", async () => {
    const events: TopicEvent[] = [];
    const size = new FetchSize(64 * 1024, { onEvent: (event) => events.push(event) });
    const huge = Buffer.concat(Array.from({ length: 5 }, () => gzipOfManyMembers));
    const errors: Error[] = [];
    for (let fetch = 1; fetch <= 5; fetch++) {
      const life = new MemberLife(systemClock);
      await asFetch(async () => {
        size.begin(life);
        await expect(gzipCodec.decompress(huge)).rejects.toThrow("bytes when it is decompressed");
      });
      errors.push(life.error());
    }
    expect(size.bytes).toBe(1024);
    expect(events.map(({ code }) => code)).toEqual(["GATELOG_TOPIC_FETCH_SHRUNK", "GATELOG_TOPIC_FETCH_SHRUNK"]);
    expect(errors.at(-1)).toMatchObject({ code: "GATELOG_TOPIC_BATCH_TOO_LARGE", message: expect.stringContaining("268435456 bytes") });
  });
});

describe("a consumer on Kafka", () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(() => kafka.stop());

  it("takes little at a time of what becomes large when it is decompressed, and reads all of it once", async () => {
    const topic: KafkaTopicConfig = { kafka: { brokers: kafka.brokers, fetchBytesMax: MiB }, name: "repetitive", compression: "gzip" };
    const producer = createProducer(topic);
    await producer.start();
    const value = Buffer.alloc(100_000, "the same line again and again ");
    // 40 MiB that are some hundred KiB when they are compressed: one fetch would have all of them.
    for (let from = 0; from < 420; from += 30) {
      await producer.send(Array.from({ length: 30 }, (_, index) => ({ key: String(from + index), value, headers: {} })));
    }
    await producer.stop();
    const keys: string[] = [];
    const events: TopicEvent[] = [];
    let bytesMax = 0;
    const consumer = createConsumer({ ...topic, group: "careful" }, { onEvent: (event) => events.push(event) });
    await consumer.start(async ({ messages }) => {
      keys.push(...messages.map(({ key }) => key));
      bytesMax = Math.max(
        bytesMax,
        messages.reduce((sum, message) => sum + message.value.length, 0),
      );
    });
    try {
      await waitFor(() => keys.length >= 420, { deadlineMs: 60_000, what: "all messages" });
    } finally {
      await consumer.stop();
    }
    expect(keys).toEqual(Array.from({ length: 420 }, (_, index) => String(index)));
    expect(events.map(({ code }) => code)).toContain("GATELOG_TOPIC_FETCH_SHRUNK");
    expect(bytesMax).toBeLessThanOrEqual(8 * MiB);
  });
});
