import { expect, test } from "vitest";
import { floors, judge } from "./floors.ts";
import { summarise } from "./main-load.ts";
import { mainTable, ratiosOf } from "./report.ts";
import { jsonOf } from "./upstream.ts";

const round = (requestsPerSecond: number, cpuPerRequestUs: number) => ({
  answered: 1000,
  seconds: 1,
  bytes: 1,
  refused: 0,
  broken: 1,
  p50Ms: 1,
  p99Ms: 2,
  requestsPerSecond,
  cpuPerRequestUs,
  rssMiB: 100.4,
  foreignCores: 0.5,
});
const original = summarise([round(9000, 100), round(11_000, 90), round(10_000, 110)]);
const ours = summarise([round(16_000, 60)]);

test("a candidate is summed up by medians, its worst memory and all its errors", () =>
  expect(original).toEqual({
    requestsPerSecond: 10_000,
    spread: 0.2,
    cpuPerRequestUs: 100,
    p99Ms: 2,
    rssMiB: 100,
    refused: 0,
    broken: 3,
    foreignCores: 0.5,
  }));

test("ratios are ours through theirs; those of a candidate that was left out are not there", () =>
  expect(ratiosOf({ original, gatelog: ours })).toEqual({ throughputVsOriginal: 1.6, cpuPerRequestVsOriginal: 0.6 }));

test("all ratios are there when all candidates are", () =>
  expect(Object.keys(ratiosOf({ original, tuned: original, gatelog: ours, "gatelog-audit": ours }))).toEqual([
    "throughputVsOriginal",
    "throughputVsTunedOriginal",
    "cpuPerRequestVsOriginal",
    "auditThroughputVsOriginal",
  ]));

test("the table has a line for each candidate", () => expect(mainTable({ original, gatelog: ours }).split("\n")).toHaveLength(4));

test("floors are judged where their figure was measured", () => {
  expect(judge({ throughputVsOriginal: 1.3, rssMiB: 201 })).toEqual([
    "met      throughputVsOriginal 1.3, floor: at least 1.3",
    "NOT MET  rssMiB 201, floor: at most 200",
  ]);
  expect(floors.map(({ name }) => name)).toContain("p99VsOriginal");
});

test.each([0, 2, 1024, 16_384])("an answer of %i bytes is JSON of that size", (bytes) => {
  const text = jsonOf(bytes);
  expect(Buffer.byteLength(text)).toBe(bytes);
  if (bytes > 0) expect(Array.isArray(JSON.parse(text))).toBe(true);
});
