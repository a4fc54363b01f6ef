import { manualClock } from "@gatelog/testkit";
import { describe, expect, test } from "vitest";
import { AdaptiveRows } from "./adaptive-rows.ts";

/** A database whose transactions cost something each and something per row, and vary by 30 %. */
function simulate(rows: AdaptiveRows, { fixedMs, msPerRow, transactions }: { fixedMs: number; msPerRow: number; transactions: number }) {
  const clock = manualClock({ autoAdvance: true });
  let state = 7;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return (async () => {
    const taken: { rows: number; ms: number }[] = [];
    for (let count = 0; count < transactions; count++) {
      const now = rows.rows;
      const startedMs = clock.monotonicMs();
      await clock.sleep((fixedMs + now * msPerRow) * (0.85 + 0.3 * random()));
      const ms = clock.monotonicMs() - startedMs;
      rows.note(now, ms);
      taken.push({ rows: now, ms });
    }
    return taken;
  })();
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("rows of a transaction", () => {
  test.each([
    ["a fast database", 5, 0.02, 10_000],
    ["a slow database", 20, 0.5, 10_000],
    ["a database whose commit costs most", 150, 0.05, 10_000],
  ])("%s: they come to the target soon and stay there without a saw-tooth", async (_what, fixedMs, msPerRow, rowsMax) => {
    const rows = new AdaptiveRows({ rowsMax, latencyTargetMs: 250 });
    const taken = await simulate(rows, { fixedMs, msPerRow, transactions: 200 });
    const settled = taken.slice(60);
    const expected = Math.min(rowsMax, (250 - fixedMs) / msPerRow);
    expect(mean(settled.map(({ ms }) => ms))).toBeGreaterThan(fixedMs + expected * msPerRow * 0.8);
    expect(mean(settled.map(({ ms }) => ms))).toBeLessThan(300);
    const counts = settled.map(({ rows: count }) => count);
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.4);
    // A saw-tooth turns at every few transactions.
    const moves = counts.map((count, index) => Math.sign(count - (counts[index - 1] ?? count))).filter((move) => move !== 0);
    const turns = moves.filter((move, index) => index > 0 && move !== moves[index - 1]).length;
    expect(turns).toBeLessThan(settled.length / 5);
  });

  test("a database that becomes ten times slower gets fewer rows, in steps of a fifth at most, and more again later", async () => {
    const rows = new AdaptiveRows({ rowsMax: 5000, latencyTargetMs: 250 });
    await simulate(rows, { fixedMs: 5, msPerRow: 0.05, transactions: 100 });
    const before = rows.rows;
    const slow = await simulate(rows, { fixedMs: 5, msPerRow: 0.5, transactions: 100 });
    const counts = [before, ...slow.map(({ rows: count }) => count)];
    for (const [index, count] of counts.entries()) expect(count).toBeGreaterThanOrEqual(Math.floor((counts[index - 1] ?? count) * 0.79));
    expect(rows.rows).toBeLessThan(700);
    await simulate(rows, { fixedMs: 5, msPerRow: 0.05, transactions: 200 });
    expect(rows.rows).toBeGreaterThan(4000);
  });

  test("one slow transaction among many changes next to nothing", async () => {
    const rows = new AdaptiveRows({ rowsMax: 10_000, latencyTargetMs: 250 });
    await simulate(rows, { fixedMs: 5, msPerRow: 0.1, transactions: 100 });
    const before = rows.rows;
    rows.note(before, 60_000);
    expect(rows.rows).toBeGreaterThanOrEqual(Math.floor(before * 0.8));
  });

  test("never leave their bounds, and a trickle says nothing about them", () => {
    const rows = new AdaptiveRows({ rowsMax: 2000, latencyTargetMs: 250 });
    for (let count = 0; count < 100; count++) rows.note(1, 200);
    expect(rows.rows).toBe(1000);
    for (let count = 0; count < 100; count++) rows.note(rows.rows, 0);
    expect(rows.rows).toBe(2000);
    for (let count = 0; count < 100; count++) rows.note(rows.rows, 60_000);
    expect(rows.rows).toBe(100);
    expect(new AdaptiveRows({ rowsMax: 20, latencyTargetMs: 250 }).rows).toBe(20);
  });

  test("are halved after a time-out, down to the least", () => {
    const rows = new AdaptiveRows({ rowsMax: 5000, latencyTargetMs: 250 });
    const seen: number[] = [];
    while (rows.halve()) seen.push(rows.rows);
    expect(seen).toEqual([500, 250, 125, 100]);
  });
});
