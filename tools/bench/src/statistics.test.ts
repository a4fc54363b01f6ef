import { expect, test } from "vitest";
import { median, percentile, rounded, spread } from "./statistics.ts";

test("the median is the middle value, in whatever order they come", () => expect(median([9, 1, 5])).toBe(5));
test("the median of an even number is the mean of the two in the middle", () => expect(median([4, 1, 3, 2])).toBe(2.5));
test("a percentile is a value that was measured", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred, 1), percentile(hundred, 0)]).toEqual([50, 99, 100, 1]);
  expect(percentile([7], 0.99)).toBe(7);
});
test("the spread is a share of the median", () => expect(spread([90, 100, 120])).toBeCloseTo(0.3));
test("no values have no summary", () => {
  for (const summarise of [median, spread, (none: readonly number[]) => percentile(none, 0.5)])
    expect(() => summarise([])).toThrow(RangeError);
});
test("rounding keeps so many digits", () => expect([rounded(1.2345), rounded(1.25, 1), rounded(3)]).toEqual([1.23, 1.3, 3]));
