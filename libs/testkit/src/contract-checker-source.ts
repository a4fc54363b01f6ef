import { backOff, deliverAll, DeliveryError, systemClock, type RejectedItem, type Sink, type Source } from "@gatelog/pipeline";
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
import { seededRandom, seedOfRun } from "./seeded-random.ts";
import { waitFor } from "./wait-for.ts";

/** A source before its real, empty origin (a file, a socket, a topic). */
export interface SourceUnderTest<T> {
  readonly source: Source<T>;
  /**
   * Puts items with these keys into the origin, in order, e.g. appends lines or sends windows. It may resolve before
   * they are read, and may be called again while the source runs.
   */
  readonly feed: (keys: readonly string[]) => Promise<void>;
  /**
   * Keys that the origin takes for done: behind the checkpoint, or acknowledged to the client. Read by another way than the
   * source's memory (the registry file, the client's side of the socket, the committed offset).
   */
  readonly acknowledged: () => Promise<readonly string[]>;
  /**
   * A new source on the same origin, as after a restart; not started. Where given, the check stops the source in the middle
   * of its work and goes on with this one.
   */
  readonly restart?: () => Promise<Source<T>>;
  /** Releases the origin, after the source's stop. */
  readonly close?: () => Promise<void>;
}

/** What checkSource needs to know. */
export interface SourceCheck<T> {
  /** A fresh source on a fresh, empty origin; called once for each outcome. Not started. */
  readonly makeSource: (outcome: Outcome) => Promise<SourceUnderTest<T>>;
  readonly keyOf: (item: T) => string;
  /** How many items to generate (default 120). */
  readonly itemsCount?: number;
  /** Makes the n-th key; by default `item-000n`. */
  readonly makeKey?: (index: number) => string;
  /** Items arrive in the order of feeding (default true). */
  readonly ordered?: boolean;
  /** Default: all four. */
  readonly outcomes?: readonly Outcome[];
  readonly seed?: number;
  /** How long all items may take to arrive and to be acknowledged, ms (default 30,000). */
  readonly deadlineMs?: number;
}

/**
 * Holds a source to the delivery law, once for each outcome: every item arrives, in order where promised;
 * nothing is acknowledged before `deliver` resolved, everything is soon after; a `deliver` that is given up is not acknowledged;
 * `stop` waits for the deliveries in flight and acknowledges them; a restart goes on without a gap.
 *
 * **Errors**: ContractViolation with every violation and the seed that replays it.
 */
export async function checkSource<T>(check: SourceCheck<T>): Promise<readonly ContractReport[]> {
  const reports: ContractReport[] = [];
  for (const outcome of check.outcomes ?? allOutcomes) {
    reports.push(await checkOutcome(check, outcome, check.seed ?? seedOfRun()));
  }
  return reports;
}

async function checkOutcome<T>(check: SourceCheck<T>, outcome: Outcome, seed: number): Promise<ContractReport> {
  const injector = createFaultInjector(outcome, check.keyOf, seededRandom(seed));
  const makeKey = check.makeKey ?? ((index) => `item-${String(index).padStart(4, "0")}`);
  const generated = Array.from({ length: check.itemsCount ?? 120 }, (_, index) => makeKey(index));
  const tested = await check.makeSource(outcome);
  const run = new SourceRun(check, tested, injector);
  try {
    await run.carry(generated);
  } finally {
    await tested.close?.();
  }
  const compared = compareKeys({
    generated,
    arrived: run.stored,
    deadLettered: run.deadLettered,
    ordered: check.ordered ?? true,
    duplicatesAllowed: true,
  });
  const violations = [...run.violations, ...compared.violations];
  if (violations.length > 0) throw new ContractViolation("the source", outcome, seed, violations);
  const { accepted, duplicates } = compared;
  const deadLettered = new Set(run.deadLettered).size;
  return { outcome, seed, generated: generated.length, accepted, deadLettered, duplicates, ...injector.counts };
}

/** One run of a source through one outcome, into a store in memory whose faults are injected. */
class SourceRun<T> {
  readonly violations = new Set<string>();
  readonly stored: string[] = [];
  readonly deadLettered: string[] = [];
  readonly #check: SourceCheck<T>;
  readonly #tested: SourceUnderTest<T>;
  readonly #store: Sink<T>;
  readonly #gate = new Gate();
  #inFlight = 0;
  #givenUp = 0;
  #refusing = false;

  constructor(check: SourceCheck<T>, tested: SourceUnderTest<T>, injector: FaultInjector<T>) {
    this.#check = check;
    this.#tested = tested;
    const memory: Sink<T> = {
      start: async () => {},
      write: async (batch) => void this.stored.push(...batch.map(check.keyOf)),
      stop: async () => {},
    };
    this.#store = withFaults(memory, injector);
  }

  /** Feeds everything in four parts; in the second and third the source is stopped amid its work, and goes on after a restart. */
  async carry(keys: readonly string[]): Promise<void> {
    const quarter = Math.ceil(keys.length / 4);
    const part = (index: number) => keys.slice(index * quarter, (index + 1) * quarter);
    const { feed, restart } = this.#tested;
    let source = this.#tested.source;
    await this.#start(source);
    await feed(part(0));
    await this.#untilAcknowledged(part(0));
    for (const [index, stopAmid] of [() => this.#stopAmidDelivery(source), () => this.#stopAmidRefusal(source)].entries()) {
      const fed = feed(part(index + 1));
      if (restart === undefined) {
        await fed;
        continue;
      }
      // A client may see its connection end; it feeds the rest to the next source.
      fed.catch(() => undefined);
      await stopAmid();
      source = await restart();
      await this.#start(source);
    }
    await feed(part(3));
    await this.#untilAcknowledged(keys);
    await this.#stop(source);
  }

  #start(source: Source<T>): Promise<void> {
    return source.start((batch) => this.#deliver(batch));
  }

  /** One delivery of the source: durable in the store or dead-lettered when it resolves. */
  async #deliver(batch: readonly T[]): Promise<void> {
    this.#inFlight++;
    try {
      await this.#gate.passed();
      if (this.#refusing) throw new DeliveryError("GATELOG_TESTKIT_GIVEN_UP", "given up by injection", { permanent: false });
      await this.#rejectEarlyAcknowledgement(batch);
      await deliverAll(this.#store, batch, {
        clock: systemClock,
        backOff: backOff({ minMs: 1, maxMs: 10 }),
        deadLetter: async ({ item }: RejectedItem<T>) => void this.deadLettered.push(this.#check.keyOf(item)),
        signal: AbortSignal.timeout(this.#deadlineMs),
      });
    } catch (error) {
      this.#givenUp++;
      throw error;
    } finally {
      this.#inFlight--;
    }
  }

  /** A premature acknowledgement needs a moment to show: this is a window for a fault, not a wait for a result. */
  async #rejectEarlyAcknowledgement(batch: readonly T[]): Promise<void> {
    await systemClock.sleep(earlyWindowMs);
    const acknowledged = new Set(await this.#tested.acknowledged());
    const durable = new Set([...this.stored, ...this.deadLettered]);
    const early = batch.map(this.#check.keyOf).filter((key) => acknowledged.has(key) && !durable.has(key));
    if (early.length > 0) this.violations.add(`items were acknowledged before they were durable, first seen: ${sample(early)}`);
  }

  async #untilAcknowledged(keys: readonly string[]): Promise<void> {
    const missing = async () => {
      const acknowledged = new Set(await this.#tested.acknowledged());
      return keys.filter((key) => !acknowledged.has(key));
    };
    try {
      await waitFor(async () => (await missing()).length === 0, { deadlineMs: this.#deadlineMs, what: "acknowledging all items" });
    } catch {
      const left = await missing();
      this.violations.add(`${left.length} items were not acknowledged within ${this.#deadlineMs} ms: ${sample(left)}`);
    }
  }

  /** With a delivery held open, `stop` must wait for it and then acknowledge it. */
  async #stopAmidDelivery(source: Source<T>): Promise<void> {
    this.#gate.close();
    await waitFor(() => this.#inFlight > 0, { deadlineMs: this.#deadlineMs, what: "a delivery in flight" });
    const stopping = this.#stop(source);
    const first = await Promise.race([stopping.then(() => "stopped"), systemClock.sleep(earlyWindowMs).then(() => "waiting")]);
    if (first === "stopped") this.violations.add("stop resolved while a delivery was in flight");
    this.#gate.open();
    await stopping;
  }

  /** What the next stage gave up must not be acknowledged; it comes again. */
  async #stopAmidRefusal(source: Source<T>): Promise<void> {
    this.#refusing = true;
    const before = this.#givenUp;
    await waitFor(() => this.#givenUp > before, { deadlineMs: this.#deadlineMs, what: "a delivery that is given up" });
    await this.#stop(source);
    this.#refusing = false;
  }

  async #stop(source: Source<T>): Promise<void> {
    await source.stop();
    if (this.#inFlight > 0) this.violations.add(`stop resolved with ${this.#inFlight} deliveries in flight`);
    const durable = new Set([...this.stored, ...this.deadLettered]);
    const early = (await this.#tested.acknowledged()).filter((key) => !durable.has(key));
    if (early.length > 0) this.violations.add(`${early.length} items were acknowledged but are not durable after stop: ${sample(early)}`);
    const acknowledged = new Set(await this.#tested.acknowledged());
    const forgotten = [...durable].filter((key) => !acknowledged.has(key));
    if (forgotten.length > 0)
      this.violations.add(`${forgotten.length} delivered items were not acknowledged at stop: ${sample(forgotten)}`);
  }

  get #deadlineMs(): number {
    return this.#check.deadlineMs ?? 30_000;
  }
}

/** How long a premature acknowledgement gets to show itself. */
const earlyWindowMs = 15;

/** Holds deliveries back while it is closed. */
class Gate {
  #opened: Promise<void> | undefined;
  #open: () => void = () => {};

  close(): void {
    this.#opened = new Promise((resolve) => (this.#open = resolve));
  }

  open(): void {
    this.#open();
    this.#opened = undefined;
  }

  async passed(): Promise<void> {
    await this.#opened;
  }
}
