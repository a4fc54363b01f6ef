import { expect, test } from "vitest";
import { currentPathOf, isRotatedNameOf, successionOf } from "./rotated-names.ts";

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
  ["/l/gw-20261123080000a1b203-9.log", "/l/gw-20261123080000a1b203-10.log.gz"],
  ["/l/gw-20261123080000a1b203-9.log", "/l/gw-20261123090000000003-1.log"],
  ["/l/app-2026-11-24.log", "/l/app-2026-12-01.log"],
  ["/l/app.log-20261124", "/l/app.log-20261125.gz"],
  ["/l/app-20261124T10.log", "/l/app-20261124T11.log"],
  ["/l/app-20261124-10.log", "/l/app-20261125-10.log"],
  ["/l/app-2026112410.log", "/l/app-2026112411.log"],
  ["/l/app-20261124-node7.log", "/l/app-20261125-node7.log"],
])("%s comes before %s", (one, other) => {
  const [first, second] = [successionOf(one), successionOf(other)];
  expect(first?.series).toBe(second?.series);
  expect((second?.order ?? "") > (first?.order ?? "")).toBe(true);
});

test.each([
  ["/l/gw-20261123080000a1b203-9.log", "/l/gw-20261123090000a1b204-10.log"],
  ["/l/gw-20261123080000a1b203-9.log", "/l/gw-1-20261123080000a1b203-10.log"],
  ["/l/app-20261124.log", "/l/app-20261125.txt"],
  ["/l/app-20261124.log", "/l/app-2026112510.log"],
  ["/l/app-20261124-01.log", "/l/app-20261124-02.log"],
  ["/l/app-20261124-01.log", "/l/app-20261125-02.log"],
  ["/l/app-20261124-node7.log", "/l/app-20261125-node8.log"],
  ["/l/a/app-20261124.log", "/l/b/app-20261125.log"],
])("%s and %s are of no series", (one, other) => {
  expect(successionOf(one)?.series).not.toBe(successionOf(other)?.series);
});

test.each([
  "/l/app.log",
  "/l/app.log.1",
  "/l/worker-1.log",
  "/l/job-12345678.log",
  "/l/job-20261324.log",
  "/l/job-20261124-101500.log",
  "/l/job-2026-11-24T10:15.log",
  "/l/job-2026-11-24T10-15.log",
  "/l/job-2026-11-24_10-15.log",
  "/l/job-2026112410-15.log",
  "/l/job-20261124-12345.log",
  "/l/job-20261124101500.log",
  "/l/120261124.log",
])("%s says nothing of what was written after it", (path) => {
  expect(successionOf(path)).toBeUndefined();
});

test.each([
  ["/l/app.log.1", "/l/app.log"],
  ["/l/app.log.12", "/l/app.log"],
  ["/l/app.log.1.gz", undefined],
  ["/l/worker.1", undefined],
  ["/l/app-1.log", undefined],
])("what is written to after %s is %s", (path, current) => {
  expect(currentPathOf(path)).toBe(current);
});
