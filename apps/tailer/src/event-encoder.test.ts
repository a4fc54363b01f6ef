import { Buffer } from "node:buffer";
import { LineBatch, lineFlag, type TailedFile, type TailLine } from "@gatelog/file-tail";
import { idFromGeneration, idFromSpan, isUuid } from "@gatelog/log-record";
import { defaultLimits, FrameDecoder } from "@gatelog/lumberjack";
import { expect, test } from "vitest";
import { configSchema } from "./config.ts";
import { EventEncoder, eventBytesMaxMin, type EventEncoderOptions } from "./event-encoder.ts";

const generation = Buffer.from("00112233445566778899aabbccddeeff", "hex");
const file: TailedFile = { input: "gateway", path: '/logs/日志 "1".log', device: "2049", inode: "18446744073709551615", generation };
const options: EventEncoderOptions = {
  name: "web-1",
  version: "1.2.3",
  windowsMax: 2,
  beat: "filebeat",
  inputFieldsOf: (input) =>
    input === "tagged"
      ? { fields: { team: "a", message: "not mine" }, fieldsUnderRoot: true, tags: ["x", "y"] }
      : { fields: { team: "a" } },
  seedTimeZoneOf: (input) => (input === "seed" ? "Asia/Shanghai" : "UTC"),
};
const encoder = new EventEncoder(options);
const ownId = "0199f0a0-0000-7000-8000-00000000000a";
const record = `{"v":1,"id":"${ownId}","requestTime":"2026-11-23T08:00:00.000+08:00","gateway":"gw","boot":"b","seq":1}`;

function lineOf(text: string | Buffer, more: Partial<TailLine> = {}): TailLine {
  const bytes = Buffer.from(text as string);
  return { bytes, offset: 1024, nextOffset: 1024 + bytes.length + 1, truncated: false, joined: false, file, ...more };
}

/** The lines as the tail would hand them on: those of one file after the other in one buffer. */
function batchOf(lines: readonly TailLine[]): LineBatch {
  const batch = new LineBatch({ linesMax: lines.length, bytesMax: 1 });
  const buffer = Buffer.concat(lines.flatMap(({ bytes }) => [bytes, Buffer.from("\n")]));
  let at = 0;
  for (const line of lines) {
    batch.open(line.file, buffer);
    const flags = (line.truncated ? lineFlag.truncated : 0) | (line.joined ? lineFlag.joined : 0);
    batch.add(at, at + line.bytes.length, line.offset, line.nextOffset, flags);
    if (line.extra !== undefined) batch.addExtra(line.extra);
    at += line.bytes.length + 1;
  }
  return batch;
}

interface Encoded {
  readonly message: string;
  readonly gatelog: { readonly id: string; readonly time: string };
  readonly [field: string]: unknown;
}

/** Encodes the lines as a window, takes its frames apart, and holds the events by themselves against them. */
function encode(...lines: TailLine[]): Encoded[] {
  const batch = batchOf(lines);
  const { frames, count, release } = encoder.encodeFrames(batch, "2026-11-23T01:02:03.004Z");
  const decoder = new FrameDecoder(defaultLimits);
  decoder.push(Buffer.from(frames));
  release();
  const events: string[] = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
    if (frame.kind !== "event") throw new Error(`found a ${frame.kind}`);
    expect(frame.sequence).toBe(events.push(frame.json.toString()));
  }
  expect([events.length, decoder.bufferedBytes]).toEqual([count, 0]);
  expect(encoder.encodeEvents(batch, "2026-11-23T01:02:03.004Z").map(({ json }) => json.toString())).toEqual(events);
  return events.map((event) => JSON.parse(event) as Encoded);
}

test("an event is what a Beat would send, with the identity of the line", () => {
  expect(encode(lineOf(record))[0]).toEqual({
    "@timestamp": "2026-11-23T01:02:03.004Z",
    host: { name: "web-1" },
    agent: { name: "web-1", type: "gatelog-tailer", version: "1.2.3" },
    fields: { input: "gateway", team: "a" },
    "@metadata": { beat: "filebeat", type: "_doc", version: "1.2.3" },
    log: { file: { path: '/logs/日志 "1".log', inode: "18446744073709551615", device_id: "2049" }, offset: 1024 },
    gatelog: { id: ownId, time: "2026-11-23T00:00:00.000Z" },
    message: record,
  });
});

test("a line without an id of its own gets one of its place, the same each time", () => {
  const [first, again, other] = encode(lineOf("plain text"), lineOf("plain text"), lineOf("plain text", { offset: 2048 }));
  expect(first?.gatelog).toEqual({ id: idFromGeneration(generation, 1024), time: "1970-01-01T00:00:00.000Z" });
  expect(again?.gatelog.id).toBe(first?.gatelog.id);
  expect(other?.gatelog.id).not.toBe(first?.gatelog.id);
  expect(isUuid(first?.gatelog.id ?? "")).toBe(true);
});

test("a seed line's time is read in its input's time zone", () => {
  const seed =
    '{"status":"200","requestTime":"2018-10-11 18:09:02","responseTime":"2018-10-11 18:09:02","requestURL":"http://h/x","method":"/x","requestContent":"","responseContent":""}';
  const [utc, shanghai] = encode(lineOf(seed), lineOf(seed, { file: { ...file, input: "seed" } }));
  expect(utc?.gatelog.time).toBe("2018-10-11T18:09:02.000Z");
  expect(shanghai?.gatelog.time).toBe("2018-10-11T10:09:02.000Z");
});

test("a line that was cut is flagged and has no id of its own", () => {
  const [event] = encode(lineOf(record, { truncated: true }));
  expect(event?.["log"]).toMatchObject({ offset: 1024, flags: ["truncated"] });
  expect(event?.gatelog.id).toBe(idFromGeneration(generation, 1024));
});

test("bytes that are no UTF-8 and control characters arrive as text", () => {
  const bytes = Buffer.from([0x61, 0x00, 0xff, 0xfe, 0x22, 0x5c, 0x0d, 0xe6, 0x97]);
  expect(encode(lineOf(bytes))[0]?.message).toBe(bytes.toString("utf8"));
});

test("lines of any size share memory without touching each other", () => {
  const texts = [1, 500_000, 3, 900_000, 2_000_000, 7].map((length, index) => String(index).repeat(length));
  const events = encode(...texts.map((text, index) => lineOf(text, { offset: index })));
  expect(events.map(({ message }) => message)).toEqual(texts);
});

test("an event over the bound is not among the frames, but beside them, whole; the others keep their order and have sequences without gaps", () => {
  const bounded = new EventEncoder({ ...options, eventBytesMax: eventBytesMaxMin });
  const large = "\u0000".repeat(eventBytesMaxMin / 6);
  const lines = ["a", large, "b", large, record].map((text, index) => lineOf(text, { offset: index }));
  const { frames, count, oversized, release } = bounded.encodeFrames(batchOf(lines), "2026-11-23T01:02:03.004Z");
  const decoder = new FrameDecoder(defaultLimits);
  decoder.push(Buffer.from(frames));
  release();
  const sequences: number[] = [];
  const messages: unknown[] = [];
  for (let frame = decoder.next(); frame?.kind === "event"; frame = decoder.next()) {
    sequences.push(frame.sequence);
    messages.push((JSON.parse(frame.json.toString()) as Encoded).message);
  }
  expect([count, sequences, messages, decoder.bufferedBytes]).toEqual([3, [1, 2, 3], ["a", "b", record], 0]);
  expect(oversized.map(({ id }) => id)).toEqual([1, 3].map((offset) => idFromGeneration(generation, offset)));
  for (const { id, time, json } of oversized) expect(JSON.parse(json.toString())).toMatchObject({ message: large, gatelog: { id, time } });
});

test("no bound that the configuration allows is below what is measured", () => {
  const schema = JSON.stringify(configSchema);
  const { minimum } = JSON.parse(/"eventBytesMax":(\{[^}]*\})/.exec(schema)?.[1] ?? "") as { minimum: number };
  expect(minimum).toBeGreaterThanOrEqual(eventBytesMaxMin);
});

test("an event of several lines is named by where it ends too, for its end may be another one the next time", () => {
  const [event] = encode(lineOf("a\nb", { joined: true }));
  expect(event?.gatelog.id).toBe(idFromSpan(generation, 1024, 1028));
});

test("tags, fields in the event itself and what parsers found stand beside what the tailer writes, and never in its place", () => {
  const extra = {
    fields: { stream: "stderr", json: { a: [1, "ü"] }, log: "not mine", team: "not mine" },
    timestamp: "2026-11-23T10:00:00.123456789+08:00",
  };
  const [event] = encode(lineOf("text", { file: { ...file, input: "tagged" }, extra }));
  expect(event).toMatchObject({
    "@timestamp": "2026-11-23T02:00:00.123Z",
    message: "text",
    team: "a",
    tags: ["x", "y"],
    fields: { input: "tagged" },
    stream: "stderr",
    json: { a: [1, "ü"] },
    log: { offset: 1024 },
  });
});

test("a line's time that is none leaves the time of reading", () => {
  expect(encode(lineOf("text", { extra: { timestamp: "yesterday" } }))[0]?.["@timestamp"]).toBe("2026-11-23T01:02:03.004Z");
});

test("offsets up to 2^48 are written whole", () => {
  for (const offset of [0, 9, 10, 99_999, 2 ** 32, 2 ** 40 + 7, 2 ** 48 - 1]) {
    const [event] = encode(lineOf("text", { offset }));
    expect(event?.["log"]).toMatchObject({ offset });
    expect(event?.gatelog.id).toBe(idFromGeneration(generation, offset));
  }
});
