import { expect, test } from "vitest";
import { CaptureBudget } from "./capture-budget.ts";

test("a budget lends no more than it has, tells of each refusal, and lends again what came back", () => {
  let refusals = 0;
  const budget = new CaptureBudget(100, () => (refusals += 1));
  expect([budget.take(60), budget.take(41), budget.take(40), budget.take(1)]).toEqual([true, false, true, false]);
  expect([budget.usedBytes, refusals]).toEqual([100, 2]);
  budget.release(60);
  expect([budget.take(60), budget.usedBytes]).toEqual([true, 100]);
});
