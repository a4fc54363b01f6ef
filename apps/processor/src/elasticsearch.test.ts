import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { openCursor } from "@gatelog/segment-log";
import { type ElasticsearchServer, startElasticsearch, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { deadLetterCursor, decodeDeadLetter } from "./dead-letters.ts";
import { Bench, beatsEvent, markLine, recordLine } from "./processor.test-helper.ts";
import { decodeEvent } from "./stored-event.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let elasticsearch: ElasticsearchServer;
let bench: Bench;
let indexes = 0;

beforeAll(async () => {
  elasticsearch = await startElasticsearch();
});

afterAll(async () => {
  await elasticsearch.stop();
});

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.close();
});

interface Hit {
  readonly _id: string;
  readonly _index: string;
  readonly _source: Record<string, unknown> & { event: { original?: string }; error?: { code: string; message: string } };
}

async function search(index: string): Promise<Hit[]> {
  await fetch(`${elasticsearch.url}/${index}-*/_refresh`, { method: "POST" });
  const response = await fetch(`${elasticsearch.url}/${index}-*/_search?size=1000&ignore_unavailable=true`);
  const { hits } = (await response.json()) as { hits: { hits: Hit[] } };
  return hits.hits;
}

const outputsTo = (node: string, index: string) => [{ topic: bench.topic }, { elasticsearch: { nodes: [node], index } }];
const idOf = (sequence: number) => `0199a1b2-c3d4-7000-8000-${sequence.toString(16).padStart(12, "0")}`;
const frames = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => beatsEvent(recordLine(from + index), from + index));

describe("the elasticsearch output", () => {
  it("makes one ECS document of each record in the index of its day, none of a mark, and one however often it is sent", async () => {
    const index = `main-${++indexes}`;
    const processor = await bench.start({ outputs: outputsTo(elasticsearch.url, index) });
    const client = bench.client(processor.beatsPort);
    const events = [beatsEvent(markLine(9), 0), ...frames(1, 4), beatsEvent("10.0.0.1 - - no record", 77)];
    await client.send(events);
    await client.send(events);
    await waitFor(async () => (await processor.metric("events_delivered_total", "elasticsearch")) === 10, { deadlineMs: 60_000 });
    const hits = await search(index);
    expect(hits).toHaveLength(4);
    const record = hits.find(({ _id }) => _id === idOf(2));
    expect(record?._index).toBe(`${index}-2026.11.23`);
    expect(record?._source).toMatchObject({
      "@timestamp": "2026-11-23T08:00:00.123Z",
      event: { id: idOf(2) },
      http: { request: { method: "POST" }, response: { status_code: 200 } },
    });
    const foreign = hits.find(({ _index }) => _index === `${index}-1970.01.01`);
    expect(foreign?._source.event.original).toBe("10.0.0.1 - - no record");
  });

  it("stores a record whose fields the mapping refuses in its minimal form, and goes on", async () => {
    const index = `conflict-${++indexes}`;
    const conflict = { mappings: { properties: { url: { properties: { path: { type: "long" } } } } } };
    await fetch(`${elasticsearch.url}/${index}-2026.11.23`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(conflict),
    });
    const processor = await bench.start({ outputs: outputsTo(elasticsearch.url, index) });
    await bench
      .client(processor.beatsPort)
      .send([beatsEvent(recordLine(1), 1), beatsEvent(recordLine(2, { path: "5" }), 2), beatsEvent(recordLine(3), 3)]);
    await waitFor(async () => (await search(index)).length === 3, { deadlineMs: 60_000 });
    const hits = await search(index);
    const minimal = hits.find(({ _id }) => _id === idOf(1));
    expect(minimal?._source.event.original).toBe(recordLine(1));
    expect(minimal?._source.error?.code).toBe("mapper_parsing_exception");
    expect(hits.find(({ _id }) => _id === idOf(2))?._source.error).toBeUndefined();
    expect(await processor.metric("documents_minimal_total")).toBe(2);
    expect(await processor.metric("dead_letters_total")).toBe(0);
    expect((await processor.readiness()).status).toBe(200);
  });

  it("stores what comes without ecs with its fields and its tags, and finds what is not in the template where that is asked for", async () => {
    const index = `fields-${++indexes}`;
    const output = { elasticsearch: { nodes: [elasticsearch.url], index, dynamicMapping: true } };
    const processor = await bench.start({ outputs: [output], filters: [] });
    const more = { host: "web-1", tags: ["prod"], fields: { team: "a" } };
    await bench.client(processor.beatsPort).send([beatsEvent("a line", 1, more), beatsEvent("another", 2, { fields: { team: "b" } })]);
    await waitFor(async () => (await search(index)).length === 2, { deadlineMs: 60_000 });
    const sources = (await search(index)).map(({ _source }) => _source);
    expect(sources.find(({ message }) => message === "a line")).toMatchObject({
      "@timestamp": "2026-11-23T08:00:00.000Z",
      host: { name: "web-1" },
      tags: ["prod"],
      log: { offset: 1 },
      gatelog: { id: expect.any(String) as unknown },
    });
    const found = await fetch(`${elasticsearch.url}/${index}-*/_search?q=fields.team:a+AND+tags:prod`);
    expect(((await found.json()) as { hits: { hits: unknown[] } }).hits.hits).toHaveLength(1);
    expect(await processor.metric("documents_minimal_total")).toBe(0);
  });

  it("does not hold the topic back while it is down, says so, and catches up without a double", async () => {
    const index = `down-${++indexes}`;
    const processor = await bench.start({ outputs: outputsTo(elasticsearch.url, index) });
    const messages = await bench.collect();
    const client = bench.client(processor.beatsPort);
    await client.send(frames(0, 100));
    await waitFor(async () => (await search(index)).length === 100, { deadlineMs: 60_000 });
    await elasticsearch.kill();
    await client.send(frames(100, 300));
    await waitFor(() => messages.length === 300);
    await waitFor(async () => {
      const { status, text } = await processor.readiness();
      return status === 503 && /output elasticsearch-down/.test(text) && !/output topic/.test(text);
    });
    expect(await processor.metric("output_lag_events", "elasticsearch")).toBe(200);
    expect(await processor.metric("output_lag_events", "topic")).toBe(0);
    await elasticsearch.restart();
    await waitFor(async () => (await search(index)).length === 300, { deadlineMs: 60_000 });
    await waitFor(async () => (await processor.readiness()).status === 200, { deadlineMs: 20_000 });
    expect(new Set((await search(index)).map(({ _id }) => _id)).size).toBe(300);
  });
});

describe("a cluster that refuses a record in every form", () => {
  let server: Server;
  let taken: string[];

  beforeEach(async () => {
    taken = [];
    server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        response.setHeader("content-type", "application/json");
        response.setHeader("x-elastic-product", "Elasticsearch");
        response.end(JSON.stringify(answer(request, body)));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** What a cluster says, except that it refuses the document of record 2, whatever is in it. */
  function answer(request: IncomingMessage, body: string): unknown {
    if (!request.url?.startsWith("/_bulk")) return { version: { number: "7.17.29" }, acknowledged: true };
    const actions = body.split("\n").filter((line) => line.startsWith('{"create"'));
    const items = actions.map((line) => {
      const { _id: id } = (JSON.parse(line) as { create: { _id: string } }).create;
      const error = { type: "document_parsing_exception", reason: "no, and not like this either" };
      if (id === idOf(2)) return { create: { _id: id, status: 400, error } };
      taken.push(id);
      return { create: { _id: id, status: 201 } };
    });
    return { took: 1, errors: true, items };
  }

  it("gets all the others, and the record is among the dead letters with the reason", async () => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const processor = await bench.start({ outputs: outputsTo(`http://127.0.0.1:${port}`, "refusing") });
    await bench.client(processor.beatsPort).send(frames(0, 50));
    await waitFor(async () => (await processor.metric("output_lag_events", "elasticsearch")) === 0, { deadlineMs: 20_000 });
    expect(new Set(taken)).toEqual(new Set(Array.from({ length: 50 }, (_, sequence) => idOf(sequence)).filter((id) => id !== idOf(2))));
    expect(await processor.metric("dead_letters_total", "elasticsearch-refusing")).toBe(1);
    expect((await processor.readiness()).status).toBe(200);
    expect(processor.process.output()).toContain("GATELOG_PROCESSOR_DEAD_LETTER");
    await processor.process.stop();
    const cursor = await openCursor({ dir: join(bench.dir, "buffer/dead-letters"), name: deadLetterCursor });
    const { records } = await cursor.read({ recordsMax: 10, bytesMax: 1024 * 1024, waitMsMax: 0 });
    const letters = records.map(({ payload }) => decodeDeadLetter(payload));
    await cursor.close();
    expect(letters).toMatchObject([
      {
        output: "elasticsearch-refusing",
        code: "GATELOG_ELASTICSEARCH_DOCUMENT_REFUSED",
        reason: expect.stringContaining("not like this either") as unknown,
      },
    ]);
    const event = decodeEvent(Buffer.from(letters[0]?.event ?? []));
    expect(event?.line.toString()).toBe(recordLine(2));
    expect(event?.id).toBe(idOf(2));
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
}
