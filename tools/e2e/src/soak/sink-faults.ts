import type { SeededRandom } from "@gatelog/testkit";
import { shuffled } from "./server-ends.ts";

/** What can happen between a topic and a database. */
export const sinkFaultKinds = [
  "member-kill",
  "member-stop",
  "broker-kill",
  "database-kill",
  "database-freeze",
  "database-full",
  "connections-taken",
  "tables-locked",
  "deadlock",
  "scale",
] as const;
export type SinkFaultKind = (typeof sinkFaultKinds)[number];

/** One fault, alone: calm before it, what happens, and for how long. */
export interface SinkFault {
  readonly kind: SinkFaultKind;
  readonly calmMs: number;
  readonly awayMs: number;
  /** Which member; or, of `scale`, how many there are to be, less one. */
  readonly member: number;
}

const calmMsRange = [1000, 5000] as const;
const awayMsRanges: Readonly<Record<SinkFaultKind, readonly [number, number]>> = {
  "member-kill": [0, 2000],
  "member-stop": [0, 2000],
  "broker-kill": [0, 10_000],
  "database-kill": [0, 10_000],
  "database-freeze": [3000, 60_000],
  "database-full": [3000, 15_000],
  "connections-taken": [3000, 15_000],
  "tables-locked": [2000, 15_000],
  deadlock: [0, 0],
  scale: [0, 0],
};

/** Faults without end, each of these kinds once before any comes again, in an order that the random numbers choose. */
export function* planSinkFaults(
  random: SeededRandom,
  {
    kinds,
    awayMsMax,
    calmMsMax = Infinity,
    membersMax,
  }: { readonly kinds: readonly SinkFaultKind[]; readonly awayMsMax: number; readonly calmMsMax?: number; readonly membersMax: number },
): Generator<SinkFault, never> {
  for (;;) {
    for (const kind of shuffled(kinds, random)) {
      const awayMs = Math.min(random.integer(...awayMsRanges[kind]), awayMsMax);
      yield { kind, calmMs: Math.min(random.integer(...calmMsRange), calmMsMax), awayMs, member: random.integer(0, membersMax - 1) };
    }
  }
}
