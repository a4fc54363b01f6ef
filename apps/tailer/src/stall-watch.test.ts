import { manualClock } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { InFlight } from "./in-flight.ts";
import { StallWatch } from "./stall-watch.ts";

function watchOf() {
  const clock = manualClock();
  const inFlight = new InFlight(clock);
  const changes: (string | undefined)[] = [];
  let scans = 0;
  const watch = new StallWatch({
    clock,
    stallMs: 1000,
    scanIntervalMs: 100,
    inFlight,
    scans: () => scans,
    onChange: (problem) => changes.push(problem),
  });
  watch.start();
  const pass = async (ms: number, isScanning = true) => {
    for (let passed = 0; passed < ms; passed += 100) {
      if (isScanning) scans += 1;
      await clock.advance(100);
    }
    return watch.problem;
  };
  const deliver = (count: number) => {
    let acknowledge: () => void = () => {};
    void inFlight.track(count, () => new Promise<void>((resolve) => (acknowledge = resolve)));
    return () => acknowledge();
  };
  return { inFlight, changes, pass, deliver };
}

test("a tailer with nothing to deliver is never stalled", async () => {
  const { pass, changes } = watchOf();
  expect(await pass(5000)).toBeUndefined();
  expect(changes).toEqual([]);
});

test("events that wait for longer than allowed are a stall, which is told once, and an acknowledgement ends it", async () => {
  const { pass, deliver, changes } = watchOf();
  // Idle time before them does not count.
  await pass(5000);
  const first = deliver(7);
  deliver(3);
  expect(await pass(900)).toBeUndefined();
  expect(await pass(1300)).toMatch(/^10 events wait for their acknowledgement/);
  first();
  expect(await pass(200)).toBeUndefined();
  expect(changes).toHaveLength(2);
  expect(changes[1]).toBeUndefined();
});

test("events that are acknowledged again and again are no stall, however long some of them wait", async () => {
  const { inFlight, pass, deliver } = watchOf();
  deliver(1);
  for (let round = 0; round < 5; round += 1) {
    const acknowledge = deliver(1);
    expect(await pass(800)).toBeUndefined();
    acknowledge();
  }
  expect(inFlight.oldestMs).toBe(4000);
});

test("a tail that does not look at its directories any more is stalled", async () => {
  const { pass } = watchOf();
  expect(await pass(900)).toBeUndefined();
  expect(await pass(1500, false)).toContain("no directory was looked at");
  expect(await pass(200)).toBeUndefined();
});
