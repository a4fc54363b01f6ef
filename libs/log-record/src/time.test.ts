import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyTime } from "./arbitraries.test-helper.ts";
import { eventDay, isTimeZone, readTimeMs, toUtcTime, toZonedTime } from "./index.ts";

test("any instant is read as Date reads it, and formatted as Date formats it", () => {
  fc.assert(
    fc.property(anyTime, (time) => {
      expect(readTimeMs(time, "UTC")).toBe(Date.parse(time));
      expect(toUtcTime(time)).toBe(new Date(time).toISOString());
    }),
    { numRuns: 1000 },
  );
});

test("the day is a pure function of the time: the same in whatever order days are asked for", () => {
  fc.assert(
    fc.property(fc.array(anyTime, { minLength: 2 }), (times) => {
      const forwards = times.map(eventDay);
      expect(times.toReversed().map(eventDay).toReversed()).toEqual(forwards);
      expect(forwards).toEqual(times.map((time) => new Date(time).toISOString().slice(0, 10)));
    }),
  );
});

test("what is no time has no milliseconds and the day of the epoch", () => {
  const times = [
    "",
    "now",
    "2026-11-23",
    "2026-13-01T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00+8",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00Z ",
    "0026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.1234567890Z",
    "２026-01-01T00:00:00Z",
  ];
  for (const time of times) {
    expect(readTimeMs(time, "UTC"), time).toBeUndefined();
    expect(eventDay(time)).toBe("1970-01-01");
  }
});

test("fractions are cut to milliseconds and offsets may lack their colon", () => {
  expect(toUtcTime("2026-11-23 16:00:00.1+0800")).toBe("2026-11-23T08:00:00.100Z");
  expect(toUtcTime("2026-11-23T16:00:00,123999-00:30")).toBe("2026-11-23T16:30:00.123Z");
});

test("days outside 2015 to 2100 are the day of the epoch", () => {
  expect(eventDay("2014-12-31T23:59:59.999Z")).toBe("1970-01-01");
  expect(eventDay("2014-12-31T23:59:59.999-00:01")).toBe("2015-01-01");
  expect(eventDay("2100-12-31T23:59:59.999Z")).toBe("2100-12-31");
  expect(eventDay("2101-01-01T00:00:00.000Z")).toBe("1970-01-01");
});

test("a local time follows the zone's clocks through summer and winter", () => {
  const read = (local: string, zone: string) => new Date(readTimeMs(local, zone)!).toISOString();
  expect(read("2026-07-01 12:00:00", "Europe/Berlin")).toBe("2026-07-01T10:00:00.000Z");
  expect(read("2026-01-01 12:00:00", "Europe/Berlin")).toBe("2026-01-01T11:00:00.000Z");
  // 02:30 is shown twice on the last Sunday of October: the earlier of the two.
  expect(read("2026-10-25 02:30:00", "Europe/Berlin")).toBe("2026-10-25T00:30:00.000Z");
  // 02:30 is skipped on the last Sunday of March: read with the offset before the gap.
  expect(read("2026-03-29 02:30:00", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
  expect(read("2026-11-01 01:30:00", "America/New_York")).toBe("2026-11-01T05:30:00.000Z");
  expect(read("2026-04-05 01:45:00", "Australia/Lord_Howe")).toBe("2026-04-04T14:45:00.000Z");
});

test("an instant that clocks show once survives the way through any zone's clocks", () => {
  const zones = ["Asia/Shanghai", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC"];
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(2015, 0, 2), max: Date.UTC(2037, 0, 1) }), fc.constantFrom(...zones), (ms, zone) => {
      const zoned = toZonedTime(ms, zone);
      expect(Date.parse(zoned)).toBe(ms);
      const local = readTimeMs(zoned.slice(0, 23), zone)!;
      // Only in the hour that clocks show twice may it be the earlier instant.
      expect([0, 3_600_000]).toContain(ms - local);
    }),
    { numRuns: 500 },
  );
});

test("a zone that does not exist is known as such", () => {
  expect(["Asia/Shanghai", "UTC", "Europe/Berlin"].every(isTimeZone)).toBe(true);
  expect(isTimeZone("Asia/Atlantis")).toBe(false);
  expect(isTimeZone("")).toBe(false);
});
