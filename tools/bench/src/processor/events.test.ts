import { defaultLimits, FrameDecoder } from "@gatelog/lumberjack";
import { expect, test } from "vitest";
import { createWindows, numberEvents, windowEvents } from "./events.ts";
import { recordsPerSecond } from "./kafka-perf.ts";

test("a window's frames are what a Lumberjack decoder takes, and every event has the number that it was given", () => {
  const [window] = createWindows(1);
  if (window === undefined) throw new Error("no window was made");
  numberEvents(window, 0xabc00);
  const decoder = new FrameDecoder(defaultLimits);
  decoder.push(window.frames);
  const ids: string[] = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
    if (frame.kind !== "event") throw new Error(`a frame of the kind ${frame.kind}`);
    ids.push((JSON.parse(Buffer.from(frame.json).toString()) as { gatelog: { id: string } }).gatelog.id);
  }
  expect(ids).toHaveLength(windowEvents);
  expect([ids[0], ids.at(-1)]).toEqual(["0199a1b2-c3d4-7000-8000-0000000abc00", "0199a1b2-c3d4-7000-8000-0000000ac3ff"]);
});

test("the rate that Kafka's own tool says last is taken", () => {
  const output =
    "100 records sent, 20.0 records/sec (0.01 MB/sec)\n600000 records sent, 123456.700000 records/sec (50.12 MB/sec), 1 ms avg\n";
  expect(recordsPerSecond(output)).toBe(123_456.7);
  expect(() => recordsPerSecond("Exception")).toThrow("said no rate");
});
