import { gzipSync } from "node:zlib";
import { waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Bench, recordLine, type RunningProcessor } from "../processor.test-helper.ts";

// Real processes, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.close();
});

const textOf = ({ value }: { value: Uint8Array }) => Buffer.from(value).toString();
const inputs = (http: Readonly<Record<string, unknown>> = {}) => ({ inputs: [{ http: { port: 0, ...http } }] });
const urlOf = (processor: RunningProcessor, path = "/") => `http://127.0.0.1:${processor.ports["http"]}${path}`;

function post(
  processor: RunningProcessor,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(urlOf(processor), { method: "POST", body, headers: { "content-type": "application/x-ndjson", ...headers } });
}

describe("events by HTTP", () => {
  it("are one a line: records with their own ids, events with theirs, other lines as they are", async () => {
    const processor = await bench.start(inputs());
    const messages = await bench.collect();
    const id = "01890a5d-ac96-8b7a-bb5e-6a1f2c3d4e5f";
    const event = JSON.stringify({ message: "the line", gatelog: { id, time: "2026-01-02T03:04:05.678Z" }, host: "web" });
    const answer = await post(processor, `${recordLine(1)}\r\n\n${event}\nno JSON {`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ events: 3 });
    await waitFor(() => messages.length === 3);
    expect(messages.map(textOf)).toEqual([recordLine(1), "the line", "no JSON {"]);
    expect(messages.map(({ key }) => key).slice(0, 2)).toEqual(["0199a1b2-c3d4-7000-8000-000000000001", id]);
    expect(await processor.metric("events_received_total", 'input="http"')).toBe(3);
  });

  it("are the elements of a JSON array byte for byte, or one JSON object", async () => {
    const processor = await bench.start(inputs());
    const messages = await bench.collect();
    const json = { "content-type": "application/json; charset=utf-8" };
    expect((await post(processor, ` [ {"a":1e20,"b":"]\\",["} ,\n{"n":12345678901234567890} ]`, json)).status).toBe(200);
    expect((await post(processor, '{\n "c": 1\n}', json)).status).toBe(200);
    expect(await (await post(processor, "[]", json)).json()).toEqual({ events: 0 });
    await waitFor(() => messages.length === 3);
    expect(messages.map(textOf)).toEqual(['{"a":1e20,"b":"]\\",["}', '{"n":12345678901234567890}', '{\n "c": 1\n}']);
  });

  it("may be compressed", async () => {
    const processor = await bench.start(inputs());
    const messages = await bench.collect();
    const lines = Array.from({ length: 2000 }, (_, index) => recordLine(index));
    const answer = await post(processor, new Uint8Array(gzipSync(lines.join("\n"))), { "content-encoding": "gzip" });
    expect(await answer.json()).toEqual({ events: 2000 });
    await waitFor(() => messages.length === 2000, { deadlineMs: 30_000 });
    expect(messages.map(textOf)).toEqual(lines);
  });

  it("are refused with what is wrong, and then none of them is taken", async () => {
    const processor = await bench.start(inputs({ bodyBytesMax: 100_000, path: "/events" }));
    const send = async (path: string, init: RequestInit) => {
      const answer = await fetch(urlOf(processor, path), init);
      return [answer.status, ((await answer.json()) as { error: string }).error] as const;
    };
    const method = "POST";
    const gzip = { "content-encoding": "gzip" };
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(50_000_000)));
    expect(await send("/", { method, body: "a" })).toEqual([404, "events are posted to /events"]);
    expect(await send("/events", { method: "PUT", body: "a" })).toEqual([405, "events are sent by POST"]);
    expect(await send("/events", { method, body: "a".repeat(100_001) })).toEqual([413, expect.stringMatching(/at most 100000 bytes/)]);
    expect(await send("/events", { method, body: bomb, headers: gzip })).toEqual([413, expect.stringMatching(/at most 100000 bytes/)]);
    expect(await send("/events", { method, body: "no gzip", headers: gzip })).toEqual([400, expect.stringMatching(/cannot be read/)]);
    const cut = new Uint8Array(gzipSync("a line").subarray(0, -6));
    expect(await send("/events", { method, body: cut, headers: gzip })).toEqual([400, expect.stringMatching(/cannot be read/)]);
    expect(await send("/events", { method, body: "a", headers: { "content-encoding": "br" } })).toEqual([
      415,
      expect.stringMatching(/gzip/),
    ]);
    const twoLines = { method, body: "{}\n{}", headers: { "content-type": "application/json" } };
    expect(await send("/events", twoLines)).toEqual([400, expect.stringMatching(/x-ndjson/)]);
    expect(await processor.metric("events_received_total")).toBe(0);
    expect(await processor.metric("http_requests_refused_total", 'status="413"')).toBe(2);
    expect((await fetch(urlOf(processor, "/events?a=b"), { method, body: "a" })).status).toBe(200);
  });

  it.each([
    ["basic", { basic: { username: "web", password: "geheim" } }, `Basic ${Buffer.from("web:geheim").toString("base64")}`],
    ["bearer", { bearer: { token: "a.token" } }, "Bearer a.token"],
  ])("are taken from those alone who show %s credentials", async (_, auth, authorization) => {
    const processor = await bench.start(inputs({ auth }));
    for (const wrong of [{}, { authorization: "Basic eDp5" }, { authorization: `${authorization}x` }]) {
      const answer = await post(processor, "a", wrong);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toMatch(/realm/);
    }
    expect((await post(processor, "a", { authorization })).status).toBe(200);
    expect(processor.process.output()).not.toMatch(/geheim|a\.token/);
  });
});

describe("a sender by HTTP", () => {
  it("is told to come again while the buffer is full, and is taken from when an output catches up", async () => {
    const processor = await bench.start({
      ...inputs({ ackTimeoutMs: 200 }),
      buffer: { dir: "./buffer", bytesMax: 16 * 1024 * 1024 },
      outputs: [{ topic: { ...bench.topic, embedded: { ...bench.topic.embedded, bytesMax: 8 * 1024 * 1024 } } }],
    });
    const filler = "x".repeat(900_000);
    const sent: number[] = [];
    let refused: Response | undefined;
    for (let sequence = 0; refused === undefined && sequence < 200; sequence++) {
      const answer = await post(processor, recordLine(sequence, { requestContent: filler }));
      if (answer.status === 200) sent.push(sequence);
      else refused = answer;
    }
    expect(refused?.status).toBe(503);
    expect(refused?.headers.get("retry-after")).toBe("5");
    const messages = await bench.collect();
    await waitFor(async () => (await post(processor, recordLine(1000))).status === 200, { deadlineMs: 30_000 });
    await waitFor(() => new Set(messages.map(({ key }) => key)).size >= sent.length + 1, { deadlineMs: 30_000 });
  });

  it("loses nothing that was answered with 200 when the processor is killed", async () => {
    const messages = await bench.collect();
    const acknowledged: number[] = [];
    for (let round = 0; round < 3; round++) {
      const processor = await bench.start(inputs());
      const before = acknowledged.length;
      const load = (async () => {
        for (let sequence = round * 100_000; ; sequence++) {
          if ((await post(processor, recordLine(sequence))).status === 200) acknowledged.push(sequence);
        }
      })().catch(() => undefined);
      await waitFor(() => acknowledged.length > before + 100, { deadlineMs: 30_000, intervalMs: 1 });
      await processor.process.kill();
      await load;
    }
    const processor = await bench.start(inputs());
    await waitFor(async () => (await processor.metric("output_lag_events")) === 0, { deadlineMs: 30_000 });
    const lines = () => new Set(messages.map(textOf));
    await waitFor(() => acknowledged.every((sequence) => lines().has(recordLine(sequence))), { deadlineMs: 30_000 });
  });

  it("who is in the middle of a request at a stop gets 503, and the stop does not wait for the rest", async () => {
    const processor = await bench.start(inputs());
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Buffer.from("half of a")) });
    const answer = fetch(urlOf(processor), { method: "POST", body, duplex: "half" });
    await waitFor(async () => (await processor.metric("input_in_flight_bytes", 'input="http"')) > 0);
    const stopped = processor.process.stop();
    const { status, headers } = await answer;
    expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await stopped).toMatchObject({ code: 0 });
  });
});
