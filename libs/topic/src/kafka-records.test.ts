import { createRequire } from "node:module";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encodeRecords } from "./kafka-records.ts";
import { murmur2 } from "./murmur2.ts";

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
      const encoded = encodeRecords(messages.map((one) => ({ message: one, key: Buffer.from(one.key) })));
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
