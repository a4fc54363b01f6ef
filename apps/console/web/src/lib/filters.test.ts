import { expect, test } from "vitest";
import { isFiltered, noFilters, readFilters, toApiQuery, writeFilters } from "./filters.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");

test.each([
  "",
  "?q=%E6%97%A5%E5%BF%97+a%26b",
  "?status=5xx&path=%2Fa%2Fb&range=1h",
  "?from=2026-11-23T00%3A00%3A00.000Z",
  "?q=x&from=2026-11-23T00%3A00%3A00.000Z&to=2026-11-24T00%3A00%3A00.000Z",
  "?range=custom",
])("%s is read and written back the same", (search) => {
  expect(writeFilters(readFilters(search))).toBe(search);
});

test("what a link has that this version does not know is ignored", () => {
  expect(readFilters("?color=red&range=3y")).toEqual(noFilters);
  expect(isFiltered(readFilters("?color=red"))).toBe(false);
});

test("the API is asked in its own terms", () => {
  expect(toApiQuery(noFilters, nowMs)).toBe("");
  expect(toApiQuery({ ...noFilters, q: " 日志 ", status: "5xx", range: "1h" }, nowMs)).toBe(
    "q=%E6%97%A5%E5%BF%97&status=5xx&from=2026-11-23T07%3A00%3A00.000Z",
  );
  expect(toApiQuery({ ...noFilters, range: "custom", from: "2026-11-23T00:00:00.000Z" }, nowMs)).toBe("from=2026-11-23T00%3A00%3A00.000Z");
});
