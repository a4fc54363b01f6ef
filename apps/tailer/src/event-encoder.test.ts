import { Buffer } from "node:buffer";
import type { TailedFile, TailLine } from "@gatelog/file-tail";
import { idFromGeneration, isUuid } from "@gatelog/log-record";
import { expect, test } from "vitest";
import { EventEncoder } from "./event-encoder.ts";

const generation = Buffer.from("00112233445566778899aabbccddeeff", "hex");
const file: TailedFile = { input: "gateway", path: '/logs/日志 "1".log', device: "2049", inode: "18446744073709551615", generation };
const encoder = new EventEncoder({
  name: "web-1",
  version: "1.2.3",
  seedTimeZoneOf: (input) => (input === "seed" ? "Asia/Shanghai" : "UTC"),
});
const ownId = "0199f0a0-0000-7000-8000-00000000000a";
const record = `{"v":1,"id":"${ownId}","requestTime":"2026-11-23T08:00:00.000+08:00","gateway":"gw","boot":"b","seq":1}`;

function lineOf(text: string | Buffer, more: Partial<TailLine> = {}): TailLine {
  const bytes = Buffer.from(text as string);
  return { bytes, offset: 1024, nextOffset: 1024 + bytes.length + 1, truncated: false, file, ...more };
}

interface Encoded {
  readonly message: string;
  readonly gatelog: { readonly id: string; readonly time: string };
  readonly [field: string]: unknown;
}

function encode(...lines: TailLine[]): Encoded[] {
  return encoder.encode(lines, "2026-11-23T01:02:03.004Z").map((event) => JSON.parse(Buffer.from(event).toString()) as Encoded);
}

test("an event is what a Beat would send, with the identity of the line", () => {
  expect(encode(lineOf(record))[0]).toEqual({
    "@timestamp": "2026-11-23T01:02:03.004Z",
    host: { name: "web-1" },
    agent: { name: "web-1", type: "gatelog-tailer", version: "1.2.3" },
    fields: { input: "gateway" },
    "@metadata": { beat: "gatelog-tailer", type: "_doc", version: "1.2.3" },
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
