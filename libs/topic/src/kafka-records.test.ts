import { createRequire } from "node:module";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DeliveryError } from "@gatelog/pipeline";
import { fastPartitioner, KafkaRecords, recordsOfMessages, Scratch, sentOnce } from "./kafka-records.ts";
import type { Message, RecordMetadata } from "./kafkajs.ts";
import { murmur2, partitionOf } from "./murmur2.ts";
import { writeRecords } from "./record-format.ts";
import { splitByBytes } from "./split-by-bytes.ts";
import type { TopicMessage } from "./topic.ts";

const require = createRequire(import.meta.url);
const recordOfKafkajs = require("kafkajs/src/protocol/recordBatch/record/v0/index.js") as (record: object) => { readonly buffer: Buffer };
const murmur2OfKafkajs = require("kafkajs/src/producer/partitioners/default/murmur2.js") as (key: Buffer) => number;

test("records are written as kafkajs writes them, whatever they hold", () => {
  const message = fc.record({
    key: fc.string({ unit: "binary", maxLength: 100 }),
    value: fc.uint8Array({ maxLength: 9000 }),
    headers: fc.dictionary(fc.string({ unit: "grapheme", maxLength: 70 }), fc.string({ unit: "grapheme", maxLength: 300 }), { maxKeys: 4 }),
  });
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 200 }), (messages) => {
      const expected = messages.map(({ key, value, headers }, offsetDelta) =>
        Buffer.from(recordOfKafkajs({ key, value: Buffer.from(value), headers, offsetDelta }).buffer),
      );
      const [{ bytes: bytesMax } = { bytes: 0 }] = splitByBytes(messages, Infinity);
      const into = Buffer.alloc(bytesMax);
      const encoded = into.subarray(0, writeRecords(into, 0, messages));
      expect(encoded.equals(Buffer.concat(expected))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("keys are hashed as kafkajs, and so Kafka's Java client, hashes them", () => {
  const key = fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(key, (bytes) => murmur2(bytes) === murmur2OfKafkajs(bytes)),
    { numRuns: 500 },
  );
});

test("a key's partition is that of its bytes, also of one that is long or not ASCII", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.integer({ min: 1, max: 60 }), (key, partitions) => {
      expect(partitionOf(key, partitions)).toBe((murmur2OfKafkajs(Buffer.from(key)) & 0x7fffffff) % partitions);
    }),
    { numRuns: 300 },
  );
});

const createSendOfKafkajs = require("kafkajs/src/producer/sendMessages.js") as (
  options: object,
) => (batch: object) => Promise<RecordMetadata[]>;
const createRetryOfKafkajs = require("kafkajs/src/retry/index.js") as (options: object) => unknown;
const { KafkaJSProtocolError } = require("kafkajs/src/errors.js") as { KafkaJSProtocolError: new (error: Error) => Error };
const { createErrorFromCode } = require("kafkajs/src/protocol/error.js") as { createErrorFromCode: (code: number) => Error };

interface ProduceRequest {
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly messages: { length: number } }[];
  }[];
}

/** How kafkajs itself sends to two brokers, of which the second one is not the leader of partition 1 any more; what is stored, by partition. */
function sendWhileLeaderMoves(partitionsAfter: number) {
  let hasMoved = false;
  const stored = new Map<number, number>();
  const brokers = ["1", "2"].map((nodeId) => ({
    nodeId,
    produce: async ({ topicData }: ProduceRequest) => {
      if (nodeId === "2") {
        // The first one answers meanwhile.
        await new Promise((resolve) => setImmediate(resolve));
        hasMoved = true;
        throw new KafkaJSProtocolError(createErrorFromCode(6));
      }
      for (const { partitions } of topicData)
        for (const { partition, messages } of partitions) stored.set(partition, (stored.get(partition) ?? 0) + messages.length);
      const answerOf = ({ partition }: { readonly partition: number }) => ({ partition, errorCode: 0, baseOffset: "0" });
      return { topics: topicData.map(({ topic, partitions }) => ({ topicName: topic, partitions: partitions.map(answerOf) })) };
    },
  }));
  const nothing = () => Promise.resolve();
  const cluster = {
    isConnected: () => true,
    refreshMetadata: nothing,
    refreshMetadataIfNecessary: nothing,
    addMultipleTargetTopics: nothing,
    targetTopics: new Set(),
    findTopicPartitionMetadata: () => Array.from({ length: hasMoved ? partitionsAfter : 2 }, (_, partitionId) => ({ partitionId })),
    findLeaderForPartitions: (_topic: string, partitions: readonly string[]) => {
      const isOnFirst = (partition: string) => hasMoved || partition === "0";
      return {
        1: partitions.filter(isOnFirst),
        ...(partitions.every(isOnFirst) ? {} : { 2: partitions.filter((one) => !isOnFirst(one)) }),
      };
    },
    findBroker: ({ nodeId }: { readonly nodeId: string }) => Promise.resolve(brokers.find((broker) => broker.nodeId === nodeId)),
  };
  const eosManager = {
    acquireBrokerLock: nothing,
    releaseBrokerLock: nothing,
    isTransactional: () => false,
    getSequence: () => 0,
    updateSequence: () => undefined,
    getProducerId: () => 1,
    getProducerEpoch: () => 0,
  };
  const logger = { debug: () => undefined, error: () => undefined };
  const retrier = createRetryOfKafkajs({ initialRetryTime: 1, maxRetryTime: 2, factor: 0.2, multiplier: 2, retries: 3 });
  const send = createSendOfKafkajs({ logger, cluster, partitioner: fastPartitioner(), eosManager, retrier });
  return (messages: Message[]) => send({ acks: -1, compression: 0, topicMessages: [{ topic: "t", messages }] });
}

const hundred = Array.from({ length: 100 }, (_, index) => ({ key: `k${index}`, value: Buffer.from("v"), headers: {} }));

const recordsOf = (topic: string, messages: readonly TopicMessage[]) =>
  new KafkaRecords(topic, recordsOfMessages({ messages, bytes: 100_000 }, new Scratch()));

test("a partition that moves to a broker that has answered already is not taken for sent", async () => {
  const records = recordsOf("t", hundred);
  const answers = await sendWhileLeaderMoves(2)(records.asMessages());
  expect(() => records.checkAnswered(answers)).toThrow(DeliveryError);
});

test("messages are not sorted into other partitions by a second attempt", async () => {
  const sent = sendWhileLeaderMoves(3)(recordsOf("t", hundred).asMessages());
  await expect(sent).rejects.toMatchObject({ code: "GATELOG_TOPIC_KAFKA_FAILED", permanent: false });
});

test("plain messages are sent in one attempt, or not taken for sent", async () => {
  await expect(sendWhileLeaderMoves(2)(sentOnce("t", [...hundred]))).rejects.toMatchObject({
    code: "GATELOG_TOPIC_KAFKA_FAILED",
    permanent: false,
  });
});
