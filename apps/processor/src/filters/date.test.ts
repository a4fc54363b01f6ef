import { describe, expect, it } from "vitest";
import { filtered, problemsOf } from "./filters.test-helper.ts";

/** What the date filter makes of a value; the event's time is 2026-11-23T08:00:00.123Z, and the default zone Asia/Shanghai. */
function read(value: unknown, formats: string | string[], options: object = {}) {
  const event = filtered([{ date: { source: "t", formats: [formats].flat(), ...options } }], "line", { t: value });
  return event?.fields["@timestamp"] ?? event?.tags[0];
}

describe("date", () => {
  it.each([
    ["23/Nov/2026:08:00:00 +0800", "dd/MMM/yyyy:HH:mm:ss Z", "2026-11-23T00:00:00.000Z"],
    ["Nov  3 08:00:00", "MMM dd HH:mm:ss", "2026-11-03T00:00:00.000Z"],
    ["Nov  3 08:00:00", "MMM  d HH:mm:ss", "2026-11-03T00:00:00.000Z"],
    ["2026-11-23 08:00:00,123", "yyyy-MM-dd HH:mm:ss,SSS", "2026-11-23T00:00:00.123Z"],
    ["20261123080000", "yyyyMMddHHmmss", "2026-11-23T00:00:00.000Z"],
    ["2026-11-23T08:00:00", "yyyy-MM-dd'T'HH:mm:ss", "2026-11-23T00:00:00.000Z"],
    ["Mon, 23 November 26 8:05 PM", "EEE, d MMMM yy h:mm a", "2026-11-23T12:05:00.000Z"],
    ["2026-11-23 08:00 Europe/Paris", "yyyy-MM-dd HH:mm ZZZ", "2026-11-23T07:00:00.000Z"],
    ["2026-11-23 08:00 PST", "yyyy-MM-dd HH:mm z", "2026-11-23T16:00:00.000Z"],
    ["12:30:00", "HH:mm:ss", "2026-11-23T04:30:00.000Z"],
    ["2026-11-23T08:00:00Z", "ISO8601", "2026-11-23T08:00:00.000Z"],
    ["2026-11-23 08:00:00.123456+0100", "ISO8601", "2026-11-23T07:00:00.123Z"],
    ["2026-11-23", "ISO8601", "2026-11-22T16:00:00.000Z"],
    ["1795420800.5", "UNIX", "2026-11-23T08:00:00.500Z"],
    [1795420800, "UNIX", "2026-11-23T08:00:00.000Z"],
    ["1795420800123", "UNIX_MS", "2026-11-23T08:00:00.123Z"],
    ["@4000000050d506482dbdf024", "TAI64N", "2012-12-22T01:00:46.767Z"],
  ])("reads %s by %s", (value, format, time) => {
    expect(read(value, format)).toBe(time);
  });

  it("takes the year nearest to the event's time", () => {
    expect(read("Jan  2 00:00:00", "MMM dd HH:mm:ss", { timeZone: "UTC" })).toBe("2027-01-02T00:00:00.000Z");
    expect(read("Jun 30 00:00:00", "MMM dd HH:mm:ss", { timeZone: "UTC" })).toBe("2026-06-30T00:00:00.000Z");
  });

  it("knows summer time, and takes the first format that fits", () => {
    const formats = ["UNIX", "yyyy-MM-dd HH:mm"];
    expect(read("2026-07-01 12:00", formats, { timeZone: "America/New_York" })).toBe("2026-07-01T16:00:00.000Z");
    expect(read("2026-01-01 12:00", formats, { timeZone: "America/New_York" })).toBe("2026-01-01T17:00:00.000Z");
    expect(read("2026-01-01 12:00", formats, { timeZone: "+05:30" })).toBe("2026-01-01T06:30:00.000Z");
  });

  it.each(["2026-02-30 00:00", "2026-13-01 00:00", "2026-01-01 24:00", "no", "", "x".repeat(100_000), {}, true])(
    "tags %s, which is no time",
    (value) => {
      expect(read(value, ["yyyy-MM-dd HH:mm", "ISO8601", "UNIX", "UNIX_MS"])).toBe("_dateparsefailure");
    },
  );

  it("leaves the event's own time, and an event without the field", () => {
    const event = filtered([{ date: { source: "t", formats: ["ISO8601"], target: "at" } }], "line", { t: "2020-01-01T00:00:00Z" });
    expect(event?.time).toBe("2026-11-23T08:00:00.123Z");
    expect(event?.fields["at"]).toBe("2020-01-01T00:00:00.000Z");
    expect(read(undefined, "ISO8601")).toBeUndefined();
  });

  it("refuses formats and zones that are none", () => {
    expect(problemsOf([{ date: { source: "t", formats: ["yyyy-bb"] } }])[0]).toContain("the letters bb");
    expect(problemsOf([{ date: { source: "t", formats: ["yyyy 'T"] } }])[0]).toContain("quote that is not closed");
    expect(problemsOf([{ date: { source: "t", formats: ["ISO8601"], timeZone: "Mars" } }])[0]).toContain("Mars is no time zone");
    expect(problemsOf([{ date: { source: "t", formats: ["ISO8601"], target: "time" } }])[0]).toContain('"time" cannot be changed');
  });
});
