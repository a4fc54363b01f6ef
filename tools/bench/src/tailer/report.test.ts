import { expect, test } from "vitest";
import { mainNames } from "./contest.ts";
import { contestTable, figuresOfLiveTails, judge, ratiosOf, summarise } from "./report.ts";

const delivery = (eventsPerSecond: number, rssMiB: number) => ({
  eventsPerSecond,
  cpuMicrosPerEvent: 1e6 / eventsPerSecond,
  rssMiB,
  wireBytesPerEvent: 100,
  receiverCpuMicrosPerEvent: 1,
  foreignCores: 0.1,
});
const ours = summarise([delivery(90_000, 80.04), delivery(100_000, 90), delivery(120_000, 85)]);
const summaries = {
  [mainNames.ours]: ours,
  [mainNames.rsyslog]: summarise([delivery(200_000, 10)]),
  [mainNames.readLimit]: summarise([{ eventsPerSecond: 4_000_000, cpuMicrosPerEvent: 0.25 }]),
};

test("rounds are summed up by medians and the highest memory", () =>
  expect(ours).toEqual({
    eventsPerSecond: 100_000,
    spread: 0.3,
    cpuMicrosPerEvent: 10,
    rssMiB: 90,
    wireBytesPerEvent: 100,
    receiverCpuMicrosPerEvent: 1,
    foreignCores: 0.1,
  }));

test("the read limit, which delivers nothing, has no memory and no receiver", () =>
  expect(Object.keys(summaries[mainNames.readLimit] ?? {})).toEqual(["eventsPerSecond", "spread", "cpuMicrosPerEvent"]));

test("ratios are ours through theirs", () =>
  expect(ratiosOf(summaries)).toMatchObject({ throughputVsRsyslog: 0.5, throughputVsReadLimit: 0.025, cpuPerEventVsRsyslog: 2 }));

test("live tails are summed up by the medians of their percentiles, and by their worst", () => {
  const tail = (p99Ms: number) => ({
    ...delivery(20_000, p99Ms),
    events: 1,
    seconds: 1,
    span: { from: 0, to: 1 },
    rotations: 6,
    writerLateMsMax: p99Ms / 2,
    latency: { samples: 100, p50Ms: 2, p99Ms, maxMs: p99Ms + 1 },
  });
  expect(figuresOfLiveTails([tail(20), tail(400), tail(30)])).toMatchObject({
    samples: 300,
    p50Ms: 2,
    p99Ms: 30,
    maxMs: 401,
    rotations: 18,
    writerLateMsMax: 200,
    rssMiB: 400,
  });
});

test("the table has a line for each that read the lines", () => expect(contestTable(summaries).split("\n")).toHaveLength(5));

test("floors are judged where their figure was measured", () =>
  expect(judge({ eventsPerSecond: 120_000, rssMiB: 115 })).toEqual([
    "met      eventsPerSecond 120000, floor: at least 120000",
    "NOT MET  rssMiB 115, floor: at most 114.4",
  ]));
