import { describe, expect, it } from "vitest";
import { quantileOf, readMetrics, sumOf } from "./metrics-text.ts";

const samples = readMetrics(`# HELP took Time.
# TYPE took histogram
took_bucket{le="0.1"} 50
took_bucket{le="0.5"} 90
took_bucket{le="+Inf"} 100
took_sum 12.5
took_count 100
rows_total{kind="a"} 3
rows_total{kind="b"} 4
rows_total_more 9
`);

describe("readMetrics", () => {
  it("adds up what has the name, whatever its labels are", () => {
    expect(sumOf(samples, "rows_total")).toBe(7);
    expect(sumOf(samples, "took_count")).toBe(100);
    expect(sumOf(samples, "none")).toBe(0);
  });

  it("makes a quantile out within its bucket", () => {
    expect(quantileOf(samples, "took", 0.5)).toBeCloseTo(0.1);
    expect(quantileOf(samples, "took", 0.7)).toBeCloseTo(0.3);
    expect(quantileOf(samples, "took", 0.25)).toBeCloseTo(0.05);
  });

  it("says the last bound where the value lies beyond it, and nothing where there is no histogram", () => {
    expect(quantileOf(samples, "took", 0.99)).toBe(0.5);
    expect(quantileOf(samples, "none", 0.99)).toBeNaN();
  });
});
