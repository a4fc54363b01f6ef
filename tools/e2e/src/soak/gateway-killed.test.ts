import { seedOfRun } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { soak } from "./soak.ts";

const seed = seedOfRun();

/** Prints what a run did, and its seed, by which it is repeated. */
async function report(options: { calls: number; kills: number; workers: number; isAudited: boolean }) {
  const figures = await soak({ seed, ...options });
  console.log(`seed ${seed}: ${JSON.stringify(figures)}`);
  return figures;
}

test("the gateway killed 6 times under 6,000 calls has a record of every answer that came whole, and its marks and numbers account for every call", async () => {
  const { violations, calls, wholeAnswers, kills, stops, boots, lost, doubled } = await report({
    calls: 6_000,
    kills: 6,
    workers: 1,
    isAudited: true,
  });
  expect(violations, `GATELOG_SEED=${seed}`).toEqual([]);
  expect({ calls, kills, stops, lost, doubled }).toEqual({ calls: 6_000, kills: 6, stops: 2, lost: 0, doubled: 0 });
  expect(wholeAnswers).toBeGreaterThan(calls / 2);
  expect(boots).toBeGreaterThan(kills / 2);
});

test("where answers do not wait, a kill loses only what no mark had vouched for", async () => {
  const { violations, records } = await report({ calls: 3000, kills: 4, workers: 1, isAudited: false });
  expect(violations, `GATELOG_SEED=${seed}`).toEqual([]);
  expect(records).toBeGreaterThan(0);
});

test("a killed worker, or a killed primary of two, leaves every whole answer recorded and every number accounted for", async () => {
  const { violations, lost } = await report({ calls: 3000, kills: 4, workers: 2, isAudited: true });
  expect(violations, `GATELOG_SEED=${seed}`).toEqual([]);
  expect(lost).toBe(0);
});
