import { seededRandom, seedOfRun } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { fuzzDecoder, fuzzServer } from "./fuzz.ts";

test("the decoder reads valid streams as they are, however cut, and damaged ones in bounds", async () => {
  const report = await fuzzDecoder(seededRandom(seedOfRun()), 1500);
  expect(report.streams).toBe(1500);
  expect(report.refused).toBeGreaterThan(100);
  expect(report.refused).toBeLessThan(1400);
}, 60_000);

test("the server acknowledges what it handed on and nothing else, whatever peers send, and serves the next", async () => {
  const report = await fuzzServer(seededRandom(seedOfRun()), 60);
  expect(report.streams).toBeGreaterThan(60);
  expect(report.refused).toBeGreaterThan(0);
}, 120_000);
