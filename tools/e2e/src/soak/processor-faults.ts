import type { SeededRandom } from "@gatelog/testkit";
import { shuffled } from "./server-ends.ts";

/** What a fault happens to. */
export type FaultVictim = "elasticsearch" | "kafka" | "processor";

/** One fault, alone: calm before it, what happens, and for how long. */
export interface ProcessorFault {
  readonly victim: FaultVictim;
  /** `restart` and `stop` are by SIGTERM, `freeze` by SIGSTOP. */
  readonly how: "kill" | "freeze" | "restart" | "stop";
  readonly calmMs: number;
  readonly awayMs: number;
}

const kinds: readonly Pick<ProcessorFault, "victim" | "how">[] = [
  { victim: "elasticsearch", how: "kill" },
  { victim: "elasticsearch", how: "freeze" },
  { victim: "elasticsearch", how: "restart" },
  { victim: "kafka", how: "kill" },
  { victim: "kafka", how: "freeze" },
  { victim: "kafka", how: "restart" },
  { victim: "processor", how: "kill" },
  { victim: "processor", how: "stop" },
];
const calmMsRange = [1000, 5000] as const;
/** Longer than the bound of the other output's lag, so that an output that waits for another one is seen. */
const awayMsRange = [12_000, 25_000] as const;
const processorAwayMsRange = [0, 3000] as const;

/** Faults without end, each kind once before any comes again, in an order that the random numbers choose. */
export function* planFaults(random: SeededRandom): Generator<ProcessorFault, never> {
  for (;;) {
    for (const kind of shuffled(kinds, random)) {
      const calmMs = random.integer(...calmMsRange);
      const [awayMsMin, awayMsMax] = kind.victim === "processor" ? processorAwayMsRange : awayMsRange;
      const awayMs = random.integer(awayMsMin, awayMsMax);
      yield { ...kind, calmMs, awayMs };
    }
  }
}
