import { manualClock } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { StallWatch } from "./stall-watch.ts";

function watchOf() {
  const clock = manualClock();
  const state = { inFlight: 0, scans: 0 };
  const watch = new StallWatch({ clock, stallMs: 1000, inFlightEvents: () => state.inFlight, scans: () => state.scans });
  const pass = async (ms: number, scans = 1) => {
    state.scans += scans;
    await clock.advance(ms);
    return watch.problem();
  };
  return { state, watch, pass };
}

test("a tailer with nothing to deliver is never stalled", async () => {
  const { pass } = watchOf();
  for (let round = 0; round < 5; round += 1) expect(await pass(900)).toBeUndefined();
});

test("events that wait for longer than allowed are a stall, and a delivery ends it", async () => {
  const { state, watch, pass } = watchOf();
  state.inFlight = 7;
  expect(await pass(900)).toBeUndefined();
  expect(await pass(200)).toContain("7 events wait");
  watch.noteDelivery();
  expect(await pass(100)).toBeUndefined();
});

test("a tail that does not look at its directories any more is stalled", async () => {
  const { pass } = watchOf();
  expect(await pass(900)).toBeUndefined();
  expect(await pass(900, 0)).toBeUndefined();
  expect(await pass(900, 0)).toContain("no directory was looked at");
});
