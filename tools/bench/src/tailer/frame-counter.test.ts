import { encodeWindow } from "@gatelog/lumberjack";
import { seededRandom, seedOfRun } from "@gatelog/testkit";
import { describe, expect, test } from "vitest";
import { FrameCounter } from "./frame-counter.ts";
import { LatencySampler } from "./latency-sampler.ts";

const event = (text: string) => Buffer.from(JSON.stringify({ message: text }));

function counted(chunks: readonly Buffer[]) {
  const acknowledged: number[] = [];
  const counter = new FrameCounter({ onWindow: (sequence) => acknowledged.push(sequence) });
  for (const chunk of chunks) counter.push(chunk);
  return { events: counter.events, windows: counter.windows, acknowledged };
}

describe.each([0, 3])("with compression %i", (level) => {
  test("the events of each window are counted, and its last sequence is to be acknowledged", async () => {
    const windows = [["a"], ["b", "x".repeat(100_000), ""], ["c", "d"]].map((texts) => encodeWindow(texts.map(event), level));
    expect(counted((await Promise.all(windows)).flat())).toEqual({ events: 6, windows: 3, acknowledged: [1, 3, 2] });
  });

  test("the count does not depend on how the stream is cut", async () => {
    const random = seededRandom(seedOfRun());
    const stream: Buffer[] = [];
    let events = 0;
    for (let window = 0; window < 20; window += 1) {
      const texts = Array.from({ length: random.integer(1, 50) }, () => "y".repeat(random.integer(0, 2000)));
      stream.push(...(await encodeWindow(texts.map(event), level)));
      events += texts.length;
    }
    const bytes = Buffer.concat(stream);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const length = random.pick([1, 2, 5, 9, 11, 100, 5000, 65_536]);
      chunks.push(bytes.subarray(at, at + length));
      at += length;
    }
    expect(counted(chunks), `seed ${random.seed}`).toMatchObject({ events, windows: 20 });
  });

  test("a window is not acknowledged while its last byte is missing", async () => {
    const bytes = Buffer.concat(await encodeWindow([event("a"), event("b")], level));
    expect(counted([bytes.subarray(0, -1)])).toMatchObject({ windows: 1, acknowledged: [] });
  });

  test("latency is read from the events that are sampled", async () => {
    const sampler = new LatencySampler({ every: 2, from: 2 });
    const counter = new FrameCounter({ onWindow: () => undefined, sampler });
    const lines = [0, 1000, 2000, 3000].map((ago) => event(JSON.stringify({ body: JSON.stringify({ sentAtMs: Date.now() - ago }) })));
    for (const part of await encodeWindow(lines, level)) counter.push(part);
    const latency = sampler.summary();
    expect(latency?.samples).toBe(2);
    expect(latency?.p50Ms).toBeGreaterThanOrEqual(1000);
    expect(latency?.maxMs).toBeGreaterThanOrEqual(3000);
  });
});

test.each([
  ["bytes that are no frame", Buffer.from("GET / HTTP/1.1\r\n"), /no frame/],
  ["an event without a window", Buffer.from("324a0000000100000000", "hex"), /outside of a window/],
  ["a window within a window", Buffer.from("325700000001325700000001", "hex"), /1 events of the last one were missing/],
  ["a length beyond reason", Buffer.from("3243ffffffff", "hex"), /a frame of 4294967295 bytes/],
])("%s are refused", (_, bytes, message) => expect(() => counted([bytes])).toThrow(message));
