import { expect, test } from "vitest";
import { parseLog } from "./h2load.ts";

/** A log of h2load: start in µs since 1970, status, duration in µs. */
const log = (rows: readonly (readonly [number, number, number])[]) => rows.map((row) => `${row.join("\t")}\n`).join("");

test("latencies are read from every answered call", () => {
  const rows = Array.from({ length: 101 }, (_, n) => [1_764_101_000_000_000 + n * 10_000, 200, (n + 1) * 100] as const);
  expect(parseLog(log(rows))).toEqual({ answered: 101, failed: 0, requestsPerSecond: 101, p50Ms: 5.1, p99Ms: 10 });
});

test("failed and refused calls are counted and have no latency", () =>
  expect(
    parseLog(
      log([
        [0, 200, 1000],
        [500_000, -1, 900_000],
        [600_000, 502, 900_000],
        [1_000_000, 200, 2000],
      ]),
    ),
  ).toMatchObject({ answered: 2, failed: 2, p99Ms: 2 }));

test("a log without an answer is an error", () => expect(() => parseLog("0\t-1\t5\n")).toThrow("h2load got no answer"));
