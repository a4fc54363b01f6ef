import { formatMark, formatRecord, idFromKafka, mintId } from "@gatelog/log-record";
import { describe, expect, test } from "vitest";
import { makeRecord, messageOf } from "./db-sink.test-helper.ts";
import { readMessage, type SinkItem } from "./read-message.ts";

const place = { topic: "kerry", partition: 3 };
const raw = { seedTimeZone: "Asia/Shanghai", value: "raw" } as const;

function callOf(item: SinkItem) {
  if (item.row.kind !== "call") throw new Error("a call was expected");
  return item.row.call;
}

function read(value: string | Uint8Array, headers: Record<string, string> = {}, options: Parameters<typeof readMessage>[2] = raw) {
  return readMessage({ key: "any key", value: Buffer.from(value as string), headers, offset: "42" }, place, options);
}

describe("the identity of a message", () => {
  const record = makeRecord(1);
  const line = formatRecord(record);
  const headerId = mintId();

  test("is what the headers carry, in lower case", () => {
    const item = read(line, { "gatelog-id": headerId.toUpperCase(), "gatelog-time": "2026-11-20T00:00:00.000Z" });
    expect(item.identity).toEqual({ id: headerId, time: "2026-11-20T00:00:00.000Z" });
    expect(callOf(item)).toMatchObject({ id: headerId, event_day: "2026-11-20" });
  });

  test("is the record's own where there are no headers", () => {
    expect(read(line).identity).toEqual({ id: record.id, time: record.requestTime });
  });

  test("is made of topic, partition and offset where the line has none, and the same when it comes again", () => {
    const seed =
      '{"status":"200","requestTime":"2018-10-11 18:09:02","responseTime":"2018-10-11 18:09:02","requestURL":"http://h/a","method":"/a","requestContent":"","responseContent":"ok"}';
    const item = read(seed);
    expect(item.identity).toEqual({ id: idFromKafka("kerry", 3, "42"), time: "2018-10-11T10:09:02.000Z" });
    expect(read(seed)).toEqual(item);
    expect(callOf(item)).toMatchObject({ event_day: "2018-10-11", status: 200, path: "/a" });
  });

  test("is never the message's key", () => {
    const item = readMessage({ key: headerId, value: Buffer.from("no record"), headers: {}, offset: "42" }, place, raw);
    expect(item.identity.id).toBe(idFromKafka("kerry", 3, "42"));
  });

  test.each([
    ["an id that is no UUID", { "gatelog-id": "42", "gatelog-time": "2026-11-20T00:00:00.000Z" }],
    ["a time without an id", { "gatelog-time": "2026-11-20T00:00:00.000Z" }],
    ["nothing but a type", { "gatelog-type": "record" }],
  ])("does not come from %s", (_what, headers) => {
    expect(read(line, headers as Record<string, string>).identity).toEqual({ id: record.id, time: record.requestTime });
  });

  test.each(["", "yesterday", "2026-11-20", "2026-02-31T00:00:00.000Z", "2026-11-20T00:00:00Z"])(
    "has the record's time where the header's is %j",
    (time) => {
      expect(read(line, { "gatelog-id": headerId, "gatelog-time": time }).identity).toEqual({ id: headerId, time: record.requestTime });
    },
  );
});

describe("the row of a message", () => {
  test.each(["", "not JSON", '{"half":', "[]", "\u0000", "null"])("%j is a row with its error and its raw line", (value) => {
    const call = callOf(read(value));
    expect(call["parse_error"]).not.toBeNull();
    expect(call["raw_line"]).toBe(value.replace("\u0000", "\ufffd"));
    expect(call.event_day).toBe("1970-01-01");
  });

  test("bytes that are no UTF-8 are a row", () => {
    expect(callOf(read(Buffer.from([0xff, 0xfe, 0x00, 0x41])))["parse_error"]).not.toBeNull();
  });

  test("a mark is a row of the ledger, with the identity of its message", () => {
    const id = mintId();
    const item = read(formatMark({ v: 1, type: "mark", gateway: "g", boot: "b", seq: 9, inFlight: [8], closing: true }), {
      "gatelog-id": id,
      "gatelog-time": "1970-01-01T00:00:00.000Z",
      "gatelog-type": "mark",
    });
    expect(item.row).toMatchObject({
      kind: "mark",
      mark: { id, gateway: "g", boot: "b", seq: 9, in_flight: "[8]", closing: true, previous_boot: null },
    });
  });
});

describe("a message that is an event", () => {
  const record = makeRecord(1);
  const options = { seedTimeZone: "UTC", value: "event" } as const;
  const id = mintId();

  test("has its line in message and its identity in gatelog", () => {
    const envelope = { message: formatRecord(record), gatelog: { id, time: "2026-11-20T00:00:00.000Z", type: "record" }, host: "h" };
    const item = read(JSON.stringify(envelope), {}, options);
    expect(item.identity).toEqual({ id, time: "2026-11-20T00:00:00.000Z" });
    expect(callOf(item)).toMatchObject({ seq: 1, parse_error: null });
  });

  test("of another's make has no identity but that of its line", () => {
    expect(read(JSON.stringify({ message: formatRecord(record), "@timestamp": "x" }), {}, options).identity.id).toBe(record.id);
  });

  test("without a line is taken as a line itself", () => {
    expect(callOf(read('{"message":5}', {}, options))["raw_line"]).toBe('{"message":5}');
    expect(callOf(read(Buffer.from(messageOf(record).value), {}, options))).toMatchObject({ id: record.id });
  });
});
