import { join } from "node:path";
import { systemClock } from "@gatelog/pipeline";
import { openCursor } from "@gatelog/segment-log";
import { checkSink, startElasticsearch, temporaryDirectory } from "@gatelog/testkit";
import { createConsumer } from "@gatelog/topic";
import { expect, it } from "vitest";
import { createElasticsearchSink } from "./elasticsearch-sink.ts";
import { eventOf, runFilters } from "./filters/filters.test-helper.ts";
import { recordLine } from "./processor.test-helper.ts";
import { createTopicSink } from "./topic-sink.ts";
import type { WorkEvent } from "./work-event.ts";

const ignore = () => undefined;

const stored = Array.from({ length: 60 }, (_, index) =>
  eventOf(recordLine(index), {}, `0199a1b2-c3d4-7000-8000-${index.toString(16).padStart(12, "0")}`),
);
const { events } = runFilters(["parseRecord", "ecs"], stored);

it("the embedded topic's sink keeps the delivery law", { timeout: 120_000 }, async () => {
  const reports = await checkSink<WorkEvent>({
    items: events,
    keyOf: ({ id }) => id,
    ordered: true,
    makeSink: async () => {
      const directory = await temporaryDirectory();
      const topic = {
        embedded: { dir: directory.path, groups: ["test"], bytesMax: 8 * 1024 * 1024 },
        name: "kerry",
        value: "raw" as const,
        compression: "none" as const,
        key: "id",
        headers: {},
      };
      return {
        sink: createTopicSink(topic, { seedTimeZone: "UTC", requestBytesMax: 1_000_000, onEvent: ignore }),
        stored: () => keysOf({ ...topic, group: "test" }),
        close: () => directory.remove(),
      };
    },
  });
  expect(reports.map(({ outcome }) => outcome)).toEqual(["always", "transient", "permanent", "mixed"]);
});

/** Reads the topic from its beginning, without a trace in it. */
async function keysOf(topic: { embedded: { dir: string }; name: string; group: string }): Promise<string[]> {
  const dir = join(topic.embedded.dir, topic.name);
  const cursor = await openCursor({ dir, name: topic.group });
  const end = cursor.committed + cursor.lag();
  await cursor.close();
  const keys: string[] = [];
  if (end === 0) return keys;
  const consumer = createConsumer(topic);
  await new Promise<void>((resolve, reject) => {
    const handle = async ({ messages }: { messages: readonly { key: string }[] }) => {
      keys.push(...messages.map(({ key }) => key));
      if (keys.length >= end) resolve();
      // Not committed: the next look begins at the beginning again.
      throw new Error("only looking");
    };
    consumer.start(handle).catch(reject);
  });
  await consumer.stop();
  return keys;
}

it("the elasticsearch sink keeps the delivery law, with single copies", { timeout: 240_000 }, async () => {
  const server = await startElasticsearch();
  let indexes = 0;
  try {
    const reports = await checkSink<WorkEvent>({
      items: events,
      keyOf: ({ id }) => id,
      duplicates: "none",
      makeSink: (outcome) => {
        const index = `contract-${++indexes}`;
        const config = {
          nodes: [server.url],
          index,
          requestTimeoutMs: 30_000,
          compressionLevel: 1,
          bulkBytes: 16 * 1024,
          requestsInFlightMax: 4,
          manageTemplate: true,
          dynamicMapping: false,
        };
        const options = { bulkBytesMax: 1024 * 1024, key: "output", clock: systemClock, onReport: ignore, onRefused: ignore };
        return Promise.resolve({
          sink: createElasticsearchSink(config, options),
          stored: () => idsIn(server.url, index),
          ...(outcome === "always" ? { breakStore: async () => (await server.kill(), () => server.restart()) } : {}),
        });
      },
    });
    expect(reports.every(({ duplicates }) => duplicates === 0)).toBe(true);
  } finally {
    await server.stop();
  }
});

async function idsIn(url: string, index: string): Promise<string[]> {
  await fetch(`${url}/${index}-*/_refresh`, { method: "POST" });
  const { hits } = (await (await fetch(`${url}/${index}-*/_search?size=1000`)).json()) as { hits: { hits: { _id: string }[] } };
  return hits.hits.map(({ _id }) => _id);
}
