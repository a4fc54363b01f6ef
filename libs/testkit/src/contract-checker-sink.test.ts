import { DeliveryError, type Sink } from "@gatelog/pipeline";
import { expect, test } from "vitest";
import { checkSink, type SinkUnderTest } from "./contract-checker-sink.ts";
import { ContractViolation, outcomes } from "./contract-checker.ts";

const items = Array.from({ length: 100 }, (_, index) => `line-${index}`);

/** A store in memory, and a sink whose `write` is given. */
function sinkOver(write: (store: string[], batch: readonly string[]) => void, stop: (store: string[]) => void = () => {}) {
  return async (): Promise<SinkUnderTest<string>> => {
    const store: string[] = [];
    const state = { down: false };
    const sink: Sink<string> = {
      start: async () => {},
      write: async (batch) => {
        if (state.down) throw new Error("connection refused");
        write(store, batch);
      },
      stop: async () => stop(store),
    };
    const breakStore = async () => {
      state.down = true;
      return async () => void (state.down = false);
    };
    return { sink, stored: async () => [...store], breakStore };
  };
}

const insertOrIgnore = (store: string[], batch: readonly string[]) => store.push(...batch.filter((item) => !store.includes(item)));

async function violationsOf(makeSink: () => Promise<SinkUnderTest<string>>): Promise<string> {
  const check = checkSink({
    makeSink,
    items,
    keyOf: (item) => item,
    ordered: true,
    duplicates: "none",
    seed: 7,
  });
  const error: unknown = await check.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ContractViolation);
  return error instanceof ContractViolation ? error.violations.join("; ") : "";
}

test("a sink that inserts or ignores passes every outcome, and the reports show that the faults happened", async () => {
  const reports = await checkSink({ makeSink: sinkOver(insertOrIgnore), items, keyOf: (item) => item, ordered: true, duplicates: "none" });
  expect(reports.map((report) => report.outcome)).toEqual([...outcomes]);
  for (const report of reports) {
    expect(report.accepted + report.deadLettered).toBe(items.length);
    expect(report.faults > 0).toBe(report.outcome !== "always");
    expect(report.deadLettered > 0).toBe(report.outcome === "permanent" || report.outcome === "mixed");
  }
});

test("no seed makes a correct sink fail", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    await checkSink({ makeSink: sinkOver(insertOrIgnore), items, keyOf: (item) => item, ordered: true, duplicates: "none", seed });
  }
});

test("a sink that appends has its repeats counted, where they are allowed", async () => {
  const makeSink = sinkOver((store, batch) => store.push(...batch));
  const reports = await checkSink({ makeSink, items, keyOf: (item) => item, outcomes: ["transient"] });
  expect(reports[0]?.duplicates).toBeGreaterThan(0);
  await expect(violationsOf(makeSink)).resolves.toContain("stored twice");
});

test("a sink that drops one item is caught", async () => {
  const makeSink = sinkOver((store, batch) =>
    insertOrIgnore(
      store,
      batch.filter((item) => item !== "line-42"),
    ),
  );
  await expect(violationsOf(makeSink)).resolves.toContain("1 items were lost: line-42");
});

test("a sink that swallows a transient failure is caught", async () => {
  const makeSink = async () => {
    const tested = await sinkOver(insertOrIgnore)();
    const { sink } = tested;
    const write = (batch: readonly string[]) => sink.write(batch).catch(() => undefined);
    return { ...tested, sink: { ...sink, write } };
  };
  const violations = await violationsOf(makeSink);
  expect(violations).toContain("while the store was unreachable");
});

test("a sink that takes an outage for a refusal is caught", async () => {
  const makeSink = async () => {
    const tested = await sinkOver(insertOrIgnore)();
    const { sink } = tested;
    const write = async (batch: readonly string[]) => {
      await sink.write(batch).catch((error: unknown) => {
        throw new DeliveryError("GATELOG_TEST_WRONG", "classified wrongly", { permanent: true, cause: error });
      });
    };
    return { ...tested, sink: { ...sink, write } };
  };
  await expect(violationsOf(makeSink)).resolves.toContain("good items were dead-lettered");
});

test("a sink that writes only at stop is caught", async () => {
  const held: string[] = [];
  const makeSink = sinkOver(
    (_store, batch) => held.push(...batch),
    (store) => insertOrIgnore(store, held.splice(0)),
  );
  await expect(violationsOf(makeSink)).resolves.toContain("acknowledged but not durable half-way");
});

test("a sink that changes the order is caught", async () => {
  await expect(violationsOf(sinkOver((store, batch) => insertOrIgnore(store, batch.toReversed())))).resolves.toContain("order");
});

test("an item that the real store refuses ends among the dead letters, alone", async () => {
  const makeSink = sinkOver((store, batch) => {
    if (batch.includes("line-5")) throw new DeliveryError("GATELOG_TEST_REFUSED", "value too long", { permanent: true });
    insertOrIgnore(store, batch);
  });
  const reports = await checkSink({
    makeSink,
    items,
    keyOf: (item) => item,
    refusedByStore: (item) => item === "line-5",
    duplicates: "none",
    outcomes: ["always"],
  });
  expect(reports[0]).toMatchObject({ accepted: 99, deadLettered: 1 });
});
