import { manualClock } from "@gatelog/testkit";
import { describe, expect, test } from "vitest";
import { RowLimiter } from "./row-limiter.ts";

const waiting = (overrides: Partial<{ signal: AbortSignal; isInVain: () => boolean }> = {}) => ({
  signal: new AbortController().signal,
  isInVain: () => false,
  ...overrides,
});

describe("a limiter of rows", () => {
  test("lets as many rows through as the limit says, whatever their chunks are", async () => {
    const clock = manualClock({ autoAdvance: true });
    const limiter = new RowLimiter({ clock, limitAt: () => 500 });
    let rows = 0;
    for (let chunk = 1; rows < 10_000; chunk = (chunk * 7) % 499) {
      await limiter.take(chunk, waiting());
      rows += chunk;
    }
    const perSecond = rows / (clock.monotonicMs() / 1000);
    expect(perSecond).toBeGreaterThan(450);
    expect(perSecond).toBeLessThan(550);
    expect(limiter.rowsMax()).toBe(500);
  });

  test("does not hold anything back without a limit", async () => {
    const clock = manualClock();
    const limiter = new RowLimiter({ clock, limitAt: () => Infinity });
    await limiter.take(1_000_000, waiting());
    expect(clock.slept).toEqual([]);
    expect(limiter.rowsMax()).toBe(Infinity);
  });

  test("lets nothing through in quiet hours, and goes on within a second after them", async () => {
    const clock = manualClock();
    const startMs = clock.now();
    const limiter = new RowLimiter({ clock, limitAt: (nowMs) => (nowMs < startMs + 3_600_000 ? 0 : Infinity) });
    let done = false;
    const taking = limiter.take(10, waiting()).then(() => (done = true));
    for (let second = 0; second < 3599; second++) await clock.advance(1000);
    expect([done, limiter.isHoldingBack]).toEqual([false, true]);
    await clock.advance(1000);
    await taking;
    expect(limiter.isHoldingBack).toBe(false);
  });

  test("gives up when it is stopped, and when what waits is wanted back", async () => {
    const clock = manualClock();
    const limiter = new RowLimiter({ clock, limitAt: () => 0 });
    const stop = new AbortController();
    let wantedBack = false;
    const stopped = limiter.take(10, waiting({ signal: stop.signal }));
    const isStopped = expect(stopped).rejects.toMatchObject({ code: "GATELOG_DB_SINK_HELD_BACK", permanent: false });
    const inVain = limiter.take(10, waiting({ isInVain: () => wantedBack }));
    const isInVain = expect(inVain).rejects.toMatchObject({ code: "GATELOG_DB_SINK_HELD_BACK" });
    stop.abort();
    await isStopped;
    wantedBack = true;
    await clock.advance(1000);
    await isInVain;
  });
});
