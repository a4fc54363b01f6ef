import { expect, test } from "vitest";
import { formatBytes, formatDuration, fromFieldTime, localTime, readable, statusColor, toFieldTime } from "./format.ts";

test.each([
  [undefined, "–"],
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [65_536, "64 KiB"],
  [5_000_000, "4.8 MiB"],
  [3_000_000_000_000, "2.7 TiB"],
])("%s bytes read %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [undefined, "–"],
  [0.4213, "0.42 ms"],
  [8.31, "8.3 ms"],
  [142.6, "143 ms"],
  [1250, "1.25 s"],
  [125_000, "2 min 5 s"],
  [3_599_900, "60 min 0 s"],
])("%s ms read %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("a field's local time and the stored UTC time are the same moment", () => {
  const iso = "2026-11-23T08:15:30.000Z";
  expect(fromFieldTime(toFieldTime(iso))).toBe(iso);
  expect([fromFieldTime(""), toFieldTime("never"), localTime(undefined)]).toEqual(["", "", undefined]);
});

test.each([
  ["/%E8%AE%A2%E5%8D%95/1", "/订单/1"],
  ["/100%", "/100%"],
  ["/%ff", "/%ff"],
  ["/plain", "/plain"],
])("%s reads %s", (path, text) => {
  expect(readable(path)).toBe(text);
});

test("statuses are coloured by class, and a client that left by itself", () => {
  expect([101, 200, 304, 404, 499, 500, undefined].map(statusColor)).toEqual(["gray", "teal", "blue", "orange", "grape", "red", "gray"]);
});
