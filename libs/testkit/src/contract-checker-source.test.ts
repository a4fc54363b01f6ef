import type { Deliver, Source } from "@gatelog/pipeline";
import { expect, test } from "vitest";
import { checkSource, type SourceUnderTest } from "./contract-checker-source.ts";
import { ContractViolation, outcomes } from "./contract-checker.ts";

/** A log in memory with a checkpoint, as the origin of sources. */
class MemoryOrigin {
  readonly lines: string[] = [];
  checkpoint = 0;
}

/** Reads the origin in batches of seven; `habits` make it wrong. */
class MemorySource implements Source<string> {
  readonly #origin: MemoryOrigin;
  readonly #habits: Habits;
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(origin: MemoryOrigin, habits: Habits) {
    this.#origin = origin;
    this.#habits = habits;
  }

  async start(deliver: Deliver<string>): Promise<void> {
    this.#running = this.#run(deliver);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#habits.stopsWithoutWaiting !== true) await this.#running;
  }

  async #run(deliver: Deliver<string>): Promise<void> {
    const origin = this.#origin;
    while (!this.#stopping) {
      const from = origin.checkpoint;
      const batch = origin.lines.slice(from, from + 7).filter((line) => line !== this.#habits.skips);
      const next = Math.min(from + 7, origin.lines.length);
      if (this.#habits.acknowledgesFirst === true) origin.checkpoint = next;
      const delivered = batch.length === 0 || (await deliver(this.#habits.reverses === true ? batch.toReversed() : batch).then(...outcome));
      if (delivered || this.#habits.ignoresFailure === true) origin.checkpoint = next;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

const outcome = [() => true, () => false] as const;

interface Habits {
  readonly acknowledgesFirst?: boolean;
  readonly ignoresFailure?: boolean;
  readonly stopsWithoutWaiting?: boolean;
  readonly reverses?: boolean;
  readonly skips?: string;
}

function makeSourceWith(habits: Habits) {
  return async (): Promise<SourceUnderTest<string>> => {
    const origin = new MemoryOrigin();
    return {
      source: new MemorySource(origin, habits),
      feed: async (keys) => void origin.lines.push(...keys),
      acknowledged: async () => origin.lines.slice(0, origin.checkpoint),
      restart: async () => new MemorySource(origin, habits),
    };
  };
}

async function violationsOf(habits: Habits): Promise<string> {
  const check = checkSource({ makeSource: makeSourceWith(habits), keyOf: (item) => item, seed: 7, deadlineMs: 3000, outcomes: ["mixed"] });
  const error: unknown = await check.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ContractViolation);
  return error instanceof ContractViolation ? error.violations.join("; ") : "";
}

test("a source that checkpoints after delivery passes every outcome", async () => {
  const reports = await checkSource({ makeSource: makeSourceWith({}), keyOf: (item) => item });
  expect(reports.map((report) => report.outcome)).toEqual([...outcomes]);
  for (const report of reports) {
    expect(report.accepted + report.deadLettered).toBe(120);
    expect(report.faults > 0).toBe(report.outcome !== "always");
  }
});

test("a source that acknowledges before delivery is caught", async () => {
  await expect(violationsOf({ acknowledgesFirst: true })).resolves.toContain("acknowledged before they were durable");
});

test("a source that acknowledges what was given up is caught", async () => {
  await expect(violationsOf({ ignoresFailure: true })).resolves.toContain("were lost");
});

test("a source whose stop does not wait is caught", async () => {
  await expect(violationsOf({ stopsWithoutWaiting: true })).resolves.toContain("stop resolved");
});

test("a source that changes the order is caught", async () => {
  await expect(violationsOf({ reverses: true })).resolves.toContain("order");
});

test("a source that skips a line is caught", async () => {
  await expect(violationsOf({ skips: "item-0100" })).resolves.toContain("item-0100");
});
