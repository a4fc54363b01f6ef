import { backOff, deliverAll, systemClock, type RejectedItem, type Sink } from "@gatelog/pipeline";
import {
  compareKeys,
  ContractViolation,
  createFaultInjector,
  outcomes as allOutcomes,
  sample,
  withFaults,
  type ContractReport,
  type FaultInjector,
  type Outcome,
} from "./contract-checker.ts";
import { seededRandom, seedOfRun, type SeededRandom } from "./seeded-random.ts";
import { waitFor } from "./wait-for.ts";

/** A sink before its real, empty store. */
export interface SinkUnderTest<T> {
  readonly sink: Sink<T>;
  /**
   * Keys of what is durable now, repeats included, in the store's order where it has one; read by another way than the sink
   * (a second connection, a fresh cursor), so that what the sink merely holds in memory does not count.
   */
  readonly stored: () => Promise<readonly string[]>;
  /** Makes the store unreachable; the returned function brings it back. Where given, one outage is part of the check. */
  readonly breakStore?: () => Promise<() => Promise<void>>;
  /** Releases the store, after the sink's stop. */
  readonly close?: () => Promise<void>;
}

/** What checkSink needs to know. */
export interface SinkCheck<T> {
  /** A fresh sink on a fresh, empty store; called once for each outcome. Not started. */
  readonly makeSink: (outcome: Outcome) => Promise<SinkUnderTest<T>>;
  /** What is written, at least 20 items with distinct keys. */
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** Items that the real store refuses for good: they must end among the dead letters. None by default. */
  readonly refusedByStore?: (item: T) => boolean;
  /** The store keeps the order of writing (default false). */
  readonly ordered?: boolean;
  /** `none`: the store must hold each item once, however often it was written. `counted` (default): repeats are reported. */
  readonly duplicates?: "none" | "counted";
  /** Default: all four. */
  readonly outcomes?: readonly Outcome[];
  /** Largest batch, items (default 9). */
  readonly batchItemsMax?: number;
  readonly seed?: number;
}

/**
 * Holds a sink to the delivery law, once for each outcome: stored ∪ dead-lettered = generated, nothing that is
 * good dead-lettered, nothing stored that was refused, durable as soon as `write` resolved and not only at `stop`,
 * order and single copies where promised, writing the same batch again harmless.
 *
 * **Errors**: ContractViolation with every violation and the seed that replays it.
 */
export async function checkSink<T>(check: SinkCheck<T>): Promise<readonly ContractReport[]> {
  const reports: ContractReport[] = [];
  for (const outcome of check.outcomes ?? allOutcomes) {
    reports.push(await checkOutcome(check, outcome, seededRandom(check.seed ?? seedOfRun())));
  }
  return reports;
}

async function checkOutcome<T>(check: SinkCheck<T>, outcome: Outcome, random: SeededRandom): Promise<ContractReport> {
  const tested = await check.makeSink(outcome);
  const injector = createFaultInjector(outcome, check.keyOf, random);
  const run = new SinkRun(check, tested, injector);
  await tested.sink.start();
  try {
    await run.deliverEverything(random);
  } finally {
    await tested.sink.stop();
    run.finalKeys = await tested.stored();
    await tested.close?.();
  }
  const generated = check.items.map(check.keyOf);
  const compared = compareKeys({
    generated,
    arrived: run.finalKeys,
    deadLettered: run.deadLettered,
    ordered: check.ordered ?? false,
    duplicatesAllowed: check.duplicates !== "none",
  });
  const isRefused = (item: T) => injector.refuses(item) || check.refusedByStore?.(item) === true;
  const good = new Set(check.items.filter((item) => !isRefused(item)).map(check.keyOf));
  const wronged = run.deadLettered.filter((key) => good.has(key));
  const violations = [...run.violations, ...compared.violations];
  if (wronged.length > 0) violations.push(`${wronged.length} good items were dead-lettered: ${sample(wronged)}`);
  if (violations.length > 0) throw new ContractViolation("the sink", outcome, random.seed, violations);
  const { accepted, duplicates } = compared;
  const deadLettered = new Set(run.deadLettered).size;
  return { outcome, seed: random.seed, generated: generated.length, accepted, deadLettered, duplicates, ...injector.counts };
}

/** One run of a sink through one outcome. */
class SinkRun<T> {
  readonly violations: string[] = [];
  readonly deadLettered: string[] = [];
  finalKeys: readonly string[] = [];
  readonly #check: SinkCheck<T>;
  readonly #tested: SinkUnderTest<T>;
  readonly #injector: FaultInjector<T>;
  readonly #faulty: Sink<T>;
  readonly #backOff = backOff({ minMs: 1, maxMs: 50 });
  #retries = 0;

  constructor(check: SinkCheck<T>, tested: SinkUnderTest<T>, injector: FaultInjector<T>) {
    this.#check = check;
    this.#tested = tested;
    this.#injector = injector;
    this.#faulty = withFaults(tested.sink, injector);
  }

  async deliverEverything(random: SeededRandom): Promise<void> {
    const batches = cut(this.#check.items, this.#check.batchItemsMax ?? 9, random);
    const half = Math.ceil(batches.length / 2);
    await this.#tested.sink.write([]);
    for (const batch of batches.slice(0, half)) await this.#deliver(batch);
    await this.#checkDurable(batches.slice(0, half).flat(), "half-way");
    const rest = batches.slice(half);
    await this.#deliverThroughOutage(rest[0] ?? []);
    for (const batch of rest) await this.#deliver(batch);
    // What a crash before the checkpoint would send again.
    const again = (batches.at(-1) ?? []).filter((item) => !this.deadLettered.includes(this.#check.keyOf(item)));
    if (again.length > 0) await this.#deliver(again);
    await this.#checkDurable(this.#check.items, "before stop");
  }

  #deliver(batch: readonly T[], sink = this.#faulty): Promise<void> {
    return deliverAll(sink, batch, {
      clock: systemClock,
      backOff: this.#backOff,
      deadLetter: async ({ item }: RejectedItem<T>) => void this.deadLettered.push(this.#check.keyOf(item)),
      signal: AbortSignal.timeout(deliverDeadlineMs),
      onRetry: () => void this.#retries++,
    });
  }

  /** While the store is down a delivery must stay pending and retry; when it is back, it must end by itself. */
  async #deliverThroughOutage(batch: readonly T[]): Promise<void> {
    const good = batch.filter((item) => !this.#isRefused(item));
    const repair = good.length === 0 ? undefined : await this.#tested.breakStore?.();
    if (repair === undefined) return;
    const state = { ended: false };
    const retriesBefore = this.#retries;
    const delivery = this.#deliver(good, this.#tested.sink).finally(() => (state.ended = true));
    await waitFor(() => state.ended || this.#retries >= retriesBefore + 2, { what: "a second retry", deadlineMs: deliverDeadlineMs });
    if (state.ended) this.violations.push("a write resolved, or was refused for good, while the store was unreachable");
    await repair();
    await delivery;
  }

  #isRefused(item: T): boolean {
    return this.#injector.refuses(item) || this.#check.refusedByStore?.(item) === true;
  }

  async #checkDurable(items: readonly T[], when: string): Promise<void> {
    const stored = new Set(await this.#tested.stored());
    const missing = items.map(this.#check.keyOf).filter((key) => !stored.has(key) && !this.deadLettered.includes(key));
    if (missing.length > 0) this.violations.push(`${missing.length} items were acknowledged but not durable ${when}: ${sample(missing)}`);
  }
}

/** A store that does not take a batch for so long is not coming back: the check must end. */
const deliverDeadlineMs = 60_000;

function cut<T>(items: readonly T[], itemsMax: number, random: SeededRandom): readonly (readonly T[])[] {
  const batches: (readonly T[])[] = [];
  for (let from = 0; from < items.length;) {
    const size = random.integer(1, itemsMax);
    batches.push(items.slice(from, from + size));
    from += size;
  }
  return batches;
}
