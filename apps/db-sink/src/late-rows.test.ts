import { manualClock } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { LateRows } from "./late-rows.ts";
import type { PartEvent } from "./log-events.ts";

test("rows that come after their retention are counted, and told at once and then once an hour", async () => {
  const clock = manualClock({ autoAdvance: true });
  const told: PartEvent[] = [];
  const late = new LateRows({ clock, metadataDays: 10, onEvent: (event) => told.push(event) });
  const day = (days: number) => new Date(clock.now() - days * 86_400_000).toISOString().slice(0, 10);
  const old = new Map([
    [day(11), 3],
    [day(10), 4],
    ["1970-01-01", 5],
  ]);
  expect(late.note(new Map([[day(0), 7]]))).toBe(0);
  expect(told).toEqual([]);
  expect([late.note(old), late.note(old)]).toEqual([3, 3]);
  expect(told.map(({ code, message }) => [code, message.split(" ", 1)[0]])).toEqual([["GATELOG_DB_SINK_LATE", "3"]]);
  await clock.sleep(3_600_000);
  late.note(new Map());
  expect(told.map(({ message }) => message.split(" ", 1)[0])).toEqual(["3", "3"]);
});
