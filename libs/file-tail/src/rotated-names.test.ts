import { expect, test } from "vitest";
import { isGreater, isRotatedNameOf, numberedNameOf } from "./rotated-names.ts";

test.each([
  ["/l/app.log.1", "/l/app.log"],
  ["/l/app.log.2", "/l/app.log.1"],
  ["/l/app.log.2.gz", "/l/app.log.1.gz"],
  ["/l/app.log.9.gz", "/l/app.log.1"],
  ["/l/app.log-20261124.gz", "/l/app.log"],
  ["/l/app-2026-11-24.log", "/l/app.log"],
  ["/l/app.1.log", "/l/app.log"],
  ["/l/app.log.1.gz", "/l/app.log.1"],
  ["/l/old/app.log", "/l/app.log"],
  ["/l/old/app.log.1", "/l/app.log"],
])("%s may have been %s", (path, original) => {
  expect(isRotatedNameOf(path, original)).toBe(true);
});

test.each([
  ["/l/app.log", "/l/app.log"],
  ["/l/app.log", "/l/app.log.1"],
  ["/l/application.log", "/l/app.log"],
  ["/l/b/app.log", "/l/a/app.log"],
  ["/l/2.log", "/l/1.log"],
  ["/l/worker-2.log", "/l/worker-1.log"],
])("%s cannot have been %s", (path, original) => {
  expect(isRotatedNameOf(path, original)).toBe(false);
});

test.each([
  ["/l/gw-20261123080000a1b203-9.log", "/l/gw-20261123080000a1b203-10.log"],
  ["/l/app-2026-11-24.log", "/l/app-2026-12-01.log"],
  ["/l/app-20261124T10.log", "/l/app-20261124T11.log"],
  ["/l/app-20261124-10.log", "/l/app-20261125-09.log"],
  ["/l/app.log.9", "/l/app.log.10"],
  ["/l/app-09.log", "/l/app-10.log"],
])("%s comes before %s", (one, other) => {
  const [first, second] = [numberedNameOf(one), numberedNameOf(other)];
  expect(first?.series).toBe(second?.series);
  expect(isGreater(second?.number ?? "", first?.number ?? "")).toBe(true);
  expect(isGreater(first?.number ?? "", second?.number ?? "")).toBe(false);
});

test.each([
  ["/l/gw-20261123080000a1b203-9.log", "/l/gw-20261123090000a1b203-10.log"],
  ["/l/app-1.log", "/l/app-1.txt"],
  ["/l/a/app-1.log", "/l/b/app-2.log"],
])("%s and %s are of no series", (one, other) => {
  expect(numberedNameOf(one)?.series).not.toBe(numberedNameOf(other)?.series);
});

test("a name without a number is of no series", () => {
  expect(numberedNameOf("/l/app.log")).toBeUndefined();
});
