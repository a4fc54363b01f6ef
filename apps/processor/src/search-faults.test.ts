import { spawn } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type ElasticsearchServer, type KafkaServer, startElasticsearch, startKafka, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { Bench, beatsEvent, recordLine } from "./processor.test-helper.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 180_000 });

const main = join(import.meta.dirname, "../node_modules/.cache/test/main.js");
const windowEvents = 100;

let elasticsearch: ElasticsearchServer;
let kafka: KafkaServer;
let bench: Bench;

beforeAll(async () => {
  [elasticsearch, kafka] = await Promise.all([startElasticsearch(), startKafka()]);
});

afterAll(async () => {
  await Promise.all([elasticsearch?.stop(), kafka?.stop()]);
});

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  elasticsearch.resume();
  await bench.close();
});

const idOf = (sequence: number) => `0199a1b2-c3d4-7000-8000-${sequence.toString(16).padStart(12, "0")}`;
const idsOf = (count: number) => Array.from({ length: count }, (_, sequence) => idOf(sequence));

async function ask(path: string, method = "GET", body?: unknown): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${elasticsearch.url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  expect(response.ok, answer).toBe(true);
  return JSON.parse(answer);
}

interface Document {
  readonly _id: string;
  readonly _source: { readonly error?: unknown };
}

/** All documents, sorted by id: an id that is there twice, in two indices, comes twice. */
async function documents(index: string): Promise<Document[]> {
  await ask(`/${index}-*/_refresh`, "POST");
  const { hits } = (await ask(`/${index}-*/_search?size=10000&_source_includes=error`)) as { hits: { hits: Document[] } };
  return hits.hits.toSorted((one, other) => one._id.localeCompare(other._id));
}

const idsIn = (found: readonly Document[]) => found.map(({ _id }) => _id);

it("while Elasticsearch is frozen the topic goes on as if nothing were, and thawed it has every event once", async () => {
  const name = "frozen";
  const outputs = [
    { topic: { kafka: { brokers: kafka.brokers }, name, value: "raw" } },
    { elasticsearch: { nodes: [elasticsearch.url], index: name, requestTimeoutMs: 2000 } },
  ];
  const processor = await bench.start({ outputs });
  const messages = await bench.collect({ kafka: { brokers: kafka.brokers }, name });
  const client = bench.client(processor.beatsPort);
  let sent = 0;
  const send = async () => {
    await client.send(Array.from({ length: windowEvents }, (_, index) => beatsEvent(recordLine(sent + index), sent + index)));
    sent += windowEvents;
  };
  await send();
  await waitFor(async () => (await documents(name)).length === sent, { deadlineMs: 60_000, what: "the first events" });
  await waitFor(async () => (await processor.metric("output_lag_events", "elasticsearch")) === 0, { what: "the first commit" });
  const retried = () => processor.metric("deliveries_retried_total", "elasticsearch");
  const retriedBefore = await retried();
  elasticsearch.pause();
  let lagMax = 0;
  // Until a request was given up whose documents the frozen server has: it carries it out when it is thawed.
  const isGivenUp = async () => (await retried()) > retriedBefore;
  for (let window = 1; window < 20 || !(await isGivenUp()); window += 1) {
    await send();
    lagMax = Math.max(lagMax, await processor.metric("output_lag_events", "topic"));
    await waitFor(() => messages.length >= sent, { deadlineMs: 30_000, what: "the topic to have what was sent" });
  }
  expect(await processor.metric("output_lag_events", "elasticsearch")).toBe(sent - windowEvents);
  const { status, text: reasons } = await processor.readiness();
  expect({ status, isOfTopic: reasons.includes("output topic") }).toEqual({ status: 503, isOfTopic: false });
  elasticsearch.resume();
  await waitFor(async () => (await processor.metric("output_lag_events", "elasticsearch")) === 0, { deadlineMs: 60_000 });
  expect(idsIn(await documents(name))).toEqual(idsOf(sent));
  expect(new Set(messages.map(({ key }) => key))).toEqual(new Set(idsOf(sent)));
  expect(lagMax).toBeLessThanOrEqual(5 * windowEvents);
  await send();
  await waitFor(async () => (await documents(name)).length === sent, { deadlineMs: 60_000, what: "a fresh event behind the fault" });
  await waitFor(async () => (await processor.readiness()).status === 200);
});

async function replay(): Promise<unknown> {
  const child = spawn(process.execPath, [main, "dlq", "replay", "--json", "--config", join(bench.dir, "processor.yaml")]);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

it("of a thousand records one that the mapping refuses is kept in its minimal form, another as a dead letter, and replayed when the mapping is mended, however often", async () => {
  const index = "conflict";
  const total = 1000;
  const [minimal, dead] = [400, 700];
  const days = ["2026.11.23", "2026.11.24"] as const;
  const long = { type: "long" };
  const mapping = (more: object) => ({ properties: { url: { properties: { path: long } }, ...more } });
  // On the second day the line of a minimal document is refused, too.
  await ask(`/${index}-${days[0]}`, "PUT", { mappings: mapping({}) });
  await ask(`/${index}-${days[1]}`, "PUT", { mappings: mapping({ event: { properties: { original: long } } }) });
  const processor = await bench.start({ outputs: [{ elasticsearch: { nodes: [elasticsearch.url], index } }] });
  const record = (sequence: number) =>
    recordLine(sequence, {
      path: sequence === minimal || sequence === dead ? "/springboot-demo/hello" : "5",
      requestTime: `2026-11-${sequence < total / 2 ? 23 : 24}T16:00:00.123+08:00`,
    });
  const frames = Array.from({ length: total }, (_, sequence) => beatsEvent(record(sequence), sequence));
  await bench.client(processor.beatsPort).send(frames);
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0, { deadlineMs: 60_000, what: "all events to be written" });
  const found = await documents(index);
  expect(idsIn(found)).toEqual(idsOf(total).filter((id) => id !== idOf(dead)));
  expect(idsIn(found.filter(({ _source }) => _source.error !== undefined))).toEqual([idOf(minimal)]);
  expect(await processor.metric("dead_letters_total")).toBe(1);
  expect(await replay()).toMatchObject({ replayed: 0, refused: 1 });

  const copy = join(bench.dir, "dead-letters-before");
  const letters = join(bench.dir, "buffer/dead-letters");
  const mended = mapping({ event: { properties: { original: { ...long, ignore_malformed: true } } } });
  await ask(`/${index}-${days[1]}/_mapping`, "PUT", {
    ...mended,
    properties: { ...mended.properties, url: { properties: { path: { ...long, ignore_malformed: true } } } },
  });
  await processor.process.stop();
  cpSync(letters, copy, { recursive: true });
  expect(await replay()).toMatchObject({ replayed: 1, refused: 0 });
  expect(idsIn(await documents(index))).toEqual(idsOf(total));
  expect(await replay()).toMatchObject({ replayed: 0, refused: 0 });
  // As after a kill between the write and its note: the letter is there again.
  rmSync(letters, { recursive: true });
  cpSync(copy, letters, { recursive: true });
  expect(await replay()).toMatchObject({ replayed: 1, refused: 0 });
  const all = await documents(index);
  expect(idsIn(all)).toEqual(idsOf(total));
  expect(idsIn(all.filter(({ _source }) => _source.error !== undefined))).toEqual([idOf(minimal)]);
  const again = await bench.start({ outputs: [{ elasticsearch: { nodes: [elasticsearch.url], index } }] });
  await bench.client(again.beatsPort).send([...frames.slice(dead, dead + 1), beatsEvent(recordLine(total, { path: "5" }), total)]);
  await waitFor(async () => (await again.metric("output_lag_events")) === 0, { deadlineMs: 60_000 });
  expect(idsIn(await documents(index)), "a resend, and a fresh event").toEqual(idsOf(total + 1));
});
