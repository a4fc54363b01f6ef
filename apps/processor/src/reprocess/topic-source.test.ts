import { Buffer } from "node:buffer";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProducer } from "@gatelog/topic";
import { expect, it, onTestFinished } from "vitest";
import { recordLine } from "../processor.test-helper.ts";
import type { HistoryBatch } from "./history-source.ts";
import { TopicSource } from "./topic-source.ts";

/** A topic in a directory with so many records, and what reads its history. */
async function topicOf(count: number) {
  const dir = mkdtempSync(join(tmpdir(), "topic-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const config = { embedded: { dir, groups: ["live"] }, name: "calls" };
  const producer = createProducer(config);
  await producer.start();
  const messages = Array.from({ length: count }, (_, index) => ({ key: "", value: Buffer.from(recordLine(index + 1)), headers: {} }));
  await producer.send(messages);
  await producer.stop();
  const reports: string[] = [];
  const open = () =>
    new TopicSource({
      topic: { config: { embedded: { dir }, name: "calls" }, idOf: () => undefined },
      codec: "auto",
      fromMs: 0,
      seedTimeZone: "UTC",
      mask: (event) => event,
      onReport: ({ message }) => reports.push(message),
    });
  return {
    open,
    groups: () => readdirSync(join(dir, "calls", "cursors")).filter((name) => /^gatelog-reprocess-.*(?<!\.lock)$/.test(name)),
    reports,
  };
}

it("a topic that was read to its end is still known to be, until the source is told to forget it", async () => {
  const { open, groups, reports } = await topicOf(3);
  const batches: HistoryBatch[] = [];
  const take = (batch: HistoryBatch) => Promise.resolve(void batches.push(batch));
  await open().read(undefined, take);
  expect(batches.flatMap(({ events }) => events)).toHaveLength(3);
  const position = batches.at(-1)?.position;
  expect(groups().length).toBeGreaterThan(0);
  // Killed before it was noted that the topic is read.
  const again: HistoryBatch[] = [];
  await open().read(position, (batch) => Promise.resolve(void again.push(batch)));
  expect(again.flatMap(({ events }) => events)).toEqual([]);
  await open().forget(position);
  expect(groups()).toEqual([]);
  expect(reports).toEqual([]);
});

it("a reading that is stopped rejects, and nothing of it stays when it is forgotten", async () => {
  const { open, groups } = await topicOf(3);
  const source = open();
  let position: unknown;
  const read = source.read(undefined, (batch) => {
    ({ position } = batch);
    source.stop();
    return Promise.resolve();
  });
  await expect(read).rejects.toThrow(/interrupted/);
  await source.forget(position);
  expect(groups()).toEqual([]);
});
