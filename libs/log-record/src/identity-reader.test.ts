import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyExtra, anyRecord } from "./arbitraries.test-helper.ts";
import { formatRecord, formatSeed, identify, IdentityReader, type LineIdentity, LineShape, type LogRecord } from "./index.ts";

const zone = { seedTimeZone: "Asia/Shanghai" };
const id = "019ab123-4567-7abc-8def-0123456789ab";
const record: LogRecord = { v: 1, id, requestTime: "2026-11-23T16:00:00.123+08:00", gateway: "gw", boot: "b", seq: 3 };
const seed =
  '{"status":"200","requestTime":"2018-10-11 18:09:02","responseTime":"2018-10-11 18:09:02","requestURL":"http://h/x","method":"/x","requestContent":"{\\"a\\":1}","responseContent":""}';
const reader = new IdentityReader(zone);

/** One pass over the line, as plain as can be. */
function shapeOf(line: Buffer, start: number): LineShape {
  const shape = new LineShape();
  let isInString = false;
  for (let index = 0; index < line.length; index += 1) {
    const letter = String.fromCharCode(line[index] ?? 0);
    if (isInString && letter === "\\") index += 1;
    else if (letter === '"') {
      shape.quotes[shape.quoteCount++] = start + index;
      isInString = !isInString;
    }
  }
  shape.areStringsClosed = !isInString;
  return shape;
}

/** What the reader says of a line that stands inside of a larger buffer. */
function read(text: string | Uint8Array): LineIdentity {
  const line = Buffer.from(text as string);
  const buffer = Buffer.concat([Buffer.from('{"v":'), line, Buffer.from('"}')]);
  reader.read(buffer, 5, 5 + line.length, shapeOf(line, 5));
  const ownId = reader.ownIdAt === -1 ? reader.ownId : buffer.toString("latin1", reader.ownIdAt, reader.ownIdAt + 36);
  const found: LineIdentity = { time: reader.time.toString("latin1"), type: reader.type };
  return ownId === undefined ? found : { id: ownId, ...found };
}

test("the reader says what identify says, of records in whatever order, of seed lines and of anything else", () => {
  const anyTime = fc
    .tuple(
      fc.integer({ min: 1990, max: 2110 }),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 1, max: 31 }),
      fc.integer({ min: 0, max: 99 }),
    )
    .map(([year, month, day, second]) => `${year}-${pad(month)}-${pad(day)} 08:59:${pad(second)}`);
  fc.assert(
    fc.property(anyRecord, anyExtra, fc.json(), fc.uint8Array({ maxLength: 200 }), anyTime, (some, extra, json, bytes, time) => {
      const shuffled = JSON.stringify({ ...some, ...extra });
      const lines = [
        formatRecord(some),
        formatRecord(some, extra),
        shuffled,
        formatSeed(some, { timeZone: zone.seedTimeZone }),
        seed.replace("2018-10-11 18:09:02", time),
      ];
      for (const line of [...lines, json]) expect(read(line)).toEqual(identify(Buffer.from(line), zone));
      expect(read(bytes)).toEqual(identify(bytes, zone));
      for (const start of ["\uFEFF", " ", "\t", "x", '"'])
        expect(read(start + lines[0])).toEqual(identify(Buffer.from(start + lines[0]), zone));
    }),
    { numRuns: 300 },
  );
});

test("a line of the article that was torn anywhere, or has a key more, is read as identify reads it", () => {
  for (let length = 0; length <= seed.length; length += 1) {
    expect(read(seed.slice(0, length)), seed.slice(0, length)).toEqual(identify(Buffer.from(seed.slice(0, length)), zone));
  }
  expect(read(seed).time).toBe("2018-10-11T10:09:02.000Z");
  const withId = `${seed.slice(0, -1)},"v":1,"id":"${id}"}`;
  expect(read(withId)).toEqual(identify(Buffer.from(withId), zone));
});

test("a whole line of the article is taken at its word, though a string of it be no JSON", () => {
  const line = seed.replace('{\\"a\\":1}', "\\q");
  expect(read(line)).toEqual({ time: "2018-10-11T10:09:02.000Z", type: "record" });
  expect(identify(Buffer.from(line), zone).time).toBe("1970-01-01T00:00:00.000Z");
  const otherKey = line.replace("requestURL", "requestXYZ");
  expect(read(otherKey)).toEqual(identify(Buffer.from(otherKey), zone));
});

test("times of one minute share it, whatever their seconds and offsets", () => {
  const times = [
    "2026-11-23T16:00:00.123+08:00",
    "2026-11-23T16:00:59.999+08:00",
    "2026-11-23T16:00:59.999+09:00",
    "2026-11-23T16:00:01.000Z",
  ];
  for (const requestTime of [...times, ...times, "2026-11-23T16:00:60.000Z", "2026-11-23T16:00:61.000Z", "2026-11-23T16:00:0x.000Z"]) {
    const line = formatRecord({ ...record, requestTime });
    expect(read(line), requestTime).toEqual(identify(Buffer.from(line), zone));
  }
});

test("an id that is none, or in capital letters, is read as identify reads it", () => {
  for (const other of [id.toUpperCase(), "00000000-0000-0000-0000-000000000000", id.replace("7", "g"), id.replace("-8def", "-cdef")]) {
    const line = formatRecord(record).replace(id, other);
    expect(read(line), other).toEqual(identify(Buffer.from(line), zone));
  }
});

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
