import { expect, test } from "vitest";
import { parseWrk } from "./wrk.ts";

/** As wrk 4.1 prints it, with the line of our script at the end. */
const output = `Running 4s test @ http://127.0.0.1:41291/api
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.05ms    1.42ms  24.70ms   83.15%
  41321 requests in 4.00s, 8.20MB read
Requests/sec:  10328.55
gatelog-bench 41321 4000750 8598323 3 4 2900 7810
`;

test("the script's line is read: calls, seconds, bytes, refusals, broken connections, p50, p99", () =>
  expect(parseWrk(output)).toEqual({
    answered: 41_321,
    seconds: 4.00075,
    bytes: 8_598_323,
    refused: 3,
    broken: 4,
    p50Ms: 2.9,
    p99Ms: 7.81,
  }));

test("output without the script's line is an error that shows it", () =>
  expect(() => parseWrk("unable to connect to 127.0.0.1:1 Connection refused")).toThrow(/no result: unable to connect/));
