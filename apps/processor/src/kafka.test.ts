import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openCursor } from "@gatelog/segment-log";
import { type KafkaServer, startKafka, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { deadLetterCursor, decodeDeadLetter } from "./dead-letters.ts";
import { Bench, beatsEvent, markLine, recordLine } from "./processor.test-helper.ts";
import { decodeEvent } from "./stored-event.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let kafka: KafkaServer;
let bench: Bench;

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
  await bench.close();
});

const outputsTo = (name: string) => [{ topic: { kafka: { brokers: kafka.brokers }, name, value: "raw", compression: "snappy" } }];
const textOf = ({ value }: { value: Uint8Array }) => Buffer.from(value).toString();

it("hands lines on to Kafka byte for byte, with key and headers, marks among them", async () => {
  const processor = await bench.start({ outputs: outputsTo("kerry") });
  const messages = await bench.collect({ kafka: { brokers: kafka.brokers }, name: "kerry" });
  const lines = [recordLine(1, { requestContent: "《日志平台》\u{1F600}" }), markLine(1), "no record \u2028"];
  await bench.client(processor.beatsPort).send(lines.map((line, index) => beatsEvent(line, index)));
  await waitFor(() => messages.length === 3, { deadlineMs: 60_000 });
  expect(messages.map(textOf)).toEqual(lines);
  expect(messages.map(({ headers }) => headers["gatelog-type"])).toEqual(["record", "mark", "record"]);
  for (const { key, headers } of messages) expect(headers["gatelog-id"]).toBe(key);
  await waitFor(async () => (await processor.readiness()).status === 200);
});

it("hands on thousands of lines, those that came as they are kept and others, each once and in its key's partition", async () => {
  const kafkaOf = { brokers: kafka.brokers, partitions: 3 };
  const outputs = [{ topic: { kafka: kafkaOf, name: "many", value: "raw" } }];
  const processor = await bench.start({ outputs, batch: { recordsMax: 500 } });
  const messages = await bench.collect({ kafka: { brokers: kafka.brokers }, name: "many" });
  const client = bench.client(processor.beatsPort);
  const time = "2026-11-23T08:00:00.123Z";
  const lines = Array.from({ length: 6000 }, (_, index) => recordLine(index, { requestContent: `《${index}》"\\` }));
  // Every fifth has to be taken apart.
  const frames = lines.map((line, index) => {
    const gatelog = { id: (JSON.parse(line) as { id: string }).id, time };
    return beatsEvent(index % 5 === 0 ? markLine(index) : line, index, index % 5 === 0 ? {} : { gatelog });
  });
  for (let at = 0; at < frames.length; at += 1000) await client.send(frames.slice(at, at + 1000));
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0, { deadlineMs: 60_000 });
  await waitFor(() => messages.length >= frames.length, { deadlineMs: 60_000 });
  expect(messages).toHaveLength(frames.length);
  expect(new Set(messages.map(({ key }) => key)).size).toBe(frames.length);
  expect(messages.map(textOf).toSorted()).toEqual(lines.map((line, index) => (index % 5 === 0 ? markLine(index) : line)).toSorted());
  for (const { key, headers } of messages) expect(headers["gatelog-id"]).toBe(key);
  expect(processor.process.output()).not.toContain("RECORD_THREAD_ENDED");
});

it("keeps a line that the broker finds too large among the dead letters, and sends the others", async () => {
  const processor = await bench.start({ outputs: outputsTo("large") });
  const messages = await bench.collect({ kafka: { brokers: kafka.brokers }, name: "large" });
  const huge = randomBytes(1_500_000).toString("base64");
  await bench.client(processor.beatsPort).send([beatsEvent(recordLine(1), 0), beatsEvent(huge, 1), beatsEvent(recordLine(2), 2)]);
  await waitFor(() => messages.length >= 2, { deadlineMs: 60_000 });
  await waitFor(async () => (await processor.metric("dead_letters_total", "GATELOG_TOPIC_MESSAGE_REFUSED")) === 1, { deadlineMs: 60_000 });
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0, { deadlineMs: 30_000 });
  expect(new Set(messages.map(textOf))).toEqual(new Set([recordLine(1), recordLine(2)]));
  await processor.process.stop();
  const cursor = await openCursor({ dir: join(bench.dir, "buffer/dead-letters"), name: deadLetterCursor });
  const { records } = await cursor.read({ recordsMax: 10, bytesMax: 8 * 1024 * 1024, waitMsMax: 0 });
  const letters = records.map(({ payload }) => decodeDeadLetter(payload));
  await cursor.close();
  expect(letters).toHaveLength(1);
  expect(decodeEvent(Buffer.from(letters[0]?.event ?? []))?.line.toString()).toBe(huge);
});

it("takes events while Kafka is dead, says so, and loses none when it comes back", async () => {
  const processor = await bench.start({ outputs: outputsTo("outage") });
  const messages = await bench.collect({ kafka: { brokers: kafka.brokers }, name: "outage" });
  const client = bench.client(processor.beatsPort);
  const frames = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => beatsEvent(recordLine(from + index), from + index));
  await client.send(frames(0, 100));
  await waitFor(() => messages.length === 100, { deadlineMs: 60_000 });
  await kafka.kill();
  await client.send(frames(100, 200));
  await waitFor(async () => /output topic-outage/.test((await processor.readiness()).text), { deadlineMs: 60_000 });
  expect(await processor.metric("output_lag_events")).toBe(100);
  await kafka.restart();
  await waitFor(() => new Set(messages.map(({ key }) => key)).size === 200, { deadlineMs: 60_000 });
  await waitFor(async () => (await processor.readiness()).status === 200, { deadlineMs: 30_000 });
});
