import { DeliveryError, type Sink } from "@gatelog/pipeline";
import type { SeededRandom } from "./seeded-random.ts";

/** How the far side behaves during a check. */
export const outcomes = ["always", "transient", "permanent", "mixed"] as const;

/**
 * `always` takes everything; `transient` fails now and then, before or after the work was done (a lost answer);
 * `permanent` refuses some items for good; `mixed` does both.
 */
export type Outcome = (typeof outcomes)[number];

/** What a check saw. */
export interface ContractReport {
  readonly outcome: Outcome;
  readonly seed: number;
  readonly generated: number;
  /** Distinct items that are durable at the far side. */
  readonly accepted: number;
  readonly deadLettered: number;
  /** Items beyond the first copy. */
  readonly duplicates: number;
  /** Attempts to write, and how many of them failed by injection. */
  readonly writes: number;
  readonly faults: number;
}

/** A part broke the contract between stages; the message lists every way in which it did, and the seed. */
export class ContractViolation extends Error {
  override readonly name = "ContractViolation";
  readonly violations: readonly string[];

  constructor(part: string, outcome: Outcome, seed: number, violations: readonly string[]) {
    super(`${part} breaks the contract when the far side is "${outcome}" (seed ${seed}):\n- ${violations.join("\n- ")}`);
    this.violations = violations;
  }
}

/** What an injector decides about one write. */
export type FaultDecision = "pass" | "fail-before" | "fail-after" | "refuse";

/** Decides about each write; `refuses` says which items are refused for good. */
export interface FaultInjector<T> {
  decide(batch: readonly T[]): FaultDecision;
  refuses(item: T): boolean;
  readonly counts: { writes: number; faults: number };
}

/** The injector of an outcome: about every third write fails when transient, about every ninth item is refused when permanent. */
export function createFaultInjector<T>(outcome: Outcome, keyOf: (item: T) => string, random: SeededRandom): FaultInjector<T> {
  const transient = outcome === "transient" || outcome === "mixed";
  const refusing = outcome === "permanent" || outcome === "mixed";
  const salt = random.integer(0, 8);
  const counts = { writes: 0, faults: 0 };
  const refuses = (item: T) => refusing && (hashOf(keyOf(item)) + salt) % 9 === 0;
  const decision = (batch: readonly T[]): FaultDecision => {
    const refused = batch.some(refuses);
    // The second write always fails, so that no run is without a fault. What is refused must never reach the store.
    const failed = transient && (counts.writes === 2 || random.next() < 0.3);
    if (failed) return refused || random.next() < 0.5 ? "fail-before" : "fail-after";
    return refused ? "refuse" : "pass";
  };
  return {
    counts,
    refuses,
    decide(batch) {
      counts.writes++;
      const decided = decision(batch);
      if (decided !== "pass") counts.faults++;
      return decided;
    },
  };
}

/** The sink with faults in front of it. It stores what the injector lets pass, and is told of nothing else. */
export function withFaults<T>(sink: Sink<T>, injector: FaultInjector<T>): Sink<T> {
  return {
    start: () => sink.start(),
    stop: () => sink.stop(),
    async write(batch, signal) {
      const decision = injector.decide(batch);
      if (decision === "refuse") throw new DeliveryError("GATELOG_TESTKIT_REFUSED", "refused by injection", { permanent: true });
      if (decision !== "fail-before") await sink.write(batch, signal);
      if (decision !== "pass") throw new DeliveryError("GATELOG_TESTKIT_FAILED", `${decision} by injection`, { permanent: false });
    },
  };
}

/** Compares what arrived with what was generated; returns sentences about every difference. */
export function compareKeys(input: {
  readonly generated: readonly string[];
  readonly arrived: readonly string[];
  readonly deadLettered: readonly string[];
  readonly ordered: boolean;
  readonly duplicatesAllowed: boolean;
}): { readonly violations: readonly string[]; readonly accepted: number; readonly duplicates: number } {
  const { generated, arrived, deadLettered } = input;
  const accepted = new Set(arrived);
  const dead = new Set(deadLettered);
  const known = new Set(generated);
  const duplicates = arrived.length - accepted.size;
  const lost = generated.filter((key) => !accepted.has(key) && !dead.has(key));
  const invented = [...accepted].filter((key) => !known.has(key));
  const both = [...accepted].filter((key) => dead.has(key));
  const expectedOrder = generated.filter((key) => accepted.has(key));
  const isOrdered = [...accepted].filter((key) => known.has(key)).every((key, index) => key === expectedOrder[index]);
  const violations = [
    lost.length > 0 && `${lost.length} items were lost: ${sample(lost)}`,
    invented.length > 0 && `${invented.length} items arrived that were never generated: ${sample(invented)}`,
    both.length > 0 && `${both.length} items were both stored and dead-lettered: ${sample(both)}`,
    duplicates > 0 && !input.duplicatesAllowed && `${duplicates} items were stored twice`,
    input.ordered && !isOrdered && "the order of the items changed",
  ].filter((violation) => violation !== false);
  return { violations, accepted: accepted.size, duplicates };
}

/** Up to five keys for a message. */
export function sample(keys: readonly string[]): string {
  return keys.length > 5 ? `${keys.slice(0, 5).join(", ")}, …` : keys.join(", ");
}

/** FNV-1a, so that which items are refused depends on the key alone. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
