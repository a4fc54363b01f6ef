import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyExtra, anyRecord } from "./arbitraries.test-helper.ts";
import { epochTime, eventDay, formatMark, formatRecord, identify, identityOf, parseLine, type LogRecord } from "./index.ts";

const zone = { seedTimeZone: "Asia/Shanghai" };
const id = "019ab123-4567-7abc-8def-0123456789ab";
const record: LogRecord = { v: 1, id, requestTime: "2026-11-23T16:00:00.123+08:00", gateway: "gw", boot: "b", seq: 3 };

function identifyText(text: string) {
  return identify(Buffer.from(text), zone);
}

test("the identity by bytes is the identity by parsing, whatever the order of the keys", () => {
  fc.assert(
    fc.property(anyRecord, anyExtra, (record, extra) => {
      const shuffled = JSON.stringify({ ...record, ...extra });
      for (const line of [formatRecord(record), formatRecord(record, extra), shuffled]) {
        const found = identifyText(line);
        expect(found).toEqual(identityOf(parseLine(line, zone), zone));
        expect(found.id).toBe(record.id);
        expect(found.time).toBe(new Date(record.requestTime).toISOString());
      }
    }),
    { numRuns: 300 },
  );
});

test("the identity of arbitrary bytes is the identity by parsing", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((json) => Buffer.from(json)),
      ),
      (line) => {
        expect(identify(line, zone)).toEqual(identityOf(parseLine(line, zone), zone));
      },
    ),
  );
});

test("a line that was torn anywhere has no own id: its call may have been written again, whole", () => {
  const line = Buffer.from(
    formatRecord({
      ...record,
      requestHeaders: { host: "}" },
      requestContent: '{"a":{"b":[1]},"c":"}"}',
      responseContent: "{}",
      error: { code: "}", message: "]}" },
    }),
  );
  for (let length = 0; length < line.length; length++) {
    expect(identify(line.subarray(0, length), zone), line.subarray(0, length).toString()).toEqual({ time: epochTime, type: "record" });
  }
  expect(identify(line, zone).id).toBe(id);
});

test("an id counts only with version 1 and a valid UUID, in lower case", () => {
  const line = formatRecord(record);
  expect(identifyText(line.replace(id, id.toUpperCase())).id).toBe(id);
  expect(identifyText(line.replace('"v":1', '"v":2'))).toEqual({ time: "2026-11-23T08:00:00.123Z", type: "record" });
  expect(identifyText(line.replace('"v":1,', "")).id).toBeUndefined();
  expect(identifyText(line.replace(id, "00000000-0000-0000-0000-000000000000")).id).toBeUndefined();
  expect(identifyText(line.replace(id, "019ab123-4567-7abc-8def-0123456789aX")).id).toBeUndefined();
  expect(identifyText(line.replace(id, "other")).time).toBe("2026-11-23T08:00:00.123Z");
});

test("a time that is unreadable or outside 2015 to 2100 is the epoch, whose day is the event's day", () => {
  const times = ["2014-12-31T23:59:59.999Z", "2101-01-01T00:00:00.000Z", "2026-02-30T00:00:00.000Z", "soon", ""];
  for (const requestTime of times) {
    const { time } = identifyText(formatRecord({ ...record, requestTime }));
    expect(time).toBe(epochTime);
    expect(eventDay(time)).toBe("1970-01-01");
  }
  expect(identifyText(formatRecord({ ...record, requestTime: "2015-01-01T00:00:00.000Z" })).time).toBe("2015-01-01T00:00:00.000Z");
});

test("a time without an offset is local in the seed's zone", () => {
  expect(identifyText(formatRecord({ ...record, requestTime: "2026-11-23T16:00:00" })).time).toBe("2026-11-23T08:00:00.000Z");
});

test("a mark is a mark, and one whose fields do not fit is a line like any other", () => {
  const mark = formatMark({ v: 1, type: "mark", gateway: "g", boot: "b", seq: 0, inFlight: [], closing: true });
  expect(identifyText(mark)).toEqual({ time: epochTime, type: "mark" });
  expect(identifyText(mark.replace('"seq":0', '"seq":"0"'))).toEqual({ time: epochTime, type: "record" });
});

test("a line inside a larger buffer is identified by its own bytes", () => {
  const line = Buffer.from(formatRecord(record));
  const padded = Buffer.concat([Buffer.from("xxx"), line, Buffer.from("yyy")]);
  expect(identify(new Uint8Array(padded.buffer, padded.byteOffset + 3, line.length), zone).id).toBe(id);
});
