import { seededRandom, seedOfRun, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Bench, beatsEvent, recordLine, type RunningProcessor } from "./processor.test-helper.ts";

/** How often the processor is killed. */
const kills = 10;
const windowEvents = 50;

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.close();
});

/** Foreign lines, whose ids the processor derives: equal ids then prove that the identity is fixed, not made up. */
const frameOf = (sequence: number) =>
  sequence % 2 === 0 ? beatsEvent(recordLine(sequence), sequence) : beatsEvent(`foreign line ${sequence}`, sequence);
const lineOf = (sequence: number) => (sequence % 2 === 0 ? recordLine(sequence) : `foreign line ${sequence}`);

it("loses no acknowledged event when it is killed ten times under load, and repeats carry the same id", { timeout: 180_000 }, async () => {
  const random = seededRandom(seedOfRun());
  const idsByLine = new Map<string, Set<string>>();
  let repeats = 0;
  const messages = await bench.collect();
  let next = 0;
  let interrupted = 0;
  for (let kill = 0; kill < kills; kill++) {
    const processor = await bench.start();
    const outcome = await loadUntilKilled(processor, next, random.integer(20, 400));
    next = outcome.acknowledged;
    if (outcome.inFlight) interrupted++;
  }
  const processor = await bench.start();
  await waitFor(async () => (await processor.metric("output_lag_events")) === 0, { deadlineMs: 60_000 });
  await waitFor(() => messages.length >= next, { deadlineMs: 60_000 });
  const context = `seed ${random.seed}`;
  const settle = () => {
    for (const { key, value } of messages.splice(0)) {
      const line = Buffer.from(value).toString();
      const ids = idsByLine.get(line) ?? new Set();
      if (ids.size > 0) repeats++;
      idsByLine.set(line, ids.add(key));
    }
    return Array.from({ length: next }, (_, sequence) => sequence).filter((sequence) => !idsByLine.has(lineOf(sequence)));
  };
  await waitFor(() => settle().length === 0, { deadlineMs: 30_000, what: `every acknowledged event in the topic (${context})` });
  expect(
    [...idsByLine.values()].filter((ids) => ids.size !== 1),
    context,
  ).toEqual([]);
  expect(interrupted, `kills that hit unacknowledged work, ${context}`).toBeGreaterThanOrEqual(5);
  expect(next).toBeGreaterThan(kills * windowEvents);
  console.log(
    `killed ${kills} times (${context}): ${next} acknowledged, ${interrupted} windows interrupted, ${repeats} repeats with equal ids, 0 lost`,
  );
});

/** Sends window after window, kills the processor after `killAfterMs`, and tells how far it had acknowledged. */
async function loadUntilKilled(
  processor: RunningProcessor,
  from: number,
  killAfterMs: number,
): Promise<{ acknowledged: number; inFlight: boolean }> {
  const client = bench.client(processor.beatsPort);
  let acknowledged = from;
  let inFlight = false;
  const load = (async () => {
    for (;;) {
      inFlight = true;
      await client.send(Array.from({ length: windowEvents }, (_, index) => frameOf(acknowledged + index)));
      acknowledged += windowEvents;
      inFlight = false;
    }
  })().catch(() => undefined);
  await waitFor(() => acknowledged > from, { intervalMs: 1, deadlineMs: 20_000 });
  const killAtMs = performance.now() + killAfterMs;
  await waitFor(() => performance.now() >= killAtMs, { intervalMs: 1 });
  await processor.process.kill();
  client.close();
  await load;
  return { acknowledged, inFlight };
}
